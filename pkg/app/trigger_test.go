package app_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTrigger_answer(t *testing.T) {
	t.Parallel()
	for query, force := range map[string]bool{
		"": false, "?force=1": true, "?force=true": true, "?force=0": false, "?force=1&failed=1": true,
	} {
		t.Run("trigger"+query, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			d.qstash.Pause()
			a := d.get(triggerPath + query)
			id := d.last().ID
			want := map[string]any{
				"ok": true, "jobId": id, "message": "Sync job started in background. It will run without timeout.",
				"workerUrl": d.url + workerPath, "force": force,
				"dashboardUrl": "https://console.upstash.com/qstash?messageId=" + id,
				"statusUrl":    d.url + statusPath + "?job=" + id,
			}
			if got := a.fields(t); a.status != http.StatusOK || !maps.Equal(got, want) {
				t.Errorf("answer %s, want 200 %v", a, want)
			}
			if v := d.jobOf(id); v.State != "queued" || v.Force != force || len(v.Pages) != 0 {
				t.Errorf("at once the job is %+v, want it queued with force %t", v, force)
			}
			if n := len(d.notion.Requests()); n > 0 {
				t.Errorf("trigger has made %d requests to Notion", n)
			}
			d.qstash.Resume()
			failed := strings.Contains(query, "failed")
			if v := d.finished(id); v.Force != force || v.Progress.Synced != len(d.bundles()) || (v.Progress.Synced == 0) != failed {
				t.Errorf("in the end the job is %+v, want all %d pages synced", v, len(d.bundles()))
			}
		})
	}
}

// The message goes to the worker with a failure callback, and with the secret that opens Deployment Protection.
func TestTrigger_message(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	began := time.Now().Add(-time.Second)
	d.trigger("?force=1&page=docs/a&page=b")
	m := d.last()
	var body struct {
		Force, Failed *bool
		Pages         []string
		TriggeredAt   time.Time
	}
	if err := json.Unmarshal(m.Body, &body); err != nil {
		t.Fatalf("message %s: %v", m.Body, err)
	}
	if body.Force == nil || !*body.Force || body.Failed == nil || *body.Failed ||
		!slices.Equal(body.Pages, []string{"docs/a", "b"}) || body.TriggeredAt.Before(began) || body.TriggeredAt.After(time.Now()) {
		t.Errorf("the message is %s, want force, pages, failed and the time", m.Body)
	}
	if m.URL != d.url+workerPath || m.Method != http.MethodPost || m.Header.Get("Content-Type") != "application/json" {
		t.Errorf("the message is %s %s %v, want a POST of JSON to the worker", m.Method, m.URL, m.Header)
	}
	if got := m.Header.Get("X-Vercel-Protection-Bypass"); got != bypassSecret {
		t.Errorf("header x-vercel-protection-bypass = %q, want the secret", got)
	}
	if got := m.Published.Get("Upstash-Failure-Callback"); got != d.url+callbackPath {
		t.Errorf("header Upstash-Failure-Callback = %q, want %q", got, d.url+callbackPath)
	}
	first := m.Published.Get("Upstash-Deduplication-Id")
	d.redis.FlushAll() // so that nothing is folded
	d.trigger("?force=1&page=docs/a&page=b")
	if again := d.last().Published.Get("Upstash-Deduplication-Id"); first == "" || again == first || len(d.published()) != 2 {
		t.Errorf("two triggers have the deduplication ids %q and %q, want ids of their own: one stays taken when its message "+
			"has failed", first, again)
	}
}

func TestTrigger_parameters(t *testing.T) {
	t.Parallel()
	type scope struct {
		Force, Failed bool
		Pages         []string
	}
	const form = "application/x-www-form-urlencoded"
	for _, row := range []struct {
		name, query, contentType, body string
		want                           scope
	}{
		{"nothing", "", "", "", scope{}},
		{"an empty object", "", jsonType, "{}", scope{}},
		{"query", "?force=1&page=a&page=b%2Fc", "", "", scope{Force: true, Pages: []string{"a", "b/c"}}},
		{"failed in the query", "?failed=true", "", "", scope{Failed: true}},
		{"JSON", "", jsonType, `{"force":true,"page":["a","b/c"]}`, scope{Force: true, Pages: []string{"a", "b/c"}}},
		{"JSON with texts", "", jsonType, `{"force":"1","failed":"true","page":"a"}`, scope{true, true, []string{"a"}}},
		{"JSON with charset", "", jsonType + "; charset=utf-8", `{"failed":true}`, scope{Failed: true}},
		{"a button in Notion", "?force=1", jsonType, `{"source":{"type":"automation"},"data":{}}`, scope{Force: true}},
		{"form", "", form, "force=true&page=a&page=b%2Fc", scope{Force: true, Pages: []string{"a", "b/c"}}},
		{"query and body", "?page=a", jsonType, `{"page":"b"}`, scope{Pages: []string{"a", "b"}}},
		{"one page twice", "?page=a&page=a", "", "", scope{Pages: []string{"a"}}},
		{"a Notion URL", "?page=" + url.QueryEscape("https://www.notion.so/Title-0f9a7c441d2e4b6a9c3d5e8f70123456?pvs=4"), "", "",
			scope{Pages: []string{"https://www.notion.so/Title-0f9a7c441d2e4b6a9c3d5e8f70123456?pvs=4"}}},
		{"a slug in another script", "?page=%E6%97%A5%E6%9C%AC", "", "", scope{Pages: []string{"日本"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			d.qstash.Pause()
			a := d.get(triggerPath + row.query)
			if row.contentType != "" {
				d = deploy(t, small())
				d.qstash.Pause()
				a = d.post(triggerPath+row.query, row.contentType, row.body)
			}
			if a.status != http.StatusOK {
				t.Fatalf("answer %s, want 200", a)
			}
			var got scope
			if err := json.Unmarshal(d.last().Body, &got); err != nil {
				t.Fatal(err)
			}
			if got.Force != row.want.Force || got.Failed != row.want.Failed || !slices.Equal(got.Pages, row.want.Pages) {
				t.Errorf("the message is %s, want %+v", d.last().Body, row.want)
			}
			if v := d.jobOf(d.last().ID); !slices.Equal(v.Pages, row.want.Pages) {
				t.Errorf("the status shows pages %q, want %q", v.Pages, row.want.Pages)
			}
		})
	}
}

func TestTrigger_badParameters(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	for _, row := range []struct{ name, query, contentType, body string }{
		{"force is a word", "?force=yes", "", ""},
		{"force is a number", "?force=2", "", ""},
		{"failed is a word", "?failed=yes", "", ""},
		{"an empty page", "?page=", "", ""},
		{"a blank page", "?page=%20%09", "", ""},
		{"a bad escape", "?page=%zz", "", ""},
		{"a list of another language", "?page[]=about&force=1", "", ""},
		{"a plan", "?plan=1", "", ""},
		{"a plan in JSON", "", jsonType, `{"plan":true}`},
		{"JSON in capitals", "", jsonType, `{"Page":"about","FORCE":true}`},
		{"half of JSON", "", jsonType, `{"force":`},
		{"a list", "", jsonType, `["a"]`},
		{"null", "", jsonType, "null"},
		{"force is a list", "", jsonType, `{"force":[true]}`},
		{"page is a number", "", jsonType, `{"page":7}`},
		{"page holds a number", "", jsonType, `{"page":["a",7]}`},
		{"page holds nothing", "", jsonType, `{"page":["a",""]}`},
		{"JSON said to be a form", "", formType, `{"force":true}`},
		{"a form with a bad escape", "", formType, "page=%zz"},
		{"another type", "", "text/plain", "force=1"},
		{"no type", "", "", "force=1"},
		{"two mebibytes", "", jsonType, `{"page":"` + strings.Repeat("x", 2<<20) + `"}`},
		{"nested without end", "", jsonType, strings.Repeat(`{"page":`, 100_000)},
		{"an empty list of pages", "", jsonType, `{"page":[]}`},
		{"ten thousand pages", "", jsonType, `{"page":["a` + strings.Join(numbers(10_000), `","a`) + `"]}`},
	} {
		var a answer
		if row.query != "" {
			a = d.get(triggerPath + row.query)
		} else {
			a = d.post(triggerPath, row.contentType, row.body)
		}
		if a.status != http.StatusBadRequest || a.text(t, "error") != "Invalid request" || a.text(t, "details") == "" {
			t.Errorf("%s: answer %.300s, want 400 Invalid request with details", row.name, a)
		}
	}
	if n := len(d.published()) + len(d.redis.Keys()); n > 0 {
		t.Errorf("bad parameters have left traces: %s", d.traces())
	}
}

func TestTrigger_keyPrefix(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "SYNC_KEY_PREFIX", "blog:")
	if v := d.finished(d.trigger("")); v.Progress.Synced != len(d.bundles()) || v.Progress.Synced == 0 {
		t.Errorf("%d pages are published, the job counts %+v", len(d.bundles()), v.Progress)
	}
	for _, key := range d.redis.Keys() {
		if !strings.HasPrefix(key, "blog:") {
			t.Errorf("key %q has no prefix", key)
		}
	}
}
