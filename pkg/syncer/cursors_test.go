package syncer_test

import (
	"fmt"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

// longLists is a world in which rows, blocks, child pages and a property's values take more than one request.
func longLists(t *testing.T) (w *world, page string) {
	w = newWorld(t)
	w.must(w.AddColumn(w.pages, notionsim.Column{Name: "Related", Type: "relation"}))
	target := w.page("Target", "target")
	var related []string
	for range 150 {
		related = append(related, target)
	}
	page = w.page("Page", "page", many250()...)
	w.must(w.SetProperty(page, "Related", related))
	for i := range 110 {
		w.post(fmt.Sprint("Post ", i))
	}
	return w, page
}

// A cursor that is refused makes a listing of any kind begin anew; what was listed twice is there once.
func TestCursor_Refused(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"query", "children", "property"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w, _ := longLists(t)
			r := w.rig()
			r.notion.Fail(notionsim.Rule{Kind: kind, Skip: 1, Times: 3, Fault: notionsim.RefusedCursor()})
			v := r.sync(model.TriggerMessage{})
			if v.Metrics.PagesFailed != 0 || len(*v.Warnings) != 0 || len(r.bundles()) != 112 {
				t.Errorf("%d pages, errors %v, warnings %q; want 112 and none", len(r.bundles()), *v.Errors, *v.Warnings)
			}
			b := r.bundles()["page"]
			if list, _ := b.Meta.Properties["Related"].([]any); len(list) != 150 {
				t.Errorf("the relation has %d values, want 150", len(list))
			}
			want, err := w.Blocks(b.Meta.NotionID, notionsim.V20250903)
			w.must(err)
			if string(b.Blocks) != string(want) {
				t.Errorf("blocks differ from Notion's: %d bytes, want %d", len(b.Blocks), len(want))
			}
			r.sound()
		})
	}
}

// A cursor that is always refused, however often the listing begins, ends in a failure that says so.
func TestCursor_AlwaysRefused(t *testing.T) {
	t.Parallel()
	for kind, check := range map[string]func(*testing.T, *syncer.View, string){
		"query": func(t *testing.T, v *syncer.View, _ string) {
			warned{v}.about(t, "collection posts could not be listed", "cursor")
		},
		"children": func(t *testing.T, v *syncer.View, page string) {
			if errs := *v.Errors; len(errs) != 1 || errs[0].PageID != page {
				t.Errorf("errors are %+v, want one, of page %s", errs, page)
			}
		},
		"property": func(t *testing.T, v *syncer.View, page string) {
			if errs := *v.Errors; len(errs) != 1 || errs[0].PageID != page {
				t.Errorf("errors are %+v, want one, of page %s", errs, page)
			}
		},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w, page := longLists(t)
			r := w.rig()
			r.notion.Fail(notionsim.Rule{Kind: kind, Fault: notionsim.RefusedCursor()})
			v := r.sync(model.TriggerMessage{})
			check(t, v, page)
			if n := len(r.notion.Requests()); n > 300 {
				t.Errorf("it took %d requests to give up", n)
			}
		})
	}
}
