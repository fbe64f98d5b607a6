package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/app"
	"notionsync/pkg/diagnosis"
	"notionsync/pkg/sim/qstashsim"
)

// says fails the test unless a check says what a row of the catalogue says, with this in what to do.
func says(t *testing.T, f app.Finding, id diagnosis.ID, fix string) {
	t.Helper()
	i := slices.IndexFunc(diagnosis.Catalogue(), func(row diagnosis.Row) bool { return row.ID == id })
	if i < 0 {
		t.Fatalf("there is no row %q", id)
	}
	row := diagnosis.Catalogue()[i]
	if !alike(row.What.English, f.Message, false) || !alike(row.Fix.English, f.Fix+f.Recommended, true) {
		t.Errorf("found %+v, want the words of %q", f, id)
	}
	if !strings.Contains(f.Fix+f.Recommended, fix) || strings.ContainsAny(f.Message+f.Fix, "{}") && !strings.Contains(f.Message, `{"`) {
		t.Errorf("found %+v, want %q in what to do, and no place that is empty", f, fix)
	}
}

// alike reports whether a text is that of a row with its places filled in, to its end or at its beginning.
func alike(row, text string, whole bool) bool {
	for i, part := range strings.Split(placed.ReplaceAllString(row, "\x00"), "\x00") {
		at := strings.Index(text, part)
		if at < 0 || i == 0 && at > 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return !whole || text == "" || strings.HasSuffix(row, "}")
}

// What stands before the deployment, or in its place, is told apart by status, headers and where it redirects.
func TestCheck_publicAddress(t *testing.T) {
	t.Parallel()
	html := func(status int, pairs ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				w.Header().Set(pairs[i], pairs[i+1])
			}
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<!DOCTYPE html><title>No</title>")
		}
	}
	sso := html(302, "Location", "https://vercel.com/sso-api?url=https%3A%2F%2Fx.vercel.app%2F&nonce=1")
	for _, row := range []struct {
		name   string
		answer http.HandlerFunc
		secret string // the bypass secret; empty: none
		want   diagnosis.ID
		fix    string
	}{
		{"protected, 401", html(401), "", diagnosis.SiteProtected, "Protection Bypass for Automation"},
		{"protected, redirect to the log-in", sso, "", diagnosis.SiteProtected, "Protection Bypass for Automation"},
		{"protected, JSON", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(401)
			_, _ = io.WriteString(w, `{"error":{"message":"Protected deployment","code":"401"},"protection":{"vercel_auth_callback":"https://vercel.com/sso-api?url=x"}}`)
		}, "", diagnosis.SiteProtected, "the production domain"},
		{"protected in spite of a secret", sso, bypassSecret, diagnosis.SiteStillProtected, "the secret was changed"},
		{"firewall", html(403, "X-Vercel-Mitigated", "deny"), bypassSecret, diagnosis.SiteDenied, "Bypass"},
		{"Security Checkpoint", html(403, "X-Vercel-Mitigated", "challenge"), "", diagnosis.SiteChallenged, "Attack Challenge Mode"},
		{"Security Checkpoint, 429", html(429, "X-Vercel-Mitigated", "challenge"), "", diagnosis.SiteChallenged, "/api/sync"},
		{"Cloudflare's challenge", html(403, "Server", "cloudflare", "Cf-Mitigated", "challenge", "Cf-Ray", "8f0-FRA"), "", diagnosis.SiteCloudflare, "WAF"},
		{"Cloudflare's block", html(403, "Server", "cloudflare", "Cf-Ray", "8f0-FRA"), "", diagnosis.SiteCloudflare, "Bot Fight Mode"},
		{"paused", html(503, "X-Vercel-Error", "DEPLOYMENT_PAUSED"), "", diagnosis.SitePaused, "Resume"},
		{"over quota", html(402, "X-Vercel-Error", "DEPLOYMENT_DISABLED"), "", diagnosis.SiteDisabled, "Usage"},
		{"not paid", html(402), "", diagnosis.SiteDisabled, "Billing"},
		{"throttled", html(503, "X-Vercel-Error", "FUNCTION_THROTTLED"), "", diagnosis.SiteThrottled, "in a minute"},
		{"crashed", html(500, "X-Vercel-Error", "FUNCTION_INVOCATION_FAILED"), "", diagnosis.SiteCrashed, "Logs"},
		{"timed out", html(504, "X-Vercel-Error", "FUNCTION_INVOCATION_TIMEOUT"), "", diagnosis.SiteTimedOut, "maxDuration"},
		{"no deployment", html(404, "X-Vercel-Error", "DEPLOYMENT_NOT_FOUND"), "", diagnosis.SiteNothingThere, "Domains"},
		{"deleted", html(410, "X-Vercel-Error", "DEPLOYMENT_DELETED"), "", diagnosis.SiteNothingThere, "Domains"},
		{"to itself", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusPermanentRedirect)
		}, "", diagnosis.SiteItself, "Full (strict)"},
		{"to itself with a slash", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"/", http.StatusPermanentRedirect)
		}, "", diagnosis.SiteSlash, "trailingSlash"},
		{"to its log-in", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login", http.StatusTemporaryRedirect)
		}, "", diagnosis.SitePath, "middleware"},
		{"to another host", html(308, "Location", "https://www.example.com/api/sync/check"), "", diagnosis.SiteElsewhere, "https://www.example.com,"},
		{"another site", html(200), "", diagnosis.SiteStranger, "the address of this deployment"},
		{"a redirect to nowhere", html(302), "", diagnosis.SiteStranger, "the address of this deployment"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(row.answer)
			t.Cleanup(s.Close)
			secret := row.secret
			if secret == "" {
				secret = "-"
			}
			d := deploy(t, tiny(), "NEXT_PUBLIC_SITE_URL", s.URL, "VERCEL_AUTOMATION_BYPASS_SECRET", secret)
			_, checks := d.findings()
			says(t, finding(t, checks, "public URL"), row.want, row.fix)
		})
	}
}

// Where nobody answers at the public address, the reason is told apart too.
func TestCheck_publicAddress_nobody(t *testing.T) {
	t.Parallel()
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(tls.Close)
	for url, want := range map[string]diagnosis.ID{
		"https://no-such-site.invalid": diagnosis.SiteNoHost, tls.URL: diagnosis.SiteCertificate, "http://127.0.0.1:1": diagnosis.SiteNoAnswer,
		"http://www.example.com": diagnosis.SiteNotHTTPS,
	} {
		d := deploy(t, tiny(), "NEXT_PUBLIC_SITE_URL", url)
		_, checks := d.findings()
		says(t, finding(t, checks, "public URL"), want, "")
	}
}

// A deployment with other settings is another one. Keys that are not set, or that QStash does not show, are said so.
func TestCheck_otherSettings(t *testing.T) {
	t.Parallel()
	_, checks := deploy(t, tiny(), "NEXT_PUBLIC_SITE_URL", deploy(t, tiny()).url).findings()
	says(t, finding(t, checks, "public URL"), diagnosis.SiteOther, "REDIS_URL")
	_, checks = deploy(t, tiny(), "QSTASH_NEXT_SIGNING_KEY", "-").findings()
	says(t, finding(t, checks, "qstash: signing keys"), diagnosis.QStashKeysMissing, "Copy both")
	_, checks = deploy(t, tiny(), "QSTASH_TOKEN", "wrong").findings()
	says(t, finding(t, checks, "qstash: signing keys"), diagnosis.QStashKeysUnseen, "QStash token")
}

// The bypass secret is tried before Deployment Protection is called in the way, also where it redirects to the log-in.
func TestCheck_bypassOfLogIn(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny())
	d.detour(checkPath, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" && r.Header.Get("X-Vercel-Protection-Bypass") != bypassSecret {
				http.Redirect(w, r, "https://vercel.com/sso-api?url=x", http.StatusFound)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	_, checks := d.findings()
	says(t, finding(t, checks, "public URL"), diagnosis.SiteFine, "")
}

// beforeQStash has QStash's requests pass by first, which answers itself and reports true, or lets them through.
func (d *deployment) beforeQStash(first func(http.ResponseWriter, *http.Request) bool) {
	d.t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !first(w, r) {
			d.qstash.ServeHTTP(w, r)
		}
	}))
	d.t.Cleanup(s.Close)
	d.redeploy("QSTASH_URL", s.URL)
}

// What QStash answers is told apart, in the check and in a trigger's answer alike.
func TestCheck_qstash(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		status int
		body   string
		header []string
		want   diagnosis.ID
		fix    string
	}{
		{"a token of another region", 404, `{"error":"user not found in this region"}`, nil, diagnosis.QStashRegion, "QSTASH_URL and QSTASH_TOKEN together"},
		{"a wrong token", 401, `{"error":"unable to authenticate: invalid token"}`, nil, diagnosis.QStashToken, "Copy QSTASH_TOKEN again"},
		{"a token for reading", 403, `{"error":"forbidden: readonly token"}`, nil, diagnosis.QStashReadOnly, "not the read-only one"},
		{"the day's messages are used up", 429, `{"error":"Exceeded daily rate limit."}`, []string{"RateLimit-Limit", "1000", "RateLimit-Reset", "1790000000"},
			diagnosis.QStashDay, "Wait until tomorrow"},
		{"too fast", 429, `{"error":"rate limit"}`, []string{"Burst-RateLimit-Limit", "10"}, diagnosis.QStashBurst, "in a moment"},
		{"a limit of the plan", 412, `{"error":"quota maxRetries exceeded"}`, nil, diagnosis.QStashLimit, "larger plan"},
		{"switched off", 403, `{"error":"qstash is disabled for this account"}`, nil, diagnosis.QStashDisabled, "Switch QStash on"},
		{"something else", 404, `<html>not found</html>`, nil, diagnosis.QStashAddress, "QSTASH_URL"},
		{"trouble", 500, `{"error":"internal"}`, nil, diagnosis.QStashTrouble, "status.upstash.com"},
		{"an unknown refusal", 422, `{"error":"no"}`, nil, diagnosis.QStashRefusal, "console.upstash.com"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, tiny())
			d.beforeQStash(func(w http.ResponseWriter, _ *http.Request) bool {
				for i := 0; i < len(row.header); i += 2 {
					w.Header().Set(row.header[i], row.header[i+1])
				}
				w.WriteHeader(row.status)
				_, _ = io.WriteString(w, row.body)
				return true
			})
			_, checks := d.findings()
			f := finding(t, checks, "qstash: token")
			says(t, f, row.want, row.fix)
			if f := finding(t, checks, "qstash: signing keys"); !f.Unchecked {
				t.Errorf("found %+v, want the keys unchecked", f)
			}
			advice := diagnosis.Of(row.want).Advice()
			if a := d.get(triggerPath); a.status != http.StatusBadGateway || !strings.Contains(a.text(t, "details"), advice) {
				t.Errorf("trigger answers %s, want 502 with %q", a, advice)
			}
		})
	}
}

// A deployment's own address that QStash refuses is said so by the trigger.
func TestTrigger_destinationRefused(t *testing.T) {
	t.Parallel()
	d := deploy(t, tiny())
	q := qstashsim.New(qstashsim.Options{Token: qstashSecret, CurrentKey: currentSecret, NextKey: nextSecret, RefuseLoopback: true})
	t.Cleanup(q.Close)
	s := httptest.NewServer(q)
	t.Cleanup(s.Close)
	d.redeploy("QSTASH_URL", s.URL)
	advice := diagnosis.Of(diagnosis.QStashDestination).Advice()
	if a := d.get(triggerPath); a.status != http.StatusBadGateway || !strings.Contains(a.text(t, "details"), advice) {
		t.Errorf("trigger answers %s, want 502 with %q", a, advice)
	}
}

// An address outside that QStash refuses is a warning in each job that has something to tell there, and a line in the
// check. The check tells nobody anything.
func TestCheck_hooksRefused(t *testing.T) {
	t.Parallel()
	taken := newOutside(t, 0)
	d := deploy(t, tiny(), "REVALIDATE_URL", "https://www.typo.example/api/revalidate", "SYNC_WEBHOOK", "https://hooks.typo.example/x",
		"SYNC_FAILURE_WEBHOOK", taken.url)
	d.beforeQStash(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "typo.example") {
			return false
		}
		w.WriteHeader(400)
		_, _ = io.WriteString(w, `{"error":"invalid destination url: unable to resolve host: lookup www.typo.example: no such host"}`)
		return true
	})
	v := d.finished(d.trigger(""))
	for _, variable := range []string{"REVALIDATE_URL", "SYNC_WEBHOOK"} {
		about := slices.DeleteFunc(slices.Clone(v.Warnings), func(text string) bool { return !strings.Contains(text, variable+" is refused") })
		if len(about) != 1 || !strings.Contains(about[0], "an address") && !strings.Contains(about[0], "must be one that the internet can reach") {
			t.Errorf("warnings are %q, want one about %s with what to do", v.Warnings, variable)
		}
	}
	_, checks := d.findings()
	for _, variable := range []string{"REVALIDATE_URL", "SYNC_WEBHOOK"} {
		f := finding(t, checks, "qstash: "+variable)
		says(t, f, diagnosis.QStashHookRefused, "Set "+variable+" to an address")
		if !strings.Contains(f.Message, "no such host") || strings.Contains(f.Message, "/api/revalidate") {
			t.Errorf("found %+v, want what QStash has said, without the address", f)
		}
	}
	says(t, finding(t, checks, "qstash: SYNC_FAILURE_WEBHOOK"), diagnosis.QStashHook, "")
	d.settle()
	if told := taken.told(0); len(told) != 0 {
		t.Errorf("the check has told %+v", told)
	}
	all := d.qstash.Messages()
	if last := all[len(all)-1]; last.URL != taken.url || last.State != qstashsim.Cancelled {
		t.Errorf("the last message is %s for %s, want the one to try, taken back", last.State, last.URL)
	}
}

// A webhook secret that is the API token is none.
func TestCheck_webhookSecret(t *testing.T) {
	t.Parallel()
	for secret, want := range map[string]diagnosis.ID{
		notionSecret: diagnosis.WebhookToken, "ntn_another": diagnosis.WebhookToken, eventSecret: diagnosis.WebhookSet,
	} {
		_, checks := deploy(t, tiny(), "NOTION_WEBHOOK_SECRET", secret).findings()
		says(t, finding(t, checks, "webhook secret"), want, "")
	}
}

// What works, and could be better, is said apart from what is right: it fails nothing.
func TestCheck_recommended(t *testing.T) {
	t.Parallel()
	address, command := ownRedis(t, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
	d := deploy(t, tiny(), "CRON_SECRET", "short", "REDIS_URL", "redis://"+address)
	r := d.request(http.MethodGet, checkPath+"?secret=short", "")
	r.Header.Del("Authorization")
	a := d.send(r)
	if a.status != http.StatusOK {
		t.Fatalf("check answers %s, want 200", a)
	}
	checks := a.checks(t)
	says(t, finding(t, checks, "file store"), diagnosis.FilesNone, "BLOB_READ_WRITE_TOKEN")
	says(t, finding(t, checks, "variable CRON_SECRET"), diagnosis.VariableShort, "openssl rand -hex 32")
	says(t, finding(t, checks, "redis: eviction"), diagnosis.RedisEvicts, "noeviction")
	command("CONFIG", "SET", "maxmemory-policy", "noeviction")
	command("ACL", "SETUSER", "default", "-info")
	f := finding(t, d.send(r.Clone(t.Context())).checks(t), "redis: eviction")
	if says(t, f, diagnosis.RedisMayEvict, "noeviction"); !f.Unchecked || !f.OK {
		t.Errorf("found %+v, want it unchecked, and no failure", f)
	}
	for _, f := range checks {
		if better := f.Recommended != ""; better && (!f.OK || f.Fix != "") {
			t.Errorf("%s is %+v: recommended is what is right", f.Name, f)
		}
	}
}

// What Redis denies is the same in the check, in a trigger's answer and in the error of a job that failed by it.
func TestCheck_redisEverywhere(t *testing.T) {
	t.Parallel()
	address, command := ownRedis(t)
	d := deploy(t, tiny(), "REDIS_URL", "redis://"+address)
	d.qstash.Pause()
	id := d.trigger("")
	command("ACL", "SETUSER", "default", "-smismember")
	_, checks := d.findings()
	says(t, finding(t, checks, "redis"), diagnosis.RedisCommand, "+@all")
	d.qstash.Resume()
	d.settle()
	advice := diagnosis.Of(diagnosis.RedisCommand).Advice()
	command("ACL", "SETUSER", "default", "+smismember")
	if v := d.jobOf(id); v.State != "failed" || !strings.Contains(v.reason(), advice) || !strings.Contains(v.reason(), "SMISMEMBER") {
		t.Errorf("the job is %s: %q, want it failed with %q", v.State, v.reason(), advice)
	}
	command("ACL", "SETUSER", "default", "-eval", "-evalsha")
	if a := d.get(triggerPath); !strings.Contains(a.text(t, "details"), advice) {
		t.Errorf("trigger answers %s, want %q", a, advice)
	}
	if _, checks := d.findings(); !strings.Contains(finding(t, checks, "redis").Message, "EVAL") {
		t.Error(fmt.Sprint("found ", finding(t, checks, "redis"), ", want EVAL named"))
	}
}
