package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// The routes by who may call them, with the methods they know.
var (
	secretRoutes = map[string][]string{
		directPath: {"GET", "POST"}, triggerPath: {"GET", "POST"}, statusPath: {"GET"},
		checkPath: {"GET"},
	}
	signedRoutes = map[string][]string{workerPath: {"POST"}, callbackPath: {"POST"}}
	eventRoutes  = map[string][]string{webhookPath: {"POST"}}
)

const unauthorized = `401 {"ok":false,"error":"Unauthorized"}`

func TestRoutes_methods(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "CRON_SECRET", "-", "QSTASH_CURRENT_SIGNING_KEY", "-") // the method comes before all else
	before := d.traces()
	for _, routes := range []map[string][]string{secretRoutes, signedRoutes, eventRoutes} {
		for path, known := range routes {
			for _, method := range []string{
				"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get",
			} {
				as := method
				if method == http.MethodHead {
					as = http.MethodGet
				}
				a := d.send(d.request(method, path, ""))
				if slices.Contains(known, as) {
					if a.status != http.StatusInternalServerError {
						t.Errorf("%s %s answers %s, want 500 for what is missing", method, path, a)
					}
					continue
				}
				if a.status != http.StatusMethodNotAllowed {
					t.Errorf("%s %s answers %s, want 405", method, path, a)
				}
				if got := a.header.Get("Allow"); got != strings.Join(known, ", ") {
					t.Errorf("%s %s: header Allow = %q, want %q", method, path, got, strings.Join(known, ", "))
				}
			}
		}
	}
	if after := d.traces(); after != before {
		t.Errorf("refused methods have left traces: %s", after)
	}
}

// HEAD does what GET does and answers with its status and headers.
func TestRoutes_head(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	for _, path := range []string{statusPath, triggerPath, directPath} {
		if a := d.send(d.request(http.MethodHead, path, "")); a.status != http.StatusUnauthorized || a.body != "" {
			t.Errorf("HEAD %s without the secret answers %s, want 401 without a body", path, a)
		}
	}
	d.qstash.Pause()
	if a := d.send(d.request(http.MethodHead, triggerPath+"?secret="+cronSecret, "")); a.status != http.StatusOK {
		t.Errorf("HEAD %s answers %s, want 200", triggerPath, a)
	}
	if n := len(d.published()); n != 1 {
		t.Errorf("HEAD %s has published %d messages, want 1 as GET", triggerPath, n)
	}
	unknown := statusPath + "?job=nobody&secret=" + cronSecret
	if a := d.send(d.request(http.MethodHead, unknown, "")); a.status != http.StatusNotFound {
		t.Errorf("HEAD %s of an unknown job answers %s, want 404", statusPath, a)
	}
}

func TestRoutes_secret(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	for _, row := range []struct {
		name, authorization, query string
		ok                         bool
	}{
		{"nothing", "", "", false},
		{"header", "Bearer " + cronSecret, "", true},
		{"query", "", "?secret=" + cronSecret, true},
		{"wrong header", "Bearer wrong", "", false},
		{"wrong query", "", "?secret=wrong", false},
		{"empty header", "Bearer ", "", false},
		{"empty query", "", "?secret=", false},
		{"the secret without its scheme", cronSecret, "", false},
		{"another scheme", "Basic " + cronSecret, "", false},
		{"a prefix of it", "Bearer " + cronSecret[:len(cronSecret)-1], "", false},
		{"more than it", "Bearer " + cronSecret + "x", "", false},
		{"in other letters", "Bearer " + strings.ToUpper(cronSecret), "", false},
		{"under another name", "", "?token=" + cronSecret, false},
		{"a mebibyte", "", "?secret=" + strings.Repeat("x", 1<<19), false},
	} {
		for path := range secretRoutes {
			if path == directPath && row.ok {
				continue // would sync; see TestDirect
			}
			r := d.request(http.MethodGet, path+row.query, "")
			if row.authorization != "" {
				r.Header.Set("Authorization", row.authorization)
			}
			before := d.traces()
			switch a := d.send(r); {
			case row.ok && a.status != http.StatusOK:
				t.Errorf("%s: %s answers %s, want 200", row.name, path, a)
			case !row.ok && a.String() != unauthorized:
				t.Errorf("%s: %s answers %s, want %s", row.name, path, a, unauthorized)
			case !row.ok && d.traces() != before:
				t.Errorf("%s: %s has left traces", row.name, path)
			}
		}
	}
}

// Without CRON_SECRET nobody is let in, whatever is presented.
func TestRoutes_secretUnset(t *testing.T) {
	t.Parallel()
	for _, unset := range []string{"-", "", "  ", `""`} {
		d := deploy(t, small(), "CRON_SECRET", unset, "REDIS_URL", "-", "NOTION_API_KEY", "-", "QSTASH_TOKEN", "-")
		for path := range secretRoutes {
			for _, authorization := range []string{"", "Bearer", "Bearer ", `Bearer ""`, "Bearer undefined"} {
				r := d.request(http.MethodGet, path+"?secret=", "")
				r.Header.Set("Authorization", authorization)
				a := d.send(r)
				if a.status != http.StatusInternalServerError || a.text(t, "error") != "Missing CRON_SECRET" {
					t.Errorf("CRON_SECRET %q: %s with %q answers %s, want 500 Missing CRON_SECRET", unset, path, authorization, a)
				}
			}
		}
	}
}

// The checks come in this order: method, what authentication needs, authentication, other configuration, body.
func TestRoutes_orderOfChecks(t *testing.T) {
	t.Parallel()
	const badBody, badQuery = `{"force":`, "?force=perhaps"
	d := deploy(t, small())
	ask := func(method, path, secret string) answer {
		r := d.request(method, path+badQuery, badBody)
		r.Header.Set("Content-Type", "application/json")
		if secret != "" {
			r.Header.Set("Authorization", "Bearer "+secret)
		}
		return d.send(r)
	}
	for path := range map[string]bool{directPath: true, triggerPath: true} {
		d.redeploy("CRON_SECRET", "-", "REDIS_URL", "-")
		if a := ask("PUT", path, ""); a.status != http.StatusMethodNotAllowed {
			t.Errorf("%s: 1st check: %s, want 405", path, a)
		}
		if a := ask("POST", path, "wrong"); a.text(t, "error") != "Missing CRON_SECRET" {
			t.Errorf("%s: 2nd check: %s, want Missing CRON_SECRET", path, a)
		}
		d.redeploy("CRON_SECRET", cronSecret)
		if a := ask("POST", path, "wrong"); a.String() != unauthorized {
			t.Errorf("%s: 3rd check: %s, want %s", path, a, unauthorized)
		}
		if a := ask("POST", path, cronSecret); a.status != 500 || a.text(t, "error") != "Missing REDIS_URL" {
			t.Errorf("%s: 4th check: %s, want 500 Missing REDIS_URL", path, a)
		}
		d.redeploy("REDIS_URL", "redis://:"+redisSecret+"@"+d.redis.Addr())
		if a := ask("POST", path, cronSecret); a.status != 400 || a.text(t, "error") != "Invalid request" || a.text(t, "details") == "" {
			t.Errorf("%s: 5th check: %s, want 400 Invalid request with details", path, a)
		}
	}
	for path := range signedRoutes {
		d.redeploy("QSTASH_NEXT_SIGNING_KEY", "-", "REDIS_URL", "-")
		if a := d.send(d.request("GET", path, "")); a.status != http.StatusMethodNotAllowed {
			t.Errorf("%s: 1st check: %s, want 405", path, a)
		}
		if a := d.send(d.request("POST", path, badBody)); a.status != 500 || a.text(t, "error") != "Missing QSTASH_NEXT_SIGNING_KEY" {
			t.Errorf("%s: 2nd check: %s, want 500 Missing QSTASH_NEXT_SIGNING_KEY", path, a)
		}
		d.redeploy("QSTASH_NEXT_SIGNING_KEY", nextSecret)
		if a := d.send(d.request("POST", path, badBody)); a.String() != unverified {
			t.Errorf("%s: 3rd check: %s, want %s", path, a, unverified)
		}
		if a := d.send(d.message(path, "msg_1", `{"force":false}`)); a.status != 489 {
			t.Errorf("%s: 4th check: %s, want 489", path, a)
		}
	}
}

// URLs come from the configuration, never from a request's headers.
func TestRoutes_hostIsNotBelieved(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	r := d.request(http.MethodGet, triggerPath, "")
	r.Header.Set("Authorization", "Bearer "+cronSecret)
	r.Host = "evil.example"
	for _, name := range []string{
		"X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Original-Url", "Origin", "Referer",
	} {
		r.Header.Set(name, "evil.example")
	}
	if a := d.send(r); a.text(t, "workerUrl") != d.url+workerPath || strings.Contains(a.body, "evil") {
		t.Errorf("%s answers %s, want URLs of %s only", triggerPath, a, d.url)
	}
	if m := d.last(); m.URL != d.url+workerPath {
		t.Errorf("the message goes to %s, want %s", m.URL, d.url+workerPath)
	}
}
