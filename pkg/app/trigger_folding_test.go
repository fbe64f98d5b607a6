package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"notionsync/pkg/sim/qstashsim"
)

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
		{"pages into forced pages", []string{"?page=a&force=1", "?page=b"}, false, []string{"a", "b"}, 0, 0},
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
	} else if next := a.text(t, "nextMessageId"); next != "" {
		t.Errorf("the waiting job's message is answered with nextMessageId %s, want none: what will begin it is not known", next)
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
