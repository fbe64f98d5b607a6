package app

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// challengeHeader carries "<nonce>.<proof>" to the check route of whoever answers at the public address. Only who has the
// same settings can make the proof, and the one that comes back; neither tells anything of them. CRON_SECRET itself is
// not sent: the address may be a stranger's, which is what is to be found out.
const challengeHeader = "X-Notionsync-Challenge"

// identity is what a deployment says of itself.
type identity struct {
	Proof      string `json:"proof"`
	Deployment string `json:"deployment,omitempty"` // Vercel's id of it
}

// prove makes the proof of a text: an HMAC under all settings that decide what becomes of QStash's messages.
func (c *Config) prove(parts ...string) string {
	key := sha256.New()
	for _, setting := range []string{
		c.CronSecret.Reveal(), c.QStashCurrentKey.Reveal(), c.QStashNextKey.Reveal(), c.RedisURL.Reveal(), c.KeyPrefix,
		string(c.SiteURL),
	} {
		fmt.Fprintf(key, "%d:%s", len(setting), setting)
	}
	mac := hmac.New(sha256.New, key.Sum(nil))
	mac.Write([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(mac.Sum(nil))
}

func sameProof(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// meetChallenge answers who asks whether this is the deployment that it takes it for.
func (p *parts) meetChallenge(challenge string) (Answer, error) {
	if err := p.config.Check(NeedAuth); err != nil {
		return Answer{}, err
	}
	nonce, proof, _ := strings.Cut(challenge, ".")
	if !sameProof(proof, p.config.prove("who", nonce)) {
		return Answer{}, ErrUnauthorized
	}
	id := p.config.Deployment
	return Answer{Body: identity{p.config.prove("this", nonce, id), id}}, nil
}

const siteCheck = "public URL"

// checkSite asks at the public address who answers there.
func (p *parts) checkSite(ctx context.Context) []Finding {
	if err := p.config.Check(NeedSite); err != nil {
		return []Finding{unchecked(siteCheck, err)}
	}
	site := string(p.config.SiteURL)
	if u, err := url.Parse(site); err == nil && u.Scheme != "https" && !IsLoopback(u.Hostname()) {
		return []Finding{failed(siteCheck, site+" is not https", "Set NEXT_PUBLIC_SITE_URL to the https:// address and deploy again.")}
	}
	nonce := rand.Text()
	found, err := p.whoAnswers(ctx, nonce, false)
	if found.protected() && p.config.ProtectionBypass != "" {
		found, err = p.whoAnswers(ctx, nonce, true)
	}
	if err != nil {
		return []Finding{failed(siteCheck, "no answer from "+site+": "+err.Error(),
			"Set NEXT_PUBLIC_SITE_URL to the address at which this deployment is reached, and see that its domain leads to Vercel.")}
	}
	return []Finding{p.judgeSite(site, nonce, found)}
}

// siteAnswer is what was answered at the public address.
type siteAnswer struct {
	status   int
	location string // of a redirect: scheme and host
	ours     bool   // JSON in our manner
	identity
}

// protected reports whether Vercel's Deployment Protection seems to have answered.
func (a siteAnswer) protected() bool {
	return (a.status == http.StatusUnauthorized || a.status == http.StatusForbidden) && !a.ours
}

// whoAnswers sends the challenge. The bypass secret goes along only where Deployment Protection has asked for it, as it
// does with QStash's messages.
func (p *parts) whoAnswers(ctx context.Context, nonce string, bypass bool) (a siteAnswer, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, string(p.config.SiteURL)+"/api/sync/check", nil)
	if err != nil {
		return a, err
	}
	request.Header.Set(challengeHeader, nonce+"."+p.config.prove("who", nonce))
	if bypass {
		request.Header.Set("X-Vercel-Protection-Bypass", p.config.ProtectionBypass.Reveal())
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return a, err
	}
	defer answer.Body.Close()
	a.status = answer.StatusCode
	if to, err := answer.Location(); err == nil {
		a.location = to.Scheme + "://" + to.Host
	}
	var said struct {
		OK *bool `json:"ok"`
		identity
	}
	body, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<16)) // what breaks off is not ours
	a.ours = json.Unmarshal(body, &said) == nil && said.OK != nil
	a.identity = said.identity
	return a, nil
}

// judgeSite says whether it is this deployment that has answered.
func (p *parts) judgeSite(site, nonce string, a siteAnswer) Finding {
	own := p.config.Deployment
	proven := sameProof(a.Proof, p.config.prove("this", nonce, a.Deployment))
	switch {
	case a.status >= 300 && a.status < 400:
		return failed(siteCheck, fmt.Sprintf("%s redirects to %s, and QStash does not follow", site, cmp.Or(a.location, "another address")),
			fmt.Sprintf("Set NEXT_PUBLIC_SITE_URL to the final address, %s, and deploy again.", cmp.Or(a.location, "www or not")))
	case a.protected():
		return failed(siteCheck, fmt.Sprintf("%s answers %d: Vercel's Deployment Protection is before it", site, a.status),
			"Set NEXT_PUBLIC_SITE_URL to the production domain, or create a secret under Deployment Protection, Protection Bypass "+
				"for Automation; then deploy again.")
	case !a.ours:
		return failed(siteCheck, fmt.Sprintf("%s answers %d, and not as notionsync does", site, a.status),
			"Set NEXT_PUBLIC_SITE_URL to the address of this deployment and deploy again.")
	case !proven:
		return failed(siteCheck, site+" leads to another deployment, or to one with other settings",
			"Set NEXT_PUBLIC_SITE_URL to the address of this deployment, give both the same CRON_SECRET, signing keys and "+
				"REDIS_URL, and deploy again.")
	case own != "" && a.Deployment != "" && a.Deployment != own:
		return failed(siteCheck, fmt.Sprintf("%s leads to deployment %s, this is %s", site, a.Deployment, own),
			"Ask the check at that address, or set NEXT_PUBLIC_SITE_URL to the address of this deployment and deploy again.")
	}
	return passed(siteCheck, "%s leads here", site)
}
