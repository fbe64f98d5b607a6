package syncer_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

// event is an event about a page, with an id of its own.
func event(id, action, page string) model.Event {
	return model.Event{ID: id, Object: "page", Action: action, Of: page}
}

func (r *rig) note(e model.Event) {
	r.t.Helper()
	if err := r.Enqueue(r.t.Context(), e); err != nil {
		r.t.Fatalf("Note(%+v): %v", e, err)
	}
}

// asks returns for each message that waits when it asks for events; the zero time for another message.
func (q *fakeQueue) asks(t *testing.T) []time.Time {
	t.Helper()
	q.mu.Lock()
	defer q.mu.Unlock()
	var at []time.Time
	for _, m := range q.list {
		var first model.TriggerMessage
		if err := json.Unmarshal(m.Body, &first); err != nil {
			t.Fatal(err)
		}
		if first.Events == nil {
			first.Events = new(time.Time)
		}
		at = append(at, *first.Events)
	}
	return at
}

// newest returns the newest job; nil if there is none.
func (r *rig) newest() *syncer.View {
	r.t.Helper()
	_, jobs, err := r.Status(r.t.Context(), "")
	if err != nil {
		r.t.Fatal(err)
	}
	if len(jobs) == 0 {
		return nil
	}
	return r.view(jobs[0].ID)
}

// synced is a world of two pages that has been synced.
func synced(t *testing.T) (w *world, r *rig, a, b string) {
	t.Helper()
	w = newWorld(t)
	a, b = w.page("A", "a"), w.page("B", "b")
	r = w.rig()
	r.sync(model.TriggerMessage{})
	return w, r, a, b
}

// A page named by an event is read anew though its stamp says that it has not changed, and nothing else is.
func TestEnqueue_ReadsThePageAnew(t *testing.T) {
	t.Parallel()
	w, r, a, _ := synced(t)
	w.WithoutStamps(func() { w.must(w.EditBlocks(a, paragraph("edited in the same minute"))) })
	w.tick()
	r.note(event("e1", "content_updated", a))
	asked := r.queue.asks(t)
	if want := w.clock.Add(time.Hour + 10*time.Second); len(asked) != 1 || asked[0].Sub(want).Abs() > time.Second {
		t.Fatalf("the queue holds messages that ask at %v, want one at %s", asked, want)
	}
	w.clock = w.clock.Add(10 * time.Second)
	before := r.notion.Counts()[""]
	r.deliverAll()
	v := r.newest()
	if v.State != model.Done || v.Progress.Synced != 1 || v.Progress.Discovered != 1 || v.Force || !slices.Equal(v.Pages, []string{a}) {
		t.Errorf("the job is %+v, want one of this page alone that has synced it", v)
	}
	if n := r.notion.Counts()[""] - before; n != 2 {
		t.Errorf("%d requests were made, want two: page and blocks", n)
	}
	if got := r.bundles()["a"].Markdown; !strings.Contains(got, "same minute") {
		t.Errorf("published is %q, want the edit", got)
	}
}

// A burst of edits becomes one job when it has been quiet for ten seconds.
func TestEnqueue_BurstSettles(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	start := w.clock
	for second, page := range []string{a, b, a, a, b, a} {
		w.clock = start.Add(time.Duration(second*2) * time.Second)
		r.note(event("", "content_updated", page))
	}
	if asked := r.queue.asks(t); len(asked) != 1 {
		t.Fatalf("a burst has published messages that ask at %v, want one", asked)
	}
	// It comes before it has become quiet, and makes way for one that comes later.
	w.clock = start.Add(11 * time.Second)
	m, _ := r.queue.pop()
	if job, err := r.deliver(m); job != nil || err != nil {
		t.Fatalf("a message that comes too early: %+v, %v; want no job", job, err)
	}
	asked := r.queue.asks(t)
	if want := start.Add(time.Hour + 18*time.Second); len(asked) != 1 || asked[0].Sub(want).Abs() > time.Second {
		t.Fatalf("messages ask at %v, want one at %s, when the first page has been quiet for ten seconds", asked, want)
	}
	w.clock = start.Add(18 * time.Second)
	r.deliverAll()
	if v := r.newest(); v.Progress.Synced != 2 || len(v.Pages) != 2 {
		t.Errorf("the job is %+v, want one of both pages", v)
	}
	if r.queue.String() != "" {
		t.Errorf("left are messages: %s", r.queue)
	}
}

// Edits that go on and on are synced all the same, once a minute.
func TestEnqueue_WithoutEnd(t *testing.T) {
	t.Parallel()
	w, r, a, _ := synced(t)
	start := w.clock
	var synced []int
	for second := 0; second <= 210; second++ {
		w.clock = start.Add(time.Duration(second) * time.Second)
		if second%5 == 0 {
			r.note(event("", "content_updated", a))
		}
		for _, at := range r.queue.asks(t) {
			if at.After(w.clock.Add(time.Hour)) {
				continue
			}
			m, _ := r.queue.pop()
			job, err := r.deliver(m)
			if err != nil {
				t.Fatal(err)
			}
			if job != nil {
				synced = append(synced, second)
			}
		}
	}
	if len(synced) != 3 {
		t.Fatalf("synced after %v seconds, want three times in three minutes", synced)
	}
	for i, second := range synced {
		if gap := second - append([]int{0}, synced...)[i]; gap < 60 || gap > 70 {
			t.Errorf("synced after %v seconds, want once a minute", synced)
		}
	}
}

// A page that is edited all the time does not make others wait.
func TestEnqueue_OthersDoNotWait(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	start := w.clock
	r.note(event("", "content_updated", a))
	w.clock = start.Add(10 * time.Second)
	r.deliverAll()
	r.note(event("", "content_updated", a)) // a minute later at the earliest
	w.clock = start.Add(12 * time.Second)
	r.note(event("", "content_updated", b))
	asked := r.queue.asks(t)
	if len(asked) != 2 || asked[0].Sub(asked[1]) < 45*time.Second {
		t.Fatalf("messages ask at %v, want one a minute after the first job and one in ten seconds", asked)
	}
	w.clock = start.Add(22 * time.Second)
	later, _ := r.queue.pop()
	m, _ := r.queue.pop()
	job, err := r.deliver(m)
	if err != nil || len(job.Scope.Pages) != 1 || job.Scope.Pages[0].Ref != b {
		t.Fatalf("the job's scope is %+v (%v), want the other page alone", job.Scope, err)
	}
	if asked := r.queue.asks(t); len(asked) != 0 {
		t.Errorf("more messages ask at %v, want none: that for the page that is left is on its way", asked)
	}
	w.clock = start.Add(80 * time.Second)
	if job, err = r.deliver(later); err != nil {
		t.Fatal(err)
	}
	if v := r.view(job.ID); !slices.Equal(v.Pages, []string{a}) || v.Progress.Synced != 1 {
		t.Errorf("the last job is %+v, want the first page's", v)
	}
}

// Nothing is lost when the queue refuses: the event is not taken for seen, and comes again.
func TestEnqueue_QueueRefuses(t *testing.T) {
	t.Parallel()
	w, r, a, _ := synced(t)
	r.queue.refuse = true
	if err := r.Enqueue(t.Context(), event("e1", "content_updated", a)); !errors.Is(err, model.ErrPublish) {
		t.Fatalf("Note = %v, want ErrPublish", err)
	}
	r.queue.refuse = false
	r.note(event("e1", "content_updated", a))
	w.clock = w.clock.Add(10 * time.Second)
	r.deliverAll()
	if v := r.newest(); v.Progress.Synced != 1 {
		t.Errorf("progress is %+v, want the page synced", v.Progress)
	}
	r.note(event("e1", "content_updated", a))
	if asked := r.queue.asks(t); len(asked) != 0 {
		t.Errorf("an event that was seen to has published a message that asks at %v", asked)
	}
}

// A message that is lost is published again by the next event.
func TestEnqueue_MessageLost(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	start := w.clock
	r.note(event("", "content_updated", a))
	_, _ = r.queue.pop()
	w.clock = start.Add(20 * time.Second)
	r.note(event("", "content_updated", b))
	if asked := r.queue.asks(t); len(asked) != 0 {
		t.Fatalf("a message that is late by a moment is replaced by one that asks at %v", asked)
	}
	w.clock = start.Add(50 * time.Second)
	r.note(event("", "content_updated", b))
	m, _ := r.queue.pop()
	if _, err := r.deliver(m); err != nil {
		t.Fatal(err)
	}
	if v := r.newest(); v.Progress.Synced != 1 || v.Pages[0] != a {
		t.Errorf("the job is %+v, want the first page synced", v)
	}
}

// What a killed invocation has taken over stays with its job, and what was due later is asked for by the redelivery.
func TestEnqueue_MessageTwice(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	start := w.clock
	r.note(event("", "content_updated", a))
	w.clock = start.Add(10 * time.Second)
	r.note(event("", "content_updated", b))
	m, _ := r.queue.pop()
	r.queue.refuse = true
	if job, err := r.deliver(m); !errors.Is(err, model.ErrPublish) || job == nil || r.view(job.ID).Progress.Synced != 1 {
		t.Fatalf("delivery = %+v, %v; want ErrPublish, and the first page synced all the same", job, err)
	}
	r.queue.refuse = false
	for range 2 {
		job, err := r.deliver(m)
		if err != nil || job.State != model.Done || job.Scope.Pages[0].Ref != a {
			t.Fatalf("delivered again: %+v, %v; want the first page's job done", job, err)
		}
	}
	if asked := r.queue.asks(t); len(asked) == 0 {
		t.Fatal("nobody will ask for the second page")
	}
	w.clock = start.Add(30 * time.Second)
	r.deliverAll()
	if v := r.newest(); v.Progress.Synced != 1 || v.Pages[0] != b {
		t.Errorf("the newest job is %+v, want the second page's", v)
	}
}

// A job for events waits while another runs, like any other, and a trigger that comes meanwhile joins it.
func TestEnqueue_OneRunsOneWaits(t *testing.T) {
	t.Parallel()
	w, r, a, _ := synced(t)
	r.budget(time.Nanosecond)
	running, _ := r.trigger(model.TriggerMessage{Force: true})
	m, _ := r.queue.pop()
	if _, err := r.deliver(m); err != nil {
		t.Fatal(err)
	}
	continuation, _ := r.queue.pop()
	r.note(event("", "content_updated", a))
	w.clock = w.clock.Add(10 * time.Second)
	asking, _ := r.queue.pop()
	waits, err := r.deliver(asking)
	if err != nil || waits.State != model.Queued || waits.ID == running.ID {
		t.Fatalf("a job for events while another runs is %+v (%v), want it queued", waits, err)
	}
	if job, folded := r.trigger(model.TriggerMessage{}); !folded || job.ID != waits.ID || !job.Scope.Full || !job.Scope.Pages[0].Force {
		t.Errorf("a trigger meanwhile: %s, folded %t, scope %+v; want it joined with the page by force", job.ID, folded, job.Scope)
	}
	r.budget(time.Minute)
	if _, err := r.deliver(continuation); err != nil {
		t.Fatal(err)
	}
	r.deliverAll()
	if v := r.view(waits.ID); v.State != model.Done || v.Progress.Synced != 1 || v.Progress.Skipped != 1 {
		t.Errorf("the job for events is %+v, want it done, with one page synced and one unchanged", v)
	}
}

// A configuration in which no job can run leaves noted what is noted.
func TestEnqueue_Aborted(t *testing.T) {
	t.Parallel()
	w, r, a, _ := synced(t)
	r.note(event("", "content_updated", a))
	w.clock = w.clock.Add(10 * time.Second)
	m, _ := r.queue.pop()
	var first model.TriggerMessage
	if err := json.Unmarshal(m.Body, &first); err != nil {
		t.Fatal(err)
	}
	if err := r.Abort(t.Context(), model.Delivery{Job: m.id, Slice: 1, Trigger: &first}, "no token"); err != nil {
		t.Fatalf("Abort = %v", err)
	}
	job, err := r.deliver(m)
	if err != nil || job == nil || len(job.Scope.Pages) != 1 {
		t.Errorf("afterwards the message makes job %+v (%v), want one of the page", job, err)
	}
}

// What a job has taken over is asked for again when it fails, but not at once: the next job would fail like this one.
func TestEnqueue_JobFails(t *testing.T) {
	t.Parallel()
	w, r, a, _ := synced(t)
	w.WithoutStamps(func() { w.must(w.EditBlocks(a, paragraph("edited in the same minute"))) })
	r.note(event("e1", "content_updated", a))
	w.clock = w.clock.Add(10 * time.Second)
	mend := r.notion.Fail(notionsim.Rule{Fault: notionsim.Error(http.StatusUnauthorized, "unauthorized", "API token is invalid.")})
	m, _ := r.queue.pop()
	job, err := r.deliver(m)
	if err == nil || r.view(job.ID).State != model.Failed {
		t.Fatalf("with a wrong token the job is %s (%v), want it failed", r.view(job.ID).State, err)
	}
	if e, err := r.store.Edits(t.Context()); err != nil || e == nil || e.Waiting != 1 || len(r.queue.asks(t)) != 0 {
		t.Fatalf("edits that wait are %+v (%v), messages ask at %v; want one edit and none", e, err, r.queue.asks(t))
	}
	mend()
	w.clock = w.clock.Add(2 * time.Minute)
	r.trigger(model.TriggerMessage{})
	if asked := r.queue.asks(t); len(asked) != 2 || asked[1].IsZero() {
		t.Fatalf("after a trigger the messages ask at %v, want its own and one that asks", asked)
	}
	r.deliverAll()
	if got := r.bundles()["a"].Markdown; !strings.Contains(got, "same minute") {
		t.Errorf("published is %q, want the edit", got)
	}
	if e, err := r.store.Edits(t.Context()); err != nil || e != nil {
		t.Errorf("edits that wait are %+v (%v), want none", e, err)
	}
}

// A message that is lost for good is published again by the next trigger, too.
func TestEnqueue_MessageLostThenTrigger(t *testing.T) {
	t.Parallel()
	w, r, a, _ := synced(t)
	r.note(event("", "content_updated", a))
	_, _ = r.queue.pop()
	w.clock = w.clock.Add(time.Minute)
	r.trigger(model.TriggerMessage{})
	if asked := r.queue.asks(t); len(asked) != 2 || asked[1].IsZero() {
		t.Errorf("after a trigger the messages ask at %v, want its own and one that asks", asked)
	}
}

// Of two messages that ask for the same at the same moment one makes a job.
func TestEnqueue_AskedTwiceAtOnce(t *testing.T) {
	t.Parallel()
	w, r, a, _ := synced(t)
	r.note(event("", "content_updated", a))
	w.clock = w.clock.Add(10 * time.Second)
	by := w.clock.Add(time.Hour + time.Second)
	names, err := r.store.Due(t.Context(), by)
	w.must(err)
	made := 0
	for _, id := range []string{"msg_one", "msg_two"} {
		job := &model.Job{ID: id, State: model.Queued, Version: model.Version}
		if _, err := r.store.TakeOver(t.Context(), job, names, by, by); err == nil {
			made++
		} else if !errors.Is(err, model.ErrUnknownJob) {
			t.Fatal(err)
		}
	}
	if made != 1 {
		t.Errorf("%d jobs of what both asked for, want one", made)
	}
}
