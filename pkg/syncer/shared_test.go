package syncer_test

import (
	"strings"
	"testing"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/plan"
)

// Two collections that are one database, each by another of its ids: the first in order has its pages, from the first sync
// on and for good, and the other says so.
func TestShared_DataSource(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 8} {
		w := newWorld(t)
		w.page("A", "a")
		for _, title := range []string{"One", "Two", "Three"} {
			w.post(title)
		}
		r := w.rig(func(o *model.Options) {
			o.Workers = workers
			o.Collections = []model.Collection{
				{Name: "blog", ID: w.postDB}, {Name: "pages", ID: w.pageDB}, {Name: "posts", ID: w.posts},
			}
		})
		for n := range 3 {
			v := r.sync(model.TriggerMessage{})
			if got := r.index("blog:index").slugs(); len(got) != 3 {
				t.Errorf("sync %d: blog:index shows %q, want three posts", n, got)
			}
			if got := r.index("posts:index").slugs(); len(got) != 0 {
				t.Errorf("sync %d: posts:index shows %q, want none", n, got)
			}
			warned{v}.about(t, "collection posts", "collection blog", w.posts)
			if n > 0 && (v.Progress.Synced != 0 || v.Progress.Skipped != 4) {
				t.Errorf("sync %d: progress is %+v, want nothing to do", n, v.Progress)
			}
			r.sound()
		}
		if _, warnings, err := plan.Make(t.Context(), r.Syncer, model.TriggerMessage{}); err != nil ||
			!strings.Contains(strings.Join(warnings, "\n"), "collection posts") {
			t.Errorf("the plan warns of %q, error %v; want both collections named", warnings, err)
		}
	}
}

// A second name for a database whose pages have one changes hands once, and not to and fro.
func TestShared_SecondName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.post("One")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	r.opts.Collections = append(r.opts.Collections, model.Collection{Name: "zine", ID: w.posts})
	r.renew()
	for range 2 {
		v := r.sync(model.TriggerMessage{Force: true})
		warned{v}.about(t, "collection zine", "collection posts")
		if got := r.index("posts:index").slugs(); len(got) != 1 {
			t.Errorf("posts:index shows %q, want the post", got)
		}
	}
	w.tick()
	w.must(w.EditBlocks(id, paragraph("new")))
	r.sync(model.TriggerMessage{Pages: []string{id}})
	if b := r.bundles()["one"]; b.Meta.Collection != "posts" {
		t.Errorf("the post is of collection %q, want posts", b.Meta.Collection)
	}
	r.sound()
}
