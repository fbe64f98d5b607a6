package syncer_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/store"
	"notionsync/pkg/syncer/model"
)

// outrun has a listing of rows read what is known of a row, and commit only after the row itself was written.
type outrun struct {
	*store.Store
	row, slug string
	did       atomic.Bool
}

func (s *outrun) Owners(ctx context.Context, list []string) (map[string]string, error) {
	if len(list) > 1 && slices.Contains(list, s.slug) && !s.did.Swap(true) {
		for range 200 {
			known, err := s.Store.Records(ctx, []string{s.row})
			if err != nil {
				return nil, err
			}
			if rec := known[s.row]; rec != nil && rec.Slug == s.slug {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return s.Store.Owners(ctx, list)
}

// What a listing notes of a row does not overwrite what was written of it meanwhile: the row is known by the slug at which
// it is published, and leaves the site when it is trashed.
func TestRows_RecordWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	_, source, err := w.AddDatabase(a, "Inner", notionsim.Column{Name: "Slug", Type: "rich_text"})
	w.must(err)
	one, err := w.AddRow(source, "One", map[string]any{"Slug": "one"})
	w.must(err)
	two, err := w.AddRow(source, "Two", map[string]any{"Slug": "two"})
	w.must(err)
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.SetProperty(one, "Slug", "eins"))
	w.must(w.SetProperty(two, "Slug", "zwei"))
	s := &outrun{Store: r.store, row: one, slug: "a/eins"}
	r.opts.Store = s
	r.renew()
	r.notion.Fail(notionsim.Rule{Kind: "children", ID: one, Fault: notionsim.Slow(700 * time.Millisecond)})
	event := func(action, of, parent string) {
		r.note(model.Event{Object: "page", Action: action, Of: of, Parent: model.EventParent{Type: "database", ID: parent}})
	}
	event("properties_updated", one, "")
	event("content_updated", a, w.pageDB)
	w.clock = w.clock.Add(10 * time.Second)
	r.deliverAll()
	if !s.did.Load() {
		t.Error("the listing was not outrun: the test shows nothing")
	}
	r.published(map[string]string{"a": a, "a/eins": one, "a/zwei": two})
	w.clock = w.clock.Add(2 * time.Minute)
	w.must(w.Trash(one))
	event("deleted", one, "")
	w.clock = w.clock.Add(10 * time.Second)
	r.deliverAll()
	r.published(map[string]string{"a": a, "a/zwei": two})
}
