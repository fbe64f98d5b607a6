package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"notionsync/pkg/diagnosis"
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

// checkSite asks at the public address who answers there. The bypass secret goes along only where Deployment Protection
// has asked for it, as it does with QStash's messages.
func (p *parts) checkSite(ctx context.Context) []finding {
	if err := p.config.Check(NeedSite); err != nil {
		return []finding{unchecked(siteCheck, err)}
	}
	site := string(p.config.SiteURL)
	if u, err := url.Parse(site); err == nil && u.Scheme != "https" && !IsLoopback(u.Hostname()) {
		return []finding{failed(siteCheck, diagnosis.Of(diagnosis.SiteNotHTTPS, "site", site))}
	}
	nonce := rand.Text()
	found, err := p.whoAnswers(ctx, nonce, false)
	if err == nil && found.protected() && p.config.ProtectionBypass != "" {
		found, err = p.whoAnswers(ctx, nonce, true)
		found.bypassed = true
	}
	if err != nil {
		return []finding{because(siteCheck, err, diagnosis.Of(whyNoAnswer(err), "site", site))}
	}
	said := p.judgeSite(nonce, found)
	f := finding{name: siteCheck, said: diagnosis.Of(said, "site", site, "status", found.status, "location", found.redirect(said),
		"other", found.Deployment, "own", p.config.Deployment)}
	if said != diagnosis.SiteFine {
		f.tier = wrong
	}
	return []finding{f}
}

// whyNoAnswer tells why nobody answered.
func whyNoAnswer(err error) diagnosis.ID {
	var unknown *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown) && unknown.IsNotFound:
		return diagnosis.SiteNoHost
	case errors.As(err, &certificate):
		return diagnosis.SiteCertificate
	}
	return diagnosis.SiteNoAnswer
}

// siteAnswer is what was answered at the public address.
type siteAnswer struct {
	asked    *url.URL
	status   int
	location *url.URL // of a redirect
	header   http.Header
	bypassed bool // the bypass secret was sent
	ours     bool // JSON in our manner
	identity
}

// whoAnswers sends the challenge.
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
	a.asked, a.status, a.header = request.URL, answer.StatusCode, answer.Header
	if to, err := answer.Location(); err == nil && a.redirects() {
		a.location = to
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

func (a siteAnswer) redirects() bool { return a.status >= 300 && a.status < 400 }

// mitigated reports whether Vercel's firewall has said that it did this.
func (a siteAnswer) mitigated(how string) bool { return a.header.Get("X-Vercel-Mitigated") == how }

// cloudflare reports whether Cloudflare has answered itself, and not the site behind it.
func (a siteAnswer) cloudflare() bool {
	own := strings.EqualFold(a.header.Get("Server"), "cloudflare") && a.header.Get("X-Vercel-Id") == ""
	return a.header.Get("Cf-Mitigated") != "" || own && (a.status == http.StatusForbidden || a.status == http.StatusTooManyRequests)
}

// protected reports whether Vercel's Deployment Protection seems to have answered, by asking for a log-in here or there.
func (a siteAnswer) protected() bool {
	if a.location != nil {
		return a.location.Hostname() == "vercel.com" && strings.HasPrefix(a.location.Path, "/sso-api")
	}
	refusal := a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
	return refusal && !a.ours && !a.mitigated("deny") && !a.mitigated("challenge") && !a.cloudflare()
}

// redirect is where a redirect leads, as people are told it.
func (a siteAnswer) redirect(said diagnosis.ID) string {
	switch {
	case a.location == nil:
		return ""
	case said == diagnosis.SitePath:
		return a.location.Path
	}
	return a.location.Scheme + "://" + a.location.Host
}

// judgeRedirect says where a redirect leads.
func (a siteAnswer) judgeRedirect() diagnosis.ID {
	switch to, from := a.location, a.asked; {
	case to == nil:
		return diagnosis.SiteStranger
	case to.Host != from.Host || to.Scheme != from.Scheme:
		return diagnosis.SiteElsewhere
	case to.Path == from.Path:
		return diagnosis.SiteItself
	case strings.Trim(to.Path, "/") == strings.Trim(from.Path, "/"):
		return diagnosis.SiteSlash
	}
	return diagnosis.SitePath
}

// vercelErrors are what Vercel says in X-Vercel-Error where it answers itself.
var vercelErrors = map[string]diagnosis.ID{
	"DEPLOYMENT_PAUSED": diagnosis.SitePaused, "DEPLOYMENT_DISABLED": diagnosis.SiteDisabled, "DEPLOYMENT_BLOCKED": diagnosis.SiteDisabled,
	"FUNCTION_THROTTLED": diagnosis.SiteThrottled, "INFINITE_LOOP_DETECTED": diagnosis.SiteItself,
	"FUNCTION_INVOCATION_FAILED": diagnosis.SiteCrashed, "NO_RESPONSE_FROM_FUNCTION": diagnosis.SiteCrashed,
	"BODY_NOT_A_STRING_FROM_FUNCTION": diagnosis.SiteCrashed, "FUNCTION_INVOCATION_TIMEOUT": diagnosis.SiteTimedOut,
	"DEPLOYMENT_NOT_FOUND": diagnosis.SiteNothingThere, "DEPLOYMENT_DELETED": diagnosis.SiteNothingThere, "NOT_FOUND": diagnosis.SiteNothingThere,
	"DNS_HOSTNAME_NOT_FOUND": diagnosis.SiteNothingThere,
}

// judgeStranger says what something else than notionsync is that has answered.
func (a siteAnswer) judgeStranger() diagnosis.ID {
	switch id, known := vercelErrors[a.header.Get("X-Vercel-Error")]; {
	case known:
		return id
	case a.mitigated("challenge"):
		return diagnosis.SiteChallenged
	case a.mitigated("deny"):
		return diagnosis.SiteDenied
	case a.cloudflare():
		return diagnosis.SiteCloudflare
	case a.protected() && a.bypassed:
		return diagnosis.SiteStillProtected
	case a.protected():
		return diagnosis.SiteProtected
	case a.redirects():
		return a.judgeRedirect()
	case a.status == http.StatusPaymentRequired:
		return diagnosis.SiteDisabled
	}
	return diagnosis.SiteStranger
}

// judgeSite says whether it is this deployment that has answered.
func (p *parts) judgeSite(nonce string, a siteAnswer) diagnosis.ID {
	own := p.config.Deployment
	switch {
	case !a.ours:
		return a.judgeStranger()
	case !sameProof(a.Proof, p.config.prove("this", nonce, a.Deployment)):
		return diagnosis.SiteOther
	case own != "" && a.Deployment != "" && a.Deployment != own:
		return diagnosis.SiteOtherDeployment
	}
	return diagnosis.SiteFine
}
