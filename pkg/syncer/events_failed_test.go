package syncer_test

import (
	"net/http"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// A page that an event has named and that could not be read is read once more after a pause, with no other event and no
// full sync.
func TestEnqueue_FailedPageIsReadAgain(t *testing.T) {
	t.Parallel()
	w, r, a, _ := synced(t)
	w.title(a, "Another title")
	heal := r.notion.Fail(notionsim.Rule{Kind: "children", ID: a, Fault: notionsim.HTML(http.StatusBadGateway)})
	r.note(event("", "content_updated", a))
	var failed time.Time
	for failed.IsZero() {
		m, ok := r.queue.pop()
		if !ok {
			t.Fatal("no message left, though the page could not be read")
		}
		w.clock = w.clock.Add(m.Delay)
		if _, err := r.deliver(m); err != nil {
			t.Fatal(err)
		}
		if v := r.newest(); v.Metrics.PagesFailed == 1 && v.FinishedAt != nil {
			failed = w.clock
		}
	}
	heal()
	untilEnd(w, r)
	if v := r.newest(); v.Full || v.Progress.Synced != 1 || v.Metrics.PagesFailed != 0 || len(v.Pages) != 1 || v.Pages[0] != a {
		t.Errorf("the newest job is %+v, want one that has read page %s", v, a)
	}
	if took := w.clock.Sub(failed); took > 3*time.Hour {
		t.Errorf("it was read again after %s", took)
	}
	if title := r.bundles()["a"].Meta.Title; title != "Another title" {
		t.Errorf("page a has the title %q, want the new one", title)
	}
}

// One that never comes right is left to its next event, or the next full sync, in the end.
func TestEnqueue_FailedPageIsGivenUp(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	heal := r.notion.Fail(notionsim.Rule{Kind: "children", ID: a, Fault: notionsim.HTML(http.StatusBadGateway)})
	r.note(event("", "content_updated", a))
	r.note(event("", "content_updated", b))
	jobs := map[string]bool{}
	for range 100 {
		m, ok := r.queue.pop()
		if !ok {
			break
		}
		w.clock = w.clock.Add(m.Delay)
		job, err := r.deliver(m)
		if err != nil {
			t.Fatal(err)
		}
		if job != nil {
			jobs[job.ID] = true
		}
	}
	if r.queue.String() != "" || len(jobs) != 4 {
		t.Errorf("%d jobs for the page, and messages left %q; want four jobs, and none", len(jobs), r.queue)
	}
	heal()
	r.note(event("", "content_updated", a))
	untilEnd(w, r)
	if v := r.newest(); v.Progress.Synced != 1 || v.Metrics.PagesFailed != 0 {
		t.Errorf("its next event's job is %+v, want it read", v)
	}
}
