package syncer_test

import (
	"testing"

	"notionsync/pkg/syncer/model"
)

// A subpage that cannot follow its parent, for its new slug is another page's, stays where it was and says where its
// parent is now.
func TestRefresh_StaysAndNamesItsParent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	kid := w.child(a, "x")
	taker := w.page("Taker", "b/x")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.slug(a, "b")
	for range 2 {
		v := r.sync(model.TriggerMessage{})
		r.published(map[string]string{"b": a, "a/x": kid, "b/x": taker})
		if m := r.bundles()["a/x"].Meta; deref(m.ParentSlug) != "b" {
			t.Errorf("parentSlug of a/x is %q, want b", deref(m.ParentSlug))
		}
		r.sound()
		if t.Failed() {
			t.Fatalf("warnings %q", *v.Warnings)
		}
	}
}
