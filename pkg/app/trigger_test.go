package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"notionsync/pkg/sim/qstashsim"
)

func TestTrigger_answer(t *testing.T) {
	t.Parallel()
	for query, force := range map[string]bool{"": false, "?force=1": true, "?force=true": true, "?force=0": false, "?force=1&failed=1": true} {
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
	if got := m.Published.Get("Upstash-Deduplication-Id"); got != "" {
		t.Errorf("header Upstash-Deduplication-Id = %q, want none: it stays taken when the message has failed", got)
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
		{"JSON with more than we know", "", jsonType, `{"force":true,"source":{"a":1}}`, scope{Force: true}},
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

// A trigger that finds a job waiting folds into it.
func TestTrigger_folding(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name          string
		queries       []string
		force         bool // effective, in the last answer and the status
		pages         []string
		synced, total int // of a published site; 0: not looked at
	}{
		{"twice the same", []string{"", ""}, false, nil, 0, 0},
		{"a forced one into a plain one", []string{"", "?force=1"}, true, nil, 0, 0},
		{"a plain one into a forced one", []string{"?force=1", ""}, true, nil, 0, 0},
		{"pages into pages", []string{"?page=a&page=b", "?page=b&page=c"}, false, []string{"a", "b", "c"}, 0, 0},
		{"a full one into pages", []string{"?page=a", ""}, false, []string{"a"}, 0, 0},
		{"pages into a full one", []string{"", "?page=a"}, false, []string{"a"}, 0, 0},
		{"forced pages into a full one", []string{"", "?page=a&force=1"}, false, []string{"a"}, 0, 0},
		{"a full one into forced pages", []string{"?page=a&force=1", ""}, false, []string{"a"}, 0, 0},
		{"a full forced one into pages", []string{"?page=a", "?force=1"}, true, []string{"a"}, 0, 0},
		{"forced pages into forced pages", []string{"?page=a&force=1", "?page=b&force=1"}, true, []string{"a", "b"}, 0, 0},
		{"many", []string{"?page=a", "?failed=1", "?page=b", "?page=a"}, false, []string{"a", "b"}, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			d.qstash.Pause()
			var first string
			for i, query := range row.queries {
				a := d.get(triggerPath + query)
				fields := a.fields(t)
				if i == 0 {
					first, _ = fields["jobId"].(string)
					if _, has := fields["deduplicated"]; has {
						t.Errorf("the first trigger answers %s, want no deduplicated", a)
					}
					continue
				}
				if a.status != http.StatusOK || fields["jobId"] != first || fields["deduplicated"] != true {
					t.Errorf("trigger%s answers %s, want 200 with job %s and deduplicated", query, a, first)
				}
				if fields["statusUrl"] != d.url+statusPath+"?job="+first ||
					fields["dashboardUrl"] != "https://console.upstash.com/qstash?messageId="+first ||
					fields["workerUrl"] != d.url+workerPath || fields["message"] == "" {
					t.Errorf("trigger%s answers %s, want the same fields as the first", query, a)
				}
				if i == len(row.queries)-1 && fields["force"] != row.force {
					t.Errorf("trigger%s answers force %v, want %t", query, fields["force"], row.force)
				}
			}
			if n := len(d.published()); n != 1 {
				t.Errorf("%d messages were published, want 1", n)
			}
			if v := d.jobOf(first); v.Force != row.force || !slices.Equal(v.Pages, row.pages) {
				t.Errorf("the job has force %t and pages %q, want %t and %q", v.Force, v.Pages, row.force, row.pages)
			}
			d.qstash.Resume()
			d.finished(first)
		})
	}
}

// What a folded job then does: everything, with the pages that were asked for by force read again.
func TestTrigger_foldedForce(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.finished(d.trigger(""))
	all := len(d.bundles())
	before := d.publishedAs("home").SyncedAt
	d.qstash.Pause()
	id := d.trigger("")
	d.trigger("?force=1&page=home")
	d.qstash.Resume()
	if v := d.finished(id); v.Progress.Synced != 1 || v.Progress.Skipped != all-1 {
		t.Errorf("progress is %+v, want 1 page synced and %d skipped", v.Progress, all-1)
	}
	if !d.publishedAs("home").SyncedAt.After(before) {
		t.Error("the page asked for by force was not written again")
	}
	d.qstash.Pause()
	id = d.trigger("?page=home")
	d.trigger("?force=1")
	d.qstash.Resume()
	if v := d.finished(id); v.Progress.Synced != all || v.Progress.Skipped != 0 {
		t.Errorf("progress is %+v, want all %d pages synced", v.Progress, all)
	}
}

// Triggers at the same moment end up in one job.
func TestTrigger_sameMoment(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 50} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			d.qstash.Pause()
			answers := make([]answer, n)
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() { answers[i] = d.get(fmt.Sprintf("%s?page=p%d", triggerPath, i)) })
			}
			wg.Wait()
			fresh, id := 0, answers[0].text(t, "jobId")
			for _, a := range answers {
				if a.status != http.StatusOK || a.text(t, "jobId") != id {
					t.Errorf("answer %s, want 200 with job %s", a, id)
				}
				if a.fields(t)["deduplicated"] != true {
					fresh++
				}
			}
			if fresh != 1 || len(d.published()) != 1 {
				t.Errorf("%d triggers started a job, %d messages were published, want 1 and 1", fresh, len(d.published()))
			}
			if _, jobs := d.statusOf(""); len(jobs) != 1 || len(jobs[0].Pages) != n {
				t.Errorf("jobs are %+v, want one with all %d pages", jobs, n)
			}
			d.qstash.Resume()
			if v := d.finished(id); len(v.Warnings) != n {
				t.Errorf("%d warnings, want one for each of %d pages that nobody knows: %q", len(v.Warnings), n, v.Warnings)
			}
		})
	}
}

// A trigger while a job runs waits behind it and is started when that one ends.
func TestTrigger_whileRunning(t *testing.T) {
	t.Parallel()
	d, running := halfway(t)
	d.qstash.Misbehave(qstashsim.Faults{Lose: 1}) // it is delivered by hand, once
	second := d.get(triggerPath + "?page=home").fields(t)
	waiting, _ := second["jobId"].(string)
	if waiting == "" || waiting == running || second["deduplicated"] != nil {
		t.Fatalf("a trigger while job %s runs answers %v, want a job of its own", running, second)
	}
	third := d.get(triggerPath + "?force=1&page=hello").fields(t)
	if third["jobId"] != waiting || third["deduplicated"] != true {
		t.Errorf("the next trigger answers %v, want it folded into job %s", third, waiting)
	}
	if a := d.deliverAgain(d.last()); a.status != http.StatusOK || a.text(t, "state") != "queued" || a.text(t, "jobId") != waiting {
		t.Errorf("the waiting job's message is answered %s, want 200 and queued", a)
	}
	fourth := d.get(triggerPath).fields(t)
	if fourth["jobId"] != waiting || fourth["deduplicated"] != true {
		t.Errorf("once its message was delivered a trigger answers %v, want it folded into job %s", fourth, waiting)
	}
	if job, jobs := d.statusOf(""); job.ID != running || job.State != "running" || len(jobs) != 2 || jobs[0].ID != waiting {
		t.Errorf("status shows %+v and %+v, want the running job, and the waiting one as the newest", job, jobs)
	}
	d.qstash.Resume()
	d.finished(waiting)
	v, w := d.jobOf(running), d.jobOf(waiting)
	if v.State != "done" || w.Progress.Synced < 1 || w.Progress.Skipped+w.Progress.Synced != len(d.bundles()) {
		t.Errorf("in the end the jobs are %+v and %+v, want both done, the second a full one", v, w)
	}
	if _, jobs := d.statusOf(""); len(jobs) != 2 {
		t.Errorf("there are %d jobs, want 2", len(jobs))
	}
}

// A storm of triggers while jobs run: at most one ever waits, nothing is lost, and it comes to an end.
func TestTrigger_storm(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "SYNC_BUDGET", "50ms")
	d.slow(5 * time.Millisecond)
	ids := map[string]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 5 {
				a := d.get(fmt.Sprintf("%s?page=p%d-%d", triggerPath, i, j))
				if a.status != http.StatusOK {
					t.Errorf("trigger answers %s, want 200", a)
				}
				mu.Lock()
				ids[a.text(t, "jobId")] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	d.settle()
	asked := 0
	for id := range ids {
		v := d.jobOf(id)
		if v.State != "done" {
			t.Errorf("job %s is %s: %q, want done", id, v.State, v.reason())
		}
		asked += len(v.Pages)
		if len(v.Warnings) != len(v.Pages) {
			t.Errorf("job %s of %d pages that nobody knows has %d warnings", id, len(v.Pages), len(v.Warnings))
		}
	}
	if asked != 40 {
		t.Errorf("the jobs cover %d of 40 pages", asked)
	}
	if d.redis.Exists("sync:waiting") || d.redis.Exists("sync:running") || d.redis.Exists("sync:lease") {
		t.Error("in the end somebody still waits, runs or holds the lease")
	}
}

// QStash refusing is a 502 that says why and what to do; the next trigger starts anew.
func TestTrigger_queueRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		faults qstashsim.Faults
		change []string
		said   string
	}{
		{"down", qstashsim.Faults{FailPublishes: 1, FailStatus: 503}, nil, "503"},
		{"failing", qstashsim.Faults{FailPublishes: 1}, nil, "500"},
		{"quota used up", qstashsim.Faults{FailPublishes: 1, FailStatus: 429}, nil, "429"},
		{"plan's limit", qstashsim.Faults{FailPublishes: 1, FailStatus: 412}, nil, "412"},
		{"wrong token", qstashsim.Faults{}, []string{"QSTASH_TOKEN", "qstash-wrong"}, "QSTASH_TOKEN"},
		{"nobody there", qstashsim.Faults{}, []string{"QSTASH_URL", "http://127.0.0.1:1"}, "no answer"},
		{"somebody else there", qstashsim.Faults{}, []string{"QSTASH_URL", "the site"}, "404"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			right := []string{"QSTASH_TOKEN", d.env["QSTASH_TOKEN"], "QSTASH_URL", d.env["QSTASH_URL"]}
			if i := slices.Index(row.change, "the site"); i >= 0 {
				row.change[i] = d.url
			}
			d.redeploy(row.change...)
			d.qstash.Misbehave(row.faults)
			a := d.get(triggerPath)
			if a.status != http.StatusBadGateway || a.text(t, "error") != "Failed to trigger sync" ||
				!strings.Contains(a.text(t, "details"), row.said) || strings.Contains(a.body, "qstash-wrong") {
				t.Errorf("answer %s, want 502 Failed to trigger sync with %q", a, row.said)
			}
			if job, jobs := d.statusOf(""); job != nil || len(jobs) > 0 {
				t.Errorf("status shows %+v and %+v, want no job", job, jobs)
			}
			d.redeploy(right...)
			if a := d.get(triggerPath); a.status != http.StatusOK || a.fields(t)["deduplicated"] != nil {
				t.Errorf("the next trigger answers %s, want 200 with a job of its own", a)
			}
			d.settle()
		})
	}
}

// QStash took the message but its answer was lost: the job runs all the same, under the message's id.
func TestTrigger_answerLost(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Misbehave(qstashsim.Faults{DropAnswers: 1})
	if a := d.get(triggerPath); a.status != http.StatusBadGateway {
		t.Errorf("answer %s, want 502", a)
	}
	if v := d.finished(d.last().ID); v.Progress.Synced != len(d.bundles()) || v.Progress.Synced == 0 {
		t.Errorf("the job is %+v, want all pages synced", v)
	}
	d.finished(d.trigger(""))
}

// A job that has waited for long while nothing runs, its message lost, is published again by the next trigger.
func TestTrigger_messageLost(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Misbehave(qstashsim.Faults{Lose: 1})
	id := d.trigger("")
	d.settle()
	if a := d.get(triggerPath); a.text(t, "jobId") != id || len(d.published()) != 1 {
		t.Errorf("a moment later a trigger answers %s with %d messages, want it folded and nothing published", a, len(d.published()))
	}
	d.age(t, 31*time.Second)
	if a := d.get(triggerPath); a.text(t, "jobId") != id || a.fields(t)["deduplicated"] != true {
		t.Errorf("31 s later a trigger answers %s, want it folded into job %s", a, id)
	}
	if n := len(d.published()); n != 2 {
		t.Errorf("%d messages were published, want the first and one more", n)
	}
	d.finished(id)
}

// So it is if a job that nobody knows any more is said to be running.
func TestTrigger_behindNobody(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.set("sync:running", "msg_gone")
	d.qstash.Misbehave(qstashsim.Faults{Lose: 1})
	id := d.trigger("")
	d.age(t, time.Hour)
	d.trigger("")
	d.finished(id)
}

// A job whose continuation is lost is woken by the next trigger, which waits behind it.
func TestTrigger_wakesStalledJob(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	d.qstash.Misbehave(qstashsim.Faults{Lose: 1})
	if a := d.deliverAgain(d.last()); a.text(t, "state") != "running" {
		t.Fatalf("slice 2 answers %s", a)
	}
	d.qstash.Resume()
	d.settle()
	if v := d.jobOf(id); v.State != "running" || v.Stalled {
		t.Errorf("with its message just lost the job is %+v, want it running", v)
	}
	d.age(t, 2*time.Minute)
	if v := d.jobOf(id); !v.Stalled {
		t.Errorf("two minutes later the job is %+v, want it stalled", v)
	}
	next := d.trigger("")
	d.finished(id)
	d.finished(next)
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
