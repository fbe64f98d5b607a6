package syncer_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

func TestEnqueue_PagesThatGo(t *testing.T) {
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
func TestEnqueue_ChildPages(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	toggle, err := w.AppendBlock(a, notionsim.Block{Type: "toggle", Payload: map[string]any{"rich_text": []any{}}})
	w.must(err)
	r.sync(model.TriggerMessage{})
	w.tick()
	var kid string
	w.WithoutStamps(func() { kid = w.child(toggle, "Kid") })
	e := event("", "created", kid)
	e.Parent = model.EventParent{Type: "block", ID: toggle}
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
	e.Parent = model.EventParent{Type: "page", ID: b}
	r.note(e)
	w.clock = w.clock.Add(10 * time.Second)
	r.deliverAll()
	r.published(map[string]string{"a": a, "b": b, "b/kid": kid})
	r.sound()
}

// Pages that are none of ours, and drafts, are read and left alone, without a word.
func TestEnqueue_StrangePages(t *testing.T) {
	t.Parallel()
	w, r, _, _ := synced(t)
	outside, draft := w.AddPage("Outside"), w.page("Draft", "")
	for _, id := range []string{outside, draft, "11111111-2222-4333-8444-555555555555"} {
		r.note(event("", "content_updated", id))
	}
	w.clock = w.clock.Add(10 * time.Second)
	r.deliverAll()
	if v := r.newest(); v.State != model.Done || v.Progress.Synced+v.Progress.Failed != 0 || len(*v.Warnings) != 0 {
		t.Errorf("the job is %+v with warnings %q, want nothing synced and no warnings", v, *v.Warnings)
	}
}

// Events of data sources and databases: rows of a collection are listed, with an inner database its page is read.
func TestEnqueue_Tables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	inner, rows, err := w.AddDatabase(a, "Stations")
	w.must(err)
	r := w.rig()
	r.sync(model.TriggerMessage{})
	for _, row := range []struct {
		name   string
		event  model.Event
		full   bool
		synced int64 // of one new row in each table
	}{
		{"content of a collection's data source", model.Event{Object: "data_source", Action: "content_updated", Of: w.pages}, false, 1},
		{"schema of it", model.Event{Object: "data_source", Action: "schema_updated", Of: w.pages}, false, 1},
		{"content of a collection's database, as of 2022", model.Event{Object: "database", Action: "content_updated", Of: w.pageDB}, false, 1},
		{"a data source more", model.Event{
			Object: "data_source", Action: "created", Of: "11111111-2222-4333-8444-555555555555",
			Parent: model.EventParent{Type: "database", ID: w.pageDB},
		}, true, 2},
		{"content of an inner data source", model.Event{Object: "data_source", Action: "content_updated", Of: rows}, false, 2},
		{"an inner database moved", model.Event{Object: "database", Action: "moved", Of: inner}, false, 2},
		{"a database added to a page", model.Event{
			Object: "database", Action: "created", Of: "11111111-2222-4333-8444-555555555556",
			Parent: model.EventParent{Type: "page", ID: a},
		}, false, 2},
	} {
		w.clock = w.clock.Add(time.Hour)
		w.page("Row of "+row.name, "row-of-"+strings.ReplaceAll(row.name, " ", "-"))
		_, err := w.AddRow(rows, "Row of "+row.name, nil)
		w.must(err)
		r.note(row.event)
		w.clock = w.clock.Add(70 * time.Second)
		r.deliverAll()
		if v := r.newest(); row.full != (len(v.Pages)+len(v.Sources) == 0) {
			t.Errorf("%s: the job is %+v, want a full one %t", row.name, v, row.full)
		}
		if v := r.newest(); v.State != model.Done || v.Progress.Synced != row.synced {
			t.Errorf("%s: the job is %+v, want %d pages synced", row.name, v, row.synced)
		}
		r.sync(model.TriggerMessage{})
		r.sound()
	}
	r.note(model.Event{Object: "data_source", Action: "content_updated", Of: "11111111-2222-4333-8444-555555555557"})
	r.note(model.Event{Object: "comment", Action: "created", Of: a})
	r.note(model.Event{Object: "page", Action: "locked", Of: a})
	if asked := r.queue.asks(t); len(asked) != 0 {
		t.Errorf("events of no interest have published messages that ask at %v", asked)
	}
}
