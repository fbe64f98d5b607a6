package app_test

import (
	"errors"
	"net/http/httptest"
	"net/url"
	"testing"

	"notionsync/pkg/app"
)

func TestAuthorize(t *testing.T) {
	t.Parallel()
	const (
		secret = "s3cret-of-ours"
		missed = "app: secret wrong or missing"
	)
	for _, row := range []struct{ name, configured, header, query, want string }{
		{"header", secret, "Bearer " + secret, "", ""},
		{"header in lower case", secret, "bearer " + secret, "", ""},
		{"header in upper case", secret, "BEARER " + secret, "", ""},
		{"header with more spaces", secret, "Bearer   " + secret + " ", "", ""},
		{"query", secret, "", secret, ""},
		{"query with white space", secret, "", secret + "\n", ""},
		{"both", secret, "Bearer " + secret, secret, ""},
		{"right header, wrong query", secret, "Bearer " + secret, "wrong", ""},
		{"wrong header, right query", secret, "Bearer wrong", secret, ""},
		{"another scheme beside the right query", secret, "Basic dXNlcjpwYXNz", secret, ""},
		{"secret with spaces", "pass phrase of ours", "Bearer pass phrase of ours", "", ""},
		{"configured with quotes, sent with them as by Vercel Cron", `"` + secret + `"`, `Bearer "` + secret + `"`, "", ""},
		{"configured with quotes, sent without", `"` + secret + `"`, "Bearer " + secret, "", ""},
		{"configured with a line break", secret + "\n", "Bearer " + secret, "", ""},

		{"nothing", secret, "", "", missed},
		{"scheme alone", secret, "Bearer", "", missed},
		{"scheme and space", secret, "Bearer ", "", missed},
		{"no scheme", secret, secret, "", missed},
		{"another scheme", secret, "Basic " + secret, "", missed},
		{"wrong", secret, "Bearer wrong", "wrong", missed},
		{"too short", secret, "Bearer " + secret[:5], secret[:5], missed},
		{"too long", secret, "Bearer " + secret + "x", secret + "x", missed},
		{"other case", secret, "Bearer S3CRET-OF-OURS", "", missed},
		{"halves", secret, "Bearer " + secret[:5], secret[5:], missed},

		{"unset", "", "Bearer ", "", "Missing CRON_SECRET"},
		{"unset, nothing sent", "", "", "", "Missing CRON_SECRET"},
		{"blank", " ", "Bearer  ", " ", "Missing CRON_SECRET"},
		{"malformed", "a\nb", "Bearer a\nb", "a\nb", "Invalid CRON_SECRET"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", "/api/sync?force=1&secret="+url.QueryEscape(row.query), nil)
			if row.header != "" {
				r.Header.Set("Authorization", row.header)
			}
			err := app.Authorize(load(map[string]string{"CRON_SECRET": row.configured}), r)
			if text(err) != row.want {
				t.Errorf("Authorize = %v, want %q", err, row.want)
			}
			if row.want == missed && !errors.Is(err, app.ErrUnauthorized) {
				t.Errorf("Authorize = %v, want ErrUnauthorized", err)
			}
		})
	}
}

func TestAuthorize_needsNothingElse(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/api/sync?secret=a", nil)
	if err := app.Authorize(load(map[string]string{"CRON_SECRET": "a", "REDIS_URL": "malformed"}), r); err != nil {
		t.Errorf("Authorize with the secret alone = %v, want nil", err)
	}
}
