package syncer_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer"
)

// event is an event about a page, with an id of its own.
func event(id, action, page string) syncer.Event {
	return syncer.Event{ID: id, Object: "page", Action: action, Of: page}
}

func (r *rig) note(e syncer.Event) {
	r.t.Helper()
	if err := r.Note(r.t.Context(), e); err != nil {
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
		var first syncer.First
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
	r.sync(syncer.First{})
	return w, r, a, b
}

// A page named by an event is read anew though its stamp says that it has not changed, and nothing else is.
func TestNote_ReadsThePageAnew(t *testing.T) {
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
	if v.State != syncer.Done || v.Progress.Synced != 1 || v.Progress.Discovered != 1 || v.Force || !slices.Equal(v.Pages, []string{a}) {
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
func TestNote_BurstSettles(t *testing.T) {
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
func TestNote_WithoutEnd(t *testing.T) {
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
func TestNote_OthersDoNotWait(t *testing.T) {
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
	_, _ = r.queue.pop()
	m, _ := r.queue.pop()
	job, err := r.deliver(m)
	if err != nil || len(job.Scope.Pages) != 1 || job.Scope.Pages[0].Ref != b {
		t.Fatalf("the job's scope is %+v (%v), want the other page alone", job.Scope, err)
	}
	if asked := r.queue.asks(t); len(asked) != 1 { // the message for the first page is lost, and published again
		t.Errorf("messages ask at %v, want one for the page that is left", asked)
	}
	w.clock = start.Add(80 * time.Second)
	r.deliverAll()
	if v := r.newest(); !slices.Equal(v.Pages, []string{a}) || v.Progress.Synced != 1 {
		t.Errorf("the newest job is %+v, want the first page's", v)
	}
}

// Nothing is lost when the queue refuses: the event is not taken for seen, and comes again.
func TestNote_QueueRefuses(t *testing.T) {
	t.Parallel()
	w, r, a, _ := synced(t)
	r.queue.refuse = true
	if err := r.Note(t.Context(), event("e1", "content_updated", a)); !errors.Is(err, syncer.ErrPublish) {
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
func TestNote_MessageLost(t *testing.T) {
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
func TestNote_MessageTwice(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	start := w.clock
	r.note(event("", "content_updated", a))
	w.clock = start.Add(10 * time.Second)
	r.note(event("", "content_updated", b))
	m, _ := r.queue.pop()
	r.queue.refuse = true // killed before the next message is published, as it were
	if _, err := r.deliver(m); !errors.Is(err, syncer.ErrPublish) {
		t.Fatalf("delivery = %v, want ErrPublish", err)
	}
	r.queue.refuse = false
	for range 2 {
		job, err := r.deliver(m)
		if err != nil || job.State != syncer.Done || job.Scope.Pages[0].Ref != a {
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
func TestNote_OneRunsOneWaits(t *testing.T) {
	t.Parallel()
	w, r, a, _ := synced(t)
	r.budget(time.Nanosecond)
	running, _ := r.trigger(syncer.First{Force: true})
	m, _ := r.queue.pop()
	if _, err := r.deliver(m); err != nil {
		t.Fatal(err)
	}
	continuation, _ := r.queue.pop()
	r.note(event("", "content_updated", a))
	w.clock = w.clock.Add(10 * time.Second)
	asking, _ := r.queue.pop()
	waits, err := r.deliver(asking)
	if err != nil || waits.State != syncer.Queued || waits.ID == running.ID {
		t.Fatalf("a job for events while another runs is %+v (%v), want it queued", waits, err)
	}
	if job, folded := r.trigger(syncer.First{}); !folded || job.ID != waits.ID || !job.Scope.Full || !job.Scope.Pages[0].Force {
		t.Errorf("a trigger meanwhile: %s, folded %t, scope %+v; want it joined with the page by force", job.ID, folded, job.Scope)
	}
	r.budget(time.Minute)
	if _, err := r.deliver(continuation); err != nil {
		t.Fatal(err)
	}
	r.deliverAll()
	if v := r.view(waits.ID); v.State != syncer.Done || v.Progress.Synced != 1 || v.Progress.Skipped != 1 {
		t.Errorf("the job for events is %+v, want it done, with one page synced and one unchanged", v)
	}
}

// A configuration in which no job can run leaves noted what is noted.
func TestNote_Aborted(t *testing.T) {
	t.Parallel()
	w, r, a, _ := synced(t)
	r.note(event("", "content_updated", a))
	w.clock = w.clock.Add(10 * time.Second)
	m, _ := r.queue.pop()
	var first syncer.First
	if err := json.Unmarshal(m.Body, &first); err != nil {
		t.Fatal(err)
	}
	if err := r.Abort(t.Context(), syncer.Delivery{Job: m.id, Slice: 1, First: &first}, "no token"); err != nil {
		t.Fatalf("Abort = %v", err)
	}
	job, err := r.deliver(m)
	if err != nil || job == nil || len(job.Scope.Pages) != 1 {
		t.Errorf("afterwards the message makes job %+v (%v), want one of the page", job, err)
	}
}

func TestNote_PagesThatGo(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(w *world, id string) error
		want   []string
	}{
		{"trashed", func(w *world, id string) error { return w.Trash(id) }, []string{"b"}},
		{"archived", func(w *world, id string) error { return w.Archive(id, true) }, []string{"b"}},
		{"a draft now", func(w *world, id string) error { return w.SetProperty(id, "Slug", "") }, []string{"b"}},
		{"moved away", func(w *world, id string) error { return w.Move(id, "") }, []string{"b"}},
		{"not shared any more: 404 is no proof", func(w *world, id string) error { w.Unshare(id); return nil }, []string{"a", "b"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w, r, a, _ := synced(t)
			w.tick()
			w.must(row.change(w, a))
			r.note(event("", "deleted", a))
			w.clock = w.clock.Add(10 * time.Second)
			r.deliverAll()
			if got := slugs(r.bundles()); !slices.Equal(got, row.want) {
				t.Errorf("published are %q, want %q", got, row.want)
			}
			r.sound()
		})
	}
}

// A child page that was created or moved is shown by the page it stands in, wherever in its blocks.
func TestNote_ChildPages(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	toggle, err := w.AppendBlock(a, notionsim.Block{Type: "toggle", Payload: map[string]any{"rich_text": []any{}}})
	w.must(err)
	r.sync(syncer.First{})
	w.tick()
	var kid string
	w.WithoutStamps(func() { kid = w.child(toggle, "Kid") })
	e := event("", "created", kid)
	e.Parent = syncer.EventParent{Type: "block", ID: toggle}
	r.note(e)
	w.clock = w.clock.Add(10 * time.Second)
	r.deliverAll()
	r.published(map[string]string{"a": a, "b": b, "a/kid": kid})
	if kids := r.bundles()["a"].Meta.ChildPages; len(kids) != 1 || kids[0].ID != kid {
		t.Errorf("the parent's child pages are %+v, want the new one", kids)
	}
	r.sound()

	w.tick()
	w.must(w.Move(kid, b))
	e = event("", "moved", kid)
	e.Parent = syncer.EventParent{Type: "page", ID: b}
	r.note(e)
	w.clock = w.clock.Add(10 * time.Second)
	r.deliverAll()
	r.published(map[string]string{"a": a, "b": b, "b/kid": kid})
	r.sound()
}

// Pages that are none of ours, and drafts, are read and left alone, without a word.
func TestNote_StrangePages(t *testing.T) {
	t.Parallel()
	w, r, _, _ := synced(t)
	outside, draft := w.AddPage("Outside"), w.page("Draft", "")
	for _, id := range []string{outside, draft, "11111111-2222-4333-8444-555555555555"} {
		r.note(event("", "content_updated", id))
	}
	w.clock = w.clock.Add(10 * time.Second)
	r.deliverAll()
	if v := r.newest(); v.State != syncer.Done || v.Progress.Synced+v.Progress.Failed != 0 || len(*v.Warnings) != 0 {
		t.Errorf("the job is %+v with warnings %q, want nothing synced and no warnings", v, *v.Warnings)
	}
}

// Events of data sources and databases: rows of a collection are listed, with an inner database its page is read.
func TestNote_Tables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	inner, rows, err := w.AddDatabase(a, "Stations")
	w.must(err)
	r := w.rig()
	r.sync(syncer.First{})
	for _, row := range []struct {
		name   string
		event  syncer.Event
		full   bool
		synced int64 // of one new row in each table
	}{
		{"content of a collection's data source", syncer.Event{Object: "data_source", Action: "content_updated", Of: w.pages}, false, 1},
		{"schema of it", syncer.Event{Object: "data_source", Action: "schema_updated", Of: w.pages}, false, 1},
		{"content of a collection's database, as of 2022", syncer.Event{Object: "database", Action: "content_updated", Of: w.pageDB}, false, 1},
		{"a data source more", syncer.Event{
			Object: "data_source", Action: "created", Of: "11111111-2222-4333-8444-555555555555",
			Parent: syncer.EventParent{Type: "database", ID: w.pageDB},
		}, true, 2},
		{"content of an inner data source", syncer.Event{Object: "data_source", Action: "content_updated", Of: rows}, false, 2},
		{"an inner database moved", syncer.Event{Object: "database", Action: "moved", Of: inner}, false, 2},
		{"a database added to a page", syncer.Event{
			Object: "database", Action: "created", Of: "11111111-2222-4333-8444-555555555556",
			Parent: syncer.EventParent{Type: "page", ID: a},
		}, false, 2},
	} {
		w.clock = w.clock.Add(time.Hour)
		w.page("Row of "+row.name, "row-of-"+strings.ReplaceAll(row.name, " ", "-"))
		_, err := w.AddRow(rows, "Row of "+row.name, nil)
		w.must(err)
		r.note(row.event)
		w.clock = w.clock.Add(70 * time.Second)
		r.deliverAll()
		if v := r.newest(); v.State != syncer.Done || v.Progress.Synced != row.synced {
			t.Errorf("%s: the job is %+v, want %d pages synced", row.name, v, row.synced)
		}
		r.sync(syncer.First{})
		r.sound()
	}
	r.note(syncer.Event{Object: "data_source", Action: "content_updated", Of: "11111111-2222-4333-8444-555555555557"})
	r.note(syncer.Event{Object: "comment", Action: "created", Of: a})
	r.note(syncer.Event{Object: "page", Action: "locked", Of: a})
	if asked := r.queue.asks(t); len(asked) != 0 {
		t.Errorf("events of no interest have published messages that ask at %v", asked)
	}
}
