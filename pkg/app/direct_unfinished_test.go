package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/qstashsim"
)

// checkUnfinished checks the answer of a direct sync that is not complete.
func checkUnfinished(t *testing.T, a answer) {
	t.Helper()
	seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
	fields := a.fields(t)
	if a.status != http.StatusAccepted || fields["done"] != false || fields["ok"] != true || err != nil || seconds < 1 {
		t.Errorf("answer %s with Retry-After %q, want 202, done false and whole seconds", a, a.header.Get("Retry-After"))
	}
}

// Without QStash the next call with the same parameters goes on where this one stopped.
func TestDirect_goesOnByCalls(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{"all": "", "by force": "?force=1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small(), append([]string{"SYNC_BUDGET", "30ms"}, withoutQueue...)...)
			d.slow(15 * time.Millisecond)
			var id string
			calls := 0
			for ; calls < 100; calls++ {
				a := d.get(directPath + query)
				if id == "" {
					id = a.text(t, "jobId")
				}
				if got := a.text(t, "jobId"); got != id || !strings.HasPrefix(id, "direct_") {
					t.Fatalf("call %d answers %s, want the same job direct_… as before, %s", calls, a, id)
				}
				if a.status == http.StatusOK {
					break
				}
				checkUnfinished(t, a)
			}
			v := d.jobOf(id)
			if calls < 2 || v.State != "done" || v.Progress.Synced != len(d.bundles()) || v.Metrics.NotionRequests != len(d.notion.Requests()) {
				t.Errorf("after %d calls job is %+v with %d pages published by %d requests, want no work done twice",
					calls, v, len(d.bundles()), len(d.notion.Requests()))
			}
			if _, jobs := d.statusOf(""); len(jobs) != 1 {
				t.Errorf("there are %d jobs, want 1", len(jobs))
			}
		})
	}
}

// With QStash one call is enough.
func TestDirect_goesOnThroughQueue(t *testing.T) {
	t.Parallel()
	want := reference(t, small())
	d := deploy(t, small(), "SYNC_BUDGET", "30ms")
	d.slow(15 * time.Millisecond)
	a := d.get(directPath)
	checkUnfinished(t, a)
	id := a.text(t, "jobId")
	v := d.finished(id)
	if !strings.HasPrefix(id, "direct_") || v.Slices < 3 || v.Metrics.NotionRequests != len(d.notion.Requests()) {
		t.Errorf("job is %+v with %d requests made, want a direct_… one of several slices", v, len(d.notion.Requests()))
	}
	if got := d.siteKeys(); !slices.Equal(got, want) {
		t.Errorf("published are %q, want %q", got, want)
	}
	if m := d.published()[0]; string(m.Body) != fmt.Sprintf(`{"job":%q,"slice":2}`, id) {
		t.Errorf("the first message is %s, want slice 2 of job %s", m.Body, id)
	}
}

// While another job runs the call is answered 202; with QStash what it asked for is done in its turn.
func TestDirect_anotherJobRuns(t *testing.T) {
	t.Parallel()
	t.Run("between two slices", func(t *testing.T) {
		t.Parallel()
		d, running := halfway(t)
		a := d.get(directPath + "?page=home&force=1")
		checkUnfinished(t, a)
		waiting := a.text(t, "jobId")
		if waiting == running || waiting == "" {
			t.Errorf("answer %s, want a job of its own", a)
		}
		d.qstash.Resume()
		d.finished(waiting)
		if v := d.jobOf(waiting); v.Progress.Synced != 1 || !v.Force || d.jobOf(running).State != "done" {
			t.Errorf("in the end the waiting job is %+v, want its one page synced by force", v)
		}
	})
	t.Run("in the middle of a slice", func(t *testing.T) {
		t.Parallel()
		d := deploy(t, small())
		d.qstash.Pause()
		running := d.trigger("")
		reached, open := d.gate(3)
		done := make(chan answer, 1)
		go func() { done <- d.deliverAgain(d.last()) }()
		await(t, reached)
		a := d.get(directPath)
		checkUnfinished(t, a)
		open()
		await(t, done)
		d.qstash.Resume()
		d.finished(a.text(t, "jobId"))
		if v := d.jobOf(running); v.State != "done" {
			t.Errorf("the running job is %s in the end, want done", v.State)
		}
	})
	t.Run("without QStash", func(t *testing.T) {
		t.Parallel()
		d := deploy(t, small(), withoutQueue...)
		reached, open := d.gate(3)
		first := make(chan answer, 1)
		go func() { first <- d.get(directPath) }()
		await(t, reached)
		checkUnfinished(t, d.get(directPath+"?force=1"))
		open()
		if a := await(t, first); a.status != http.StatusOK || a.fields(t)["done"] != true {
			t.Errorf("the running sync answers %s, want 200 and done", a)
		}
		if a := d.get(directPath + "?force=1"); a.status != http.StatusOK || a.fields(t)["synced"] != float64(d.kinds()["page"]) {
			t.Errorf("the call once more answers %s, want 200 and all pages synced", a)
		}
	})
}

// Its continuation refused by QStash, a direct sync says so and goes on with the next call.
func TestDirect_continuationRefused(t *testing.T) {
	t.Parallel()
	d := deploy(t, small(), "SYNC_BUDGET", "30ms")
	d.slow(15 * time.Millisecond)
	d.qstash.Misbehave(qstashsim.Faults{FailPublishes: 3})
	if a := d.get(directPath); a.status != 500 || a.text(t, "error") != "Sync failed" || !strings.Contains(a.text(t, "details"), "QStash") {
		t.Errorf("answer %s, want 500 Sync failed naming QStash", a)
	}
	job, _ := d.statusOf("")
	a := d.get(directPath)
	checkUnfinished(t, a)
	d.finished(job.ID)
	d.finished(a.text(t, "jobId"))
}

// Whoever hangs up has still started a sync.
func TestDirect_callerGone(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	reached, open := d.gate(6)
	r, hangUp := cancellable(d.request(http.MethodGet, directPath+"?secret="+cronSecret, ""))
	ended := make(chan struct{})
	d.detour(directPath, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(ended)
			next.ServeHTTP(w, r)
		})
	})
	gone := make(chan error, 1)
	go func() { _, err := (&http.Client{Transport: &http.Transport{}}).Do(r); gone <- err }()
	await(t, reached)
	hangUp()
	if err := await(t, gone); err == nil {
		t.Error("the route has answered a client that is gone")
	}
	open()
	await(t, ended)
	d.settle()
	if job, _ := d.statusOf(""); job == nil || job.State != "done" {
		t.Errorf("job is %+v, want it done", job)
	}
}

// A sync that was interrupted for good is finished by the next call, before what that one asks for.
func TestDirect_takesOverWhatIsLeft(t *testing.T) {
	t.Parallel()
	d, id := halfway(t, "SYNC_BUDGET", "40ms")
	d.redeploy("SYNC_BUDGET", "45s")
	d.age(t, 5*time.Minute)
	a := d.get(directPath + "?page=home&force=1")
	if a.status != http.StatusOK || a.fields(t)["synced"] != 1. || a.text(t, "jobId") == id {
		t.Errorf("answer %s, want 200 with the page synced in a job of its own", a)
	}
	if v := d.jobOf(id); v.State != "done" || v.Progress.Pending != 0 {
		t.Errorf("the job that was left is %+v, want it done", v)
	}
	d.qstash.Resume() // its message comes late
	d.finished(id)
}
