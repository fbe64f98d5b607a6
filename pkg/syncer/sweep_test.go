package syncer_test

import (
	"fmt"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

// tree is a site of so many collection pages, with as many subpages below each of the first ones as are given; synced.
func tree(t *testing.T, roots int, below ...int) (*world, *rig, []string) {
	t.Helper()
	w := newWorld(t)
	w.must(w.AddColumn(w.pages, notionsim.Column{Name: "Live", Type: "checkbox"}))
	var ids []string
	for i := range roots {
		ids = append(ids, w.page(fmt.Sprint("Root ", i), fmt.Sprint("root-", i)))
	}
	for i, n := range below {
		for j := range n {
			w.child(ids[i], fmt.Sprint("Sub ", j))
		}
	}
	r := w.rig()
	r.sync(model.TriggerMessage{})
	return w, r, ids
}

// braked fails the test unless a job has removed nothing and says why.
func (r *rig) braked(v *syncer.View, pages int, words ...string) {
	r.t.Helper()
	if left := len(r.bundles()); left != pages || v.Metrics.PagesRemoved != 0 {
		r.t.Errorf("%d of %d pages are left, %d were removed; want all, and none", left, pages, v.Metrics.PagesRemoved)
	}
	warned{v}.about(r.t, append(words, "force=1")...)
	r.sound()
}

// Three of twelve roots in the trash are 63 of 72 pages with what stands below them: nothing goes, unless by force.
func TestBrake_CountsWhatStandsBelow(t *testing.T) {
	t.Parallel()
	w, r, roots := tree(t, 12, 20, 20, 20)
	for _, id := range roots[:3] {
		w.must(w.Trash(id))
	}
	r.braked(r.sync(model.TriggerMessage{}), 72, "63 of 72")
	if v := r.sync(model.TriggerMessage{Force: true}); v.Metrics.PagesRemoved != 63 || len(r.bundles()) != 9 {
		t.Errorf("by force %d pages were removed and %d are left, want 63 and 9", v.Metrics.PagesRemoved, len(r.bundles()))
	}
	r.sound()
}

// A filter that matches nothing takes no site down, however few roots it has.
func TestBrake_FilterThatMatchesNothing(t *testing.T) {
	t.Parallel()
	_, r, _ := tree(t, 6, 5, 5, 5, 5, 5, 5)
	for i := range r.opts.Collections {
		if r.opts.Collections[i].Name == "pages" {
			r.opts.Collections[i].Filter = []byte(`{"property":"Live","checkbox":{"equals":true}}`)
		}
	}
	r.renew()
	r.notion.Reset()
	r.braked(r.sync(model.TriggerMessage{}), 36, "36 of 36")
	if n := r.notion.Counts()["page"]; n != 0 {
		t.Errorf("%d pages were read, want none before all are counted", n)
	}
}

// A collection whose variable was unset by mistake stays, with its subpages, while it is more than half of the site.
func TestBrake_CollectionNoLongerConfigured(t *testing.T) {
	t.Parallel()
	w, r, _ := tree(t, 3, 10, 10)
	w.post("Post")
	r.sync(model.TriggerMessage{})
	r.opts.Collections = r.opts.Collections[1:]
	if r.opts.Collections[0].Name != "posts" {
		t.Fatalf("the collection left is %q", r.opts.Collections[0].Name)
	}
	r.renew()
	r.braked(r.sync(model.TriggerMessage{}), 24, "23 of 24")
}

// A job of one page has the same brake: a root that was put into the trash takes no more than half of the site with it.
func TestBrake_LimitedJob(t *testing.T) {
	t.Parallel()
	w, r, roots := tree(t, 4, 3, 12)
	w.must(w.Trash(roots[0]))
	if v := r.sync(model.TriggerMessage{Pages: []string{roots[0]}}); v.Metrics.PagesRemoved != 4 {
		t.Errorf("%d pages were removed, want the root with the three below it", v.Metrics.PagesRemoved)
	}
	w.must(w.Trash(roots[1]))
	r.braked(r.sync(model.TriggerMessage{Pages: []string{roots[1]}}), 15, "13 of 15")
	if v := r.sync(model.TriggerMessage{Force: true}); v.Metrics.PagesRemoved != 13 || len(r.bundles()) != 2 {
		t.Errorf("by force %d pages were removed and %d are left, want 13 and 2", v.Metrics.PagesRemoved, len(r.bundles()))
	}
	r.sound()
}

// A subpage that has moved to another root before its own went is no part of what goes.
func TestBrake_MovedAwayIsNotCounted(t *testing.T) {
	t.Parallel()
	w, r, roots := tree(t, 2, 0)
	var subs []string
	for i := range 14 {
		subs = append(subs, w.child(roots[0], fmt.Sprint("Sub ", i)))
	}
	r.sync(model.TriggerMessage{})
	for _, id := range subs {
		w.tick()
		w.must(w.Move(id, roots[1]))
	}
	w.tick()
	w.must(w.Trash(roots[0]))
	if v := r.sync(model.TriggerMessage{}); v.Metrics.PagesRemoved != 1 || len(r.bundles()) != 15 {
		t.Errorf("%d pages were removed and %d are left, want the root alone", v.Metrics.PagesRemoved, len(r.bundles()))
	}
	r.sound()
}
