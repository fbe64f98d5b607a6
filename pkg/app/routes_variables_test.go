package app_test

import (
	"net/http"
	"strings"
	"testing"
)

// Each route needs only what it uses.
func TestRoutes_variables(t *testing.T) {
	t.Parallel()
	const posts, pages = "NOTION_POSTS_DB", "NOTION_PAGES_DB"
	for _, row := range []struct {
		path   string
		change []string
		status int
		error  string
		named  []string // by the details
	}{
		{directPath, []string{"NOTION_API_KEY", "-"}, 500, "Missing NOTION_API_KEY", []string{"NOTION_API_KEY"}},
		{directPath, []string{posts, "-", pages, "-"}, 500, "Missing NOTION_<NAME>_DB", []string{"NOTION_<NAME>_DB"}},
		{directPath, []string{posts, "not an id"}, 500, "Invalid NOTION_POSTS_DB", []string{posts}},
		{directPath, []string{"REDIS_URL", "-"}, 500, "Missing REDIS_URL", []string{"REDIS_URL"}},
		{directPath, []string{"REDIS_URL", "https://redis.example.com"}, 500, "Invalid REDIS_URL", []string{"REDIS_URL"}},
		{directPath, []string{"SYNC_BUDGET", "45"}, 500, "Invalid SYNC_BUDGET", []string{"SYNC_BUDGET"}},
		{directPath, []string{"NOTION_RATE_LIMIT", "fast"}, 500, "Invalid NOTION_RATE_LIMIT", []string{"NOTION_RATE_LIMIT"}},
		{directPath, []string{"NOTION_POSTS_FILTER", "{"}, 500, "Invalid NOTION_POSTS_FILTER", []string{"NOTION_POSTS_FILTER"}},
		{directPath, []string{"NOTION_API_KEY", "a b"}, 500, "Invalid NOTION_API_KEY", []string{"NOTION_API_KEY"}},
		{directPath, []string{"BLOB_READ_WRITE_TOKEN", "abc"}, 500, "Invalid BLOB_READ_WRITE_TOKEN", []string{"vercel_blob_rw_"}},
		{directPath, []string{"QSTASH_TOKEN", "a b"}, 500, "Invalid QSTASH_TOKEN", []string{"QSTASH_TOKEN"}},
		{directPath, []string{"QSTASH_URL", "qstash"}, 500, "Invalid QSTASH_URL", []string{"QSTASH_URL"}},
		{
			directPath, []string{"NOTION_API_KEY", "-", "REDIS_URL", "-", "SYNC_GIVE_UP", "never"}, 500,
			"Missing NOTION_API_KEY", []string{"NOTION_API_KEY", "REDIS_URL", "SYNC_GIVE_UP"},
		},
		{
			directPath, []string{
				"QSTASH_TOKEN", "-", "QSTASH_CURRENT_SIGNING_KEY", "-", "QSTASH_NEXT_SIGNING_KEY", "-",
				"NEXT_PUBLIC_SITE_URL", "-",
			}, 200, "", nil,
		},

		{triggerPath, []string{"QSTASH_TOKEN", "-"}, 500, "Missing QSTASH_TOKEN", []string{"QSTASH_TOKEN"}},
		{triggerPath, []string{"NEXT_PUBLIC_SITE_URL", "-"}, 500, "Missing NEXT_PUBLIC_SITE_URL", []string{"NEXT_PUBLIC_SITE_URL"}},
		{
			triggerPath, []string{"QSTASH_CURRENT_SIGNING_KEY", "-"}, 500,
			"Missing QSTASH_CURRENT_SIGNING_KEY", []string{"QSTASH_CURRENT_SIGNING_KEY"},
		},
		{triggerPath, []string{"QSTASH_NEXT_SIGNING_KEY", "-"}, 500, "Missing QSTASH_NEXT_SIGNING_KEY", nil},
		{triggerPath, []string{"QSTASH_TOKEN", "a b"}, 500, "Invalid QSTASH_TOKEN", []string{"QSTASH_TOKEN"}},
		{
			triggerPath, []string{"VERCEL_AUTOMATION_BYPASS_SECRET", "a b"}, 500,
			"Invalid VERCEL_AUTOMATION_BYPASS_SECRET", []string{"VERCEL_AUTOMATION_BYPASS_SECRET"},
		},
		{triggerPath, []string{"REDIS_URL", "-"}, 500, "Missing REDIS_URL", []string{"REDIS_URL"}},
		{triggerPath, []string{"NEXT_PUBLIC_SITE_URL", "https://example.com/blog"}, 500, "Invalid NEXT_PUBLIC_SITE_URL", nil},
		{
			triggerPath, []string{"QSTASH_TOKEN", "-", "NEXT_PUBLIC_SITE_URL", "-", "REDIS_URL", "mysql://"}, 500,
			"Missing NEXT_PUBLIC_SITE_URL", []string{"QSTASH_TOKEN", "NEXT_PUBLIC_SITE_URL", "REDIS_URL"},
		},
		{triggerPath, []string{"NOTION_API_KEY", "-", posts, "-", pages, "-", "SYNC_BUDGET", "x"}, 200, "", nil},

		{statusPath, []string{"REDIS_URL", "-"}, 500, "Missing REDIS_URL", []string{"REDIS_URL"}},
		{
			statusPath, []string{
				"QSTASH_TOKEN", "-", "QSTASH_CURRENT_SIGNING_KEY", "-", "QSTASH_NEXT_SIGNING_KEY", "-",
				"NEXT_PUBLIC_SITE_URL", "-", "NOTION_API_KEY", "-", posts, "-", pages, "-", "SYNC_BUDGET", "x",
			}, 200, "", nil,
		},
	} {
		t.Run(row.path+" "+strings.Join(row.change, " "), func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small(), row.change...)
			d.qstash.Pause()
			a := d.get(row.path)
			if a.status != row.status || a.text(t, "error") != row.error {
				t.Fatalf("GET %s answers %s, want %d %s", row.path, a, row.status, row.error)
			}
			for _, name := range row.named {
				if !strings.Contains(a.text(t, "details"), name) {
					t.Errorf("details = %q, want %s named", a.text(t, "details"), name)
				}
			}
			if row.error != "" && len(d.notion.Requests())+len(d.qstash.Messages())+len(d.redis.Keys()) > 0 {
				t.Errorf("GET %s has left traces: %s", row.path, d.traces())
			}
		})
	}
}

func TestRoutes_redisUnreachable(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(*deployment){
		"down":           func(d *deployment) { d.redis.Close() },
		"loading":        func(d *deployment) { d.redis.SetError("LOADING Redis is loading the dataset in memory") },
		"not letting in": func(d *deployment) { d.redeploy("REDIS_URL", "redis://:wrong@"+d.redis.Addr()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small(), "NOTION_WEBHOOK_SECRET", eventSecret)
			kill(d)
			if a := d.event(eventSecret, eventOf("e1", "page.created", strings.Repeat("a", 32))); a.text(t, "error") != "Redis unreachable" {
				t.Errorf("%s answers %s, want 503 Redis unreachable", webhookPath, a)
			}
			for path := range secretRoutes {
				if path == checkPath {
					continue // it says that among all else
				}
				a := d.get(path)
				if a.status != http.StatusServiceUnavailable || a.text(t, "error") != "Redis unreachable" || a.text(t, "details") == "" {
					t.Errorf("%s answers %s, want 503 Redis unreachable with details", path, a)
				}
			}
			for path, body := range map[string]string{
				workerPath: `{"job":"msg_1","slice":1}`, callbackPath: report(500, 3, 3, "0-1", "msg_1", `{"job":"msg_1","slice":1}`),
			} {
				a := d.send(d.message(path, "msg_1", body))
				if a.status != http.StatusServiceUnavailable || a.text(t, "error") != "Redis unreachable" || a.text(t, "details") == "" {
					t.Errorf("%s answers %s, want 503 Redis unreachable with details", path, a)
				}
				if strings.Contains(a.text(t, "details"), "redis is unreachable") {
					t.Errorf("%s answers %s, which says twice that Redis is unreachable", path, a)
				}
			}
			if n := len(d.notion.Requests()) + len(d.qstash.Messages()); n > 0 {
				t.Errorf("%d requests or messages were sent without Redis", n)
			}
		})
	}
}

// A Redis that answers, but takes nothing, is neither unreachable nor QStash's fault.
func TestRoutes_redisRefuses(t *testing.T) {
	t.Parallel()
	for text, hint := range map[string]string{
		"OOM command not allowed when used memory > 'maxmemory'.":                            "take a larger plan",
		"READONLY You can't write against a read only replica.":                              "set REDIS_URL to the primary's address",
		"NOPERM this user has no permissions to run the 'evalsha' command or its subcommand": "+@all",
		"ERR unknown command 'EVALSHA'":                                                      "take Redis 6.2 or newer", "ERR the moon is in the way": "see the page of the database",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small(), "NOTION_WEBHOOK_SECRET", eventSecret)
			calls := map[string]func() answer{
				triggerPath: func() answer { return d.get(triggerPath) },
				statusPath:  func() answer { return d.get(statusPath) },
				directPath:  func() answer { return d.get(directPath) },
				workerPath:  func() answer { return d.deliver("msg_x", `{"job":"msg_x","slice":1}`) },
				webhookPath: func() answer {
					return d.event(eventSecret, eventOf("e1", "page.created", strings.Repeat("a", 32)))
				},
			}
			for _, call := range calls { // connections that were let in
				call()
			}
			d.settle()
			d.redis.SetError(text)
			for path, call := range calls {
				want := "Redis refused"
				if path == directPath {
					want = "Sync failed"
				}
				a := call()
				details := a.text(t, "details")
				if a.status != http.StatusInternalServerError || a.text(t, "error") != want || !strings.Contains(details, text) ||
					!strings.Contains(details, hint) {
					t.Errorf("%s answers %s, want 500 %s with %q, and %q", path, a, want, text, hint)
				}
			}
		})
	}
}
