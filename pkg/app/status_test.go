package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

func TestStatus_noJobYet(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	const want = `200 {"ok":true,"job":null,"jobs":[]}`
	for _, path := range []string{statusPath, statusPath + "?job="} {
		if a := d.get(path); a.String() != want {
			t.Errorf("%s answers %s, want %s", path, a, want)
		}
	}
	if n := len(d.redis.Keys()); n > 0 {
		t.Errorf("asking for the status has left %d keys", n)
	}
}

func TestStatus_unknownJob(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	const want = `404 {"ok":false,"error":"Unknown job"}`
	for _, unknown := range []string{
		"msg_nobody", "x", "null", "*", "../status", "sync:running", "msg 1", "a\nb", "a\r\nSet-Cookie: b=c", "\x00", "ü", "\xff",
		id + ":todo", id + ":entries", id + ":errors", id + ":set:lists", "' OR 1=1", "{}", strings.Repeat("x", 100_000),
	} {
		if a := d.get(statusPath + "?job=" + url.QueryEscape(unknown)); a.String() != want {
			t.Errorf("status of job %.60q answers %s, want %s", unknown, a, want)
		}
	}
}

// What is asked for in a way that cannot be understood is not answered with another job.
func TestStatus_badParameters(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	for query, details := range map[string]string{
		"?job=%zz": "%zz", "?job=a;b": "semicolon", "?Job=msg_1": `"Job" is not a parameter here, those known are job`, "?jobId=": `"jobId"`,
	} {
		a := d.get(statusPath + query)
		if a.status != http.StatusBadRequest || a.text(t, "error") != "Invalid request" || !strings.Contains(a.text(t, "details"), details) {
			t.Errorf("%s answers %s, want 400 Invalid request with %s", query, a, details)
		}
	}
	if a := d.get(statusPath + "?job=&secret=x&x-vercel-protection-bypass=y"); a.status != http.StatusOK {
		t.Errorf("with parameters that are known it answers %s, want 200", a)
	}
}

func TestStatus_queued(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Pause()
	id := d.trigger("?page=a&page=b&force=1")
	job := checkJob(t, d.get(statusPath+"?job="+id), doneShape.with("startedAt", "null", "finishedAt", "null"))
	if job["slices"] != float64(0) {
		t.Errorf("a job that nobody has begun has %v slices, want 0", job["slices"])
	}
	if job["id"] != id || job["state"] != "queued" || job["force"] != true || fmt.Sprint(job["pages"]) != "[a b]" {
		t.Errorf("job is %v, want %s queued with force and pages a and b", job, id)
	}
	if fmt.Sprint(job["errors"], job["warnings"]) != "[] []" {
		t.Errorf("errors and warnings are %v and %v, want two empty lists", job["errors"], job["warnings"])
	}
	if stalled, has := job["stalled"]; has && stalled != false {
		t.Errorf("job is stalled: %v", job)
	}
}

func TestStatus_running(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	want := doneShape.with("finishedAt", "null")
	job := checkJob(t, d.get(statusPath), want)
	if job["id"] != id || job["state"] != "running" || fmt.Sprint(job["pages"]) != "[]" || job["force"] != false {
		t.Errorf("job is %v, want %s running, not forced, without pages", job, id)
	}
	phases := []string{"discover", "fetch", "prune", "publish"}
	seen := map[any]bool{}
	at := 0
	for range 50 {
		a := d.deliverAgain(d.last())
		job := d.get(statusPath + "?job=" + id).fields(t)["job"].(map[string]any)
		phase := slices.Index(phases, fmt.Sprint(job["phase"]))
		if phase < 0 {
			t.Errorf("phase is %v, want one of %v", job["phase"], phases)
		}
		seen[job["phase"]] = true
		p := job["progress"].(map[string]any)
		sum := p["synced"].(float64) + p["skipped"].(float64) + p["failed"].(float64) + p["pending"].(float64)
		if p["discovered"] != sum {
			t.Errorf("progress is %v, want discovered to be the sum %v", p, sum)
		}
		if job["etaSeconds"] != nil {
			t.Errorf("etaSeconds is %v, while nobody works on the slice that is due", job["etaSeconds"])
		}
		if a.text(t, "state") == "done" {
			break
		}
		at++
	}
	job = checkJob(t, d.get(statusPath), doneShape)
	if job["slices"] != float64(at+2) || job["state"] != "done" {
		t.Errorf("after %d slices job is %v, want it done with as many", at+2, job)
	}
	if len(seen) < 2 {
		t.Errorf("phases shown are %v, want several", seen)
	}
}

// How long it will take is told while somebody works on it, or has a time at which to go on.
func TestStatus_eta(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	var told, looks atomic.Int32
	look := func() {
		job, _ := d.get(statusPath).fields(t)["job"].(map[string]any)
		looks.Add(1)
		if seconds, ok := job["etaSeconds"].(float64); ok {
			told.Add(1)
			if seconds < 0 || seconds != float64(int(seconds)) {
				t.Errorf("etaSeconds is %v, want whole seconds from 0", seconds)
			}
		}
	}
	d.notion.Fail(notionsim.Rule{Fault: notionsim.Meanwhile(look)})
	d.finished(d.trigger(""))
	if told.Load() == 0 {
		t.Errorf("in %d looks during the sync no time to go was told", looks.Load())
	}

	d = deploy(t, small())
	d.qstash.Pause()
	id := d.trigger("")
	d.notion.Fail(notionsim.Rule{Kind: notionsim.KindChildren, Skip: 2, Fault: notionsim.RateLimited(time.Minute, "")})
	d.deliverAgain(d.last())
	job := d.get(statusPath).fields(t)["job"].(map[string]any)
	if job["id"] != id || job["state"] != "running" || typeOf(job["etaSeconds"]) != "number" {
		t.Errorf("a job that goes on in a minute is %v, want it running with a time to go", job)
	}
}

func TestStatus_done(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	id := d.trigger("")
	d.finished(id)
	job := checkJob(t, d.get(statusPath+"?job="+id), doneShape)
	m := job["metrics"].(map[string]any)
	p := job["progress"].(map[string]any)
	if m["pagesProcessed"] != m["pagesSynced"].(float64)+m["pagesSkipped"].(float64)+m["pagesFailed"].(float64) {
		t.Errorf("metrics are %v, want pagesProcessed to be the sum of synced, skipped and failed", m)
	}
	all := m["pagesSynced"].(float64) + m["childPagesSynced"].(float64) + m["databaseChildrenSynced"].(float64)
	if p["synced"] != all || int(all) != len(d.bundles()) {
		t.Errorf("progress %v and metrics %v do not agree with %d pages published", p, m, len(d.bundles()))
	}
	if m["notionRequests"] != float64(len(d.notion.Requests())) {
		t.Errorf("notionRequests is %v, Notion got %d", m["notionRequests"], len(d.notion.Requests()))
	}
	if m["drafts"] == float64(0) || m["childPagesSynced"] == float64(0) || m["databaseChildrenSynced"] == float64(0) {
		t.Errorf("metrics are %v, want drafts, child pages and rows counted", m)
	}
	at := func(name string) time.Time {
		when, err := time.Parse(time.RFC3339, job[name].(string))
		if err != nil {
			t.Error(err)
		}
		return when
	}
	if at("startedAt").Before(at("triggeredAt")) || at("finishedAt").Before(at("startedAt")) || at("updatedAt").After(time.Now()) {
		t.Errorf("times of job %v are not in order", job)
	}
	if ms := m["durationMs"].(float64); ms != float64(at("finishedAt").Sub(at("startedAt")).Milliseconds()) {
		t.Errorf("durationMs is %v, want the time from start to end", ms)
	}
}

func TestStatus_failed(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "NOTION_API_KEY", "ntn_wrong")
	id := d.trigger("")
	d.settle()
	job := checkJob(t, d.get(statusPath+"?job="+id), doneShape.with("error", "string"))
	if job["state"] != "failed" || job["error"] == "" {
		t.Errorf("job is %v, want it failed with a reason", job)
	}
}

// Pages that failed are listed with what happened, and tried again by failed=1.
func TestStatus_pageErrors(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.finished(d.trigger(""))
	page := d.publishedAs("home")
	remove := d.notion.Fail(notionsim.Rule{
		Kind: notionsim.KindChildren, ID: page.Meta.NotionID,
		Fault: notionsim.Error(http.StatusBadRequest, "validation_error", "The moon is in the wrong phase."),
	})
	id := d.trigger("?force=1")
	v := d.finished(id)
	if v.Metrics.PagesFailed != 1 || v.Progress.Failed != 1 || v.Error != nil {
		t.Errorf("job is %+v, want it done with one page failed", v)
	}
	job := checkJob(t, d.get(statusPath+"?job="+id), doneShape)
	errs, _ := job["errors"].([]any)
	if len(errs) != 1 {
		t.Fatalf("errors are %v, want one", errs)
	}
	shape{"pageId": "string", "slug": "string", "error": "string", "at": "time"}.check(t, "job.errors[0]", errs[0])
	e := errs[0].(map[string]any)
	if e["pageId"] != page.Meta.NotionID || e["slug"] != "home" || !strings.Contains(fmt.Sprint(e["error"]), "wrong phase") {
		t.Errorf("error is %v, want page %s at home with Notion's words", e, page.Meta.NotionID)
	}
	if got := d.publishedAs("home"); !got.SyncedAt.Equal(page.SyncedAt) {
		t.Error("the failed page is not as it was")
	}
	remove()
	v = d.finished(d.trigger("?failed=1"))
	if v.Progress.Synced != 1 || v.Progress.Discovered != 1 || !d.publishedAs("home").SyncedAt.After(page.SyncedAt) {
		t.Errorf("failed=1 gives job %+v, want just the failed page synced", v)
	}
	requests := len(d.notion.Requests())
	v = d.finished(d.trigger("?failed=1"))
	if v.Progress.Discovered != 0 || len(d.notion.Requests()) != requests {
		t.Errorf("failed=1 with none failed gives job %+v and %d requests, want nothing done", v, len(d.notion.Requests())-requests)
	}
}

// Jobs are listed newest first, at most twenty; without an id the running one is shown, else the newest.
func TestStatus_jobs(t *testing.T) {
	t.Parallel()
	d := deploy(t, notionsim.Generate(notionsim.Options{Seed: 1, Pages: 1, Blocks: 1, BlockDepth: 1}))
	var ids []string
	for i := range 23 {
		ids = append(ids, d.trigger("?page=p"+fmt.Sprint(i)))
		d.finished(ids[i])
	}
	job, jobs := d.statusOf("")
	if len(jobs) != 20 {
		t.Fatalf("%d jobs are listed, want 20", len(jobs))
	}
	for i, v := range jobs {
		if want := ids[len(ids)-1-i]; v.ID != want {
			t.Errorf("jobs[%d] is %s, want %s: newest first", i, v.ID, want)
		}
	}
	if newest := ids[len(ids)-1]; job.ID != newest {
		t.Errorf("job is %s, want the newest, %s", job.ID, newest)
	}
	if v := d.jobOf(ids[0]); v.State != "done" || len(v.Warnings) != 1 {
		t.Errorf("the oldest job is %+v, want it still known", v)
	}
	d.redis.FastForward(7*24*time.Hour + time.Minute)
	if a := d.get(statusPath + "?job=" + ids[0]); a.status != http.StatusNotFound {
		t.Errorf("after 7 days the oldest job is answered %s, want 404", a)
	}
}

// A job that should be running but is not is called stalled.
func TestStatus_stalled(t *testing.T) {
	t.Parallel()
	d, id := halfway(t)
	d.age(t, 5*time.Minute)
	job := checkJob(t, d.get(statusPath+"?job="+id), doneShape.with("finishedAt", "null", "stalled", "bool"))
	if job["stalled"] != true || job["state"] != "running" {
		t.Errorf("job is %v, want it running and stalled", job)
	}
	lease, err := d.store().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if v := d.jobOf(id); v.Stalled {
		t.Errorf("while somebody works on it job is %+v, want it not stalled", v)
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.qstash.Resume()
	if v := d.finished(id); v.Stalled {
		t.Errorf("once done job is %+v, want it not stalled", v)
	}
}

// So is one that is queued while nothing runs, its message lost; not one that waits its turn.
func TestStatus_stalledInQueue(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	d.qstash.Misbehave(qstashsim.Faults{Lose: 1})
	id := d.trigger("")
	if v := d.jobOf(id); v.Stalled {
		t.Errorf("at once the job is %+v, want it not stalled", v)
	}
	d.age(t, time.Hour)
	if v := d.jobOf(id); !v.Stalled || v.State != "queued" {
		t.Errorf("an hour later the job is %+v, want it queued and stalled", v)
	}
	d, _ = halfway(t)
	waiting := d.trigger("")
	d.age(t, time.Hour)
	if v := d.jobOf(waiting); v.Stalled {
		t.Errorf("while another job runs the waiting one is %+v, want it not stalled", v)
	}
}

// The record of the running job may be gone: the newest job is shown.
func TestStatus_runningJobGone(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	id := d.trigger("")
	d.finished(id)
	d.set("sync:running", "msg_gone")
	if job, _ := d.statusOf(""); job == nil || job.ID != id {
		t.Errorf("status shows %+v, want the newest job, %s", job, id)
	}
}
