package app_test

import (
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

// TestReadme_whenSomethingIsWrong: what README's table says that people see is what they see. Each row is known by words
// of its first cell; what it says of numbers and in backticks must be in the message that is made, "…" standing for
// anything, N and M for numbers.
func TestReadme_whenSomethingIsWrong(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for known, message := range map[string]func(t *testing.T) string{
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
			return d.synced("")
		},
		"`\"stalled\":true`": func(t *testing.T) string {
			d, id := halfway(t)
			d.age(t, 5*time.Minute)
			return d.status(id)
		},
		"not in Notion any more": func(t *testing.T) string {
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
			return deploy(t, small(), "REDIS_URL", "redis://127.0.0.1:1").get(triggerPath).String()
		},
		"`Redis refused`": func(t *testing.T) string {
			d := deploy(t, small())
			d.get(triggerPath)
			d.settle()
			d.redis.SetError("OOM command not allowed when used memory > 'maxmemory'.")
			return d.get(triggerPath).String()
		},
	} {
		t.Run(known, func(t *testing.T) {
			t.Parallel()
			_, table, _ := strings.Cut(string(raw), "\n| you see |")
			table, _, _ = strings.Cut(table, "\n\n")
			var cell string
			for line := range strings.Lines(table) {
				if first := strings.Split(strings.ReplaceAll(line, `\|`, "│"), "|"); len(first) > 1 && strings.Contains(first[1], known) {
					cell = first[1]
				}
			}
			if cell == "" {
				t.Fatalf("no row of the table has %s", known)
			}
			said := strings.ReplaceAll(message(t), `\"`, `"`)
			for _, piece := range regexp.MustCompile("`[^`]+`|[0-9]{3}").FindAllString(cell, -1) {
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
