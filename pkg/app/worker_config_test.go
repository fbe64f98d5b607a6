package app_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

func TestWorker_wrongNotionToken(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "NOTION_API_KEY", "ntn_wrong")
	id := d.trigger("")
	d.settle()
	v := d.jobOf(id)
	if v.State != "failed" || !strings.Contains(v.reason(), "NOTION_API_KEY") || strings.Contains(v.reason(), "ntn_wrong") {
		t.Errorf("the job is %s: %q, want failed naming NOTION_API_KEY and not its value", v.State, v.reason())
	}
	m, _ := d.qstash.Message(id)
	if len(m.Attempts) != 1 {
		t.Fatalf("the message was delivered %d times, want once", len(m.Attempts))
	}
	a := answer{m.Attempts[0].Status, m.Attempts[0].Header, string(m.Attempts[0].Body)}
	nonRetryable(t, a, a.text(t, "error"))
	if !strings.Contains(a.body, "NOTION_API_KEY") || a.text(t, "error") == "" {
		t.Errorf("the worker answers %s, want what is wrong named", a)
	}
	if before := v.reason(); d.jobOf(id).reason() != before {
		t.Errorf("QStash's callback has changed the reason to %q", d.jobOf(id).reason())
	}
}

// The token may be revoked while a job runs.
func TestWorker_tokenRevoked(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	d.notion.Fail(notionsim.Rule{Fault: notionsim.Status(http.StatusUnauthorized)})
	d.qstash.Resume()
	d.settle()
	if v := d.jobOf(id); v.State != "failed" || !strings.Contains(v.reason(), "NOTION_API_KEY") {
		t.Errorf("the job is %s: %q, want failed naming NOTION_API_KEY", v.State, v.reason())
	}
}

// Variables that go missing between two deployments fail the job, with their names.
func TestWorker_missingConfiguration(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change []string
		error  string
	}{
		{"no Notion token", []string{"NOTION_API_KEY", "-"}, "Missing NOTION_API_KEY"},
		{"no collection", []string{"NOTION_PAGES_DB", "-", "NOTION_POSTS_DB", "-"}, "Missing NOTION_<NAME>_DB"},
		{"no QStash token", []string{"QSTASH_TOKEN", "-"}, "Missing QSTASH_TOKEN"},
		{"a malformed budget", []string{"SYNC_BUDGET", "45"}, "Invalid SYNC_BUDGET"},
		{"a malformed hook", []string{"SYNC_WEBHOOK", "hook"}, "Invalid SYNC_WEBHOOK"},
		{"a Notion token with a space", []string{"NOTION_API_KEY", "a b"}, "Invalid NOTION_API_KEY"},
		{"a QStash token with a space", []string{"QSTASH_TOKEN", "a b"}, "Invalid QSTASH_TOKEN"},
		{"a bypass secret with a space", []string{"VERCEL_AUTOMATION_BYPASS_SECRET", "a b"}, "Invalid VERCEL_AUTOMATION_BYPASS_SECRET"},
		{"a Blob token of another form", []string{"BLOB_READ_WRITE_TOKEN", "abc"}, "Invalid BLOB_READ_WRITE_TOKEN"},
		{"a bucket that is none", []string{
			"S3_ENDPOINT", "https://s3.example.com", "S3_BUCKET", "999.0.0.1", "S3_ACCESS_KEY_ID", "a", "S3_SECRET_ACCESS_KEY", "b",
		}, "Invalid S3_BUCKET"},
		{"a hook that QStash cannot deliver to", []string{"SYNC_WEBHOOK", "https://example.com/a b"}, "Invalid SYNC_WEBHOOK"},
		{"a malformed collection", []string{"NOTION_PAGES_DB", "pages"}, "Invalid NOTION_PAGES_DB"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			d.qstash.Pause()
			id := d.trigger("")
			d.redeploy(row.change...)
			a := d.deliverAgain(d.last())
			nonRetryable(t, a, row.error)
			if v := d.jobOf(id); v.State != "failed" || !strings.Contains(v.reason(), row.error) {
				t.Errorf("the job is %s: %q, want failed: %s", v.State, v.reason(), row.error)
			}
			if n := len(d.notion.Requests()); n > 0 {
				t.Errorf("%d requests were made", n)
			}
		})
	}
	t.Run("a job that only QStash knows", func(t *testing.T) {
		t.Parallel()
		d := deploy(t, small(), "NOTION_API_KEY", "-")
		nonRetryable(t, d.deliver("msg_new", `{"force":true,"pages":[],"failed":false}`), "Missing NOTION_API_KEY")
		if v := d.jobOf("msg_new"); v.State != "failed" {
			t.Errorf("the job is %s, want failed", v.State)
		}
	})
	t.Run("no Redis", func(t *testing.T) {
		t.Parallel()
		d := deploy(t, small(), "REDIS_URL", "-")
		nonRetryable(t, d.deliver("msg_1", `{"force":true,"pages":[],"failed":false}`), "Missing REDIS_URL")
	})
}

// All that is missing is named, and before anything is said about the body.
func TestWorker_missingBeforeBody(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "QSTASH_TOKEN", "-", "NOTION_API_KEY", "-", "SYNC_BUDGET", "x")
	for _, body := range []string{`{"force":true,"pages":[],"failed":false}`, `{"force":`} {
		a := d.deliver("msg_1", body)
		nonRetryable(t, a, "Missing NOTION_API_KEY")
		for _, name := range []string{"QSTASH_TOKEN", "NOTION_API_KEY", "SYNC_BUDGET"} {
			if !strings.Contains(a.text(t, "details"), name) {
				t.Errorf("answer %s, want %s named", a, name)
			}
		}
	}
}

// hooks collects what is told to a webhook.
func hooks(t *testing.T) (url string, told func() []string) {
	t.Helper()
	var mu sync.Mutex
	var all []string
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := readAll(r)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, body)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/hook", func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// A job that fails for want of a variable is one that failed: the webhook is told, and the waiting job begins.
func TestWorker_missingConfigurationIsAFailure(t *testing.T) {
	t.Parallel()
	url, told := hooks(t)
	d, failing := halfway(t, "SYNC_FAILURE_WEBHOOK", url)
	due := d.last()
	d.qstash.Misbehave(qstashsim.Faults{Lose: 1}) // it is delivered by hand, once
	waiting := d.trigger("")
	if a := d.deliverAgain(d.last()); a.text(t, "state") != "queued" {
		t.Fatalf("a second job is answered %s, want queued", a)
	}
	d.redeploy("NOTION_API_KEY", "-")
	nonRetryable(t, d.deliverAgain(due), "Missing NOTION_API_KEY")
	d.redeploy("NOTION_API_KEY", notionSecret)
	d.qstash.Resume()
	d.finished(waiting)
	if got := told(); len(got) != 1 || !strings.Contains(got[0], failing) || !strings.Contains(got[0], "NOTION_API_KEY") {
		t.Errorf("the webhook was told %q, want word of job %s and what was missing", got, failing)
	}
	if v := d.jobOf(failing); v.State != "failed" {
		t.Errorf("the first job is %s, want failed", v.State)
	}
}

// What the authentication itself needs is a 500, which QStash retries.
func TestWorker_missingKeys(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	for name, value := range map[string]string{
		"QSTASH_CURRENT_SIGNING_KEY": currentSecret, "QSTASH_NEXT_SIGNING_KEY": nextSecret, "NEXT_PUBLIC_SITE_URL": d.url,
	} {
		d.redeploy(name, "-")
		for path := range signedRoutes {
			if a := d.send(d.message(path, "msg_1", `{"force":true}`)); a.status != 500 || a.text(t, "error") != "Missing "+name {
				t.Errorf("%s without %s answers %s, want 500 Missing %s", path, name, a, name)
			}
		}
		d.redeploy(name, value)
	}
	if n := len(d.redis.Keys()) + len(d.notion.Requests()); n > 0 {
		t.Errorf("without keys something was done: %s", d.traces())
	}
}
