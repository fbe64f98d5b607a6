package app_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/blobsim"
	"notionsync/pkg/sim/notionsim"
)

// TestReadme_whenSomethingIsWrong: what README's table says that people see is what they see, in each row. A row is known
// by words of its first cell; what that says of numbers and in backticks must be in the message that is made, "…" standing
// for anything, N and M for numbers.
func TestReadme_whenSomethingIsWrong(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(raw), "\n| you see |")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(strings.ReplaceAll(table, `\|`, "│"), "\n")[2:]
	messages := map[string]func(t *testing.T) string{
		"`Missing …`": func(t *testing.T) string {
			return deploy(t, small(), "QSTASH_TOKEN", "-").get(triggerPath).String() +
				deploy(t, small(), "QSTASH_TOKEN", "a b").get(triggerPath).String()
		},
		"`Invalid request`": func(t *testing.T) string { return deploy(t, small()).get(triggerPath + "?pgae=home").String() },
		"`Unauthorized`": func(t *testing.T) string {
			d := deploy(t, small())
			return d.send(d.request("GET", triggerPath+"?secret=wrong", "")).String()
		},
		"`Failed to trigger sync`": func(t *testing.T) string {
			return deploy(t, small(), "QSTASH_TOKEN", "wrong").get(triggerPath).String()
		},
		"stays `queued`": func(t *testing.T) string {
			d := deploy(t, small())
			d.qstash.Pause()
			return d.status(d.trigger(""))
		},
		"`Failed to verify signature`": func(t *testing.T) string {
			d := deploy(t, small(), "QSTASH_CURRENT_SIGNING_KEY", "sig_of_another_region")
			return d.deliver("msg_1", `{"job":"msg_1","slice":1}`).String()
		},
		"QStash gave up": func(t *testing.T) string {
			d, id := halfway(t)
			d.callBack(report(401, 3, 3, "1-0", d.last().ID, string(d.last().Body)))
			return d.status(id)
		},
		"NOTION_API_KEY": func(t *testing.T) string { return deploy(t, small(), "NOTION_API_KEY", "ntn_wrong").synced("") },
		"`collection … could not be listed": func(t *testing.T) string {
			world := small()
			d := deploy(t, world)
			world.Unshare(d.env["NOTION_POSTS_DB"])
			some := d.synced("")
			world.Unshare(d.env["NOTION_PAGES_DB"])
			return some + d.synced("")
		},
		"`database … inside page … could not be listed": func(t *testing.T) string {
			world, pages, _ := collections()
			ok(t, func() error { _, err := world.AddLinkedView(row(world, pages, "One", "one"), "View"); return err }())
			return deploy(t, aged(world)).synced("")
		},
		"is that of collection": func(t *testing.T) string {
			world, _, posts := collections()
			return deploy(t, aged(world), "NOTION_NEWS_DB", posts).synced("")
		},
		"`Notion does not answer`": func(t *testing.T) string {
			d := deploy(t, small())
			d.notion.Fail(notionsim.Rule{Fault: notionsim.Error(503, "service_unavailable", "No.")})
			id := d.trigger("")
			for said := d.status(id); ; said = d.status(id) {
				if strings.Contains(said, "does not answer") {
					return said
				}
				time.Sleep(10 * time.Millisecond)
			}
		},
		"`what Redis held": func(t *testing.T) string {
			d := deploy(t, small())
			d.synced("")
			d.redis.Del("page:docs/guide")
			return d.synced("")
		},
		"edits do not arrive": func(t *testing.T) string {
			body := eventOf("e1", "page.created", strings.Repeat("a", 32))
			return deploy(t, small()).event(eventSecret, body).String() +
				deploy(t, small(), "NOTION_WEBHOOK_SECRET", "secret_another").event(eventSecret, body).String()
		},
		"with an HTML page": func(t *testing.T) string {
			d := deploy(t, small())
			d.detour(checkPath, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Authorization") == "" {
						w.WriteHeader(http.StatusUnauthorized)
						_, _ = w.Write([]byte("<html>Authentication Required"))
						return
					}
					next.ServeHTTP(w, r)
				})
			})
			return d.get(checkPath).String()
		},
		"`\"stalled\":true`": func(t *testing.T) string {
			d, id := halfway(t)
			d.age(t, 5*time.Minute)
			return d.status(id)
		},
		"would go": func(t *testing.T) string {
			world, pages, _ := collections()
			var ids []string
			for _, n := range numbers(25) {
				ids = append(ids, row(world, pages, "Page "+n, "page-"+n))
			}
			d := deploy(t, aged(world))
			d.synced("")
			for _, id := range ids[:20] {
				ok(t, world.Trash(id))
			}
			return d.synced("")
		},
		"`the file store refuses us`": func(t *testing.T) string {
			sim := httptest.NewServer(blobsim.New(blobsim.Options{Token: blobSecret}))
			t.Cleanup(sim.Close)
			return deploy(t, illustrated(1), "BLOB_READ_WRITE_TOKEN", "vercel_blob_rw_AppTest_another",
				"VERCEL_BLOB_API_URL", sim.URL+blobsim.Path, "MEDIA_ALLOW_PRIVATE", "1").synced("")
		},
		"could not be copied": func(t *testing.T) string {
			endpoint, _ := s3Server(t)
			return deploy(t, illustrated(1), append(s3Variables(endpoint), "MEDIA_ALLOW_PRIVATE", "-")...).synced("")
		},
		"is wanted by two pages": func(t *testing.T) string {
			world, pages, posts := collections()
			row(world, pages, "One", "same")
			row(world, posts, "Two", "same")
			return deploy(t, aged(world)).synced("")
		},
		"pages are `failed`": func(t *testing.T) string {
			d := deploy(t, small())
			d.notion.Fail(notionsim.Rule{Kind: notionsim.KindChildren, Fault: notionsim.Error(400, "validation_error", "No.")})
			return d.synced("")
		},
		"`Redis unreachable`": func(t *testing.T) string {
			d := deploy(t, small())
			d.get(triggerPath)
			d.settle()
			d.redis.SetError("OOM command not allowed when used memory > 'maxmemory'.")
			return d.get(triggerPath).String() + deploy(t, small(), "REDIS_URL", "redis://127.0.0.1:1").get(triggerPath).String()
		},
		"REVALIDATE_URL is refused": func(t *testing.T) string {
			d := deploy(t, tiny(), "REVALIDATE_URL", "https://typo.example/a", "SYNC_WEBHOOK", "https://typo.example/b")
			d.beforeQStash(func(w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, "typo.example") {
					w.WriteHeader(http.StatusBadRequest)
					return true
				}
				return false
			})
			return d.synced("")
		},
	}
	if len(rows) != len(messages) {
		t.Errorf("the table has %d rows, and %d messages are made", len(rows), len(messages))
	}
	pieces := regexp.MustCompile("`[^`]+`|\\b[0-9]{3}\\b")
	for _, row := range rows {
		first := strings.Split(row, "|")[1]
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			var message func(*testing.T) string
			for known := range messages {
				if strings.Contains(first, known) {
					message = messages[known]
				}
			}
			if message == nil {
				t.Fatal("nothing makes its message")
			}
			said := strings.ReplaceAll(message(t), `\"`, `"`)
			found := pieces.FindAllString(first, -1)
			if len(found) == 0 {
				found = []string{"401", "500", "`Missing NOTION_WEBHOOK_SECRET`"} // people see nothing, but in the log
			}
			for _, piece := range found {
				pattern := regexp.QuoteMeta(strings.Trim(piece, "`"))
				pattern = strings.ReplaceAll(pattern, "…", ".*?")
				pattern = regexp.MustCompile(`\b[NM]\b`).ReplaceAllString(pattern, "[0-9]+")
				if !regexp.MustCompile(pattern).MatchString(said) {
					t.Errorf("the table has %s, which is not in %.3000s", piece, said)
				}
			}
		})
	}
}

// status is what the status route answers about a job.
func (d *deployment) status(id string) string {
	d.t.Helper()
	return d.get(statusPath + "?job=" + id).String()
}

// synced is what it answers about a job that was triggered and has ended.
func (d *deployment) synced(query string) string {
	d.t.Helper()
	id := d.trigger(query)
	d.settle()
	return d.status(id)
}
