package syncer_test

import (
	"fmt"
	"net/http"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

func TestRemoval_TrashedWithAllBelow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	top, other := w.page("Top", "top"), w.page("Other", "other")
	w.child(w.child(top, "Middle"), "Low")
	_, source, err := w.AddDatabase(top, "Inner")
	w.must(err)
	_, err = w.AddRow(source, "Row", nil)
	w.must(err)
	w.page("Linker", "linker", linkTo(top))
	r := w.rig()
	r.sync(model.TriggerMessage{})
	if got := len(r.bundles()); got != 6 {
		t.Fatalf("%d pages published, want 6", got)
	}
	w.tick()
	w.must(w.Trash(top))
	v := r.sync(model.TriggerMessage{})
	if got := slugs(r.bundles()); len(got) != 2 || got[0] != "linker" || got[1] != "other" {
		t.Errorf("published are %q, want linker and other", got)
	}
	if v.Metrics.PagesRemoved != 4 {
		t.Errorf("%d pages removed, want 4", v.Metrics.PagesRemoved)
	}
	for _, key := range r.redis.Keys() {
		if len(key) > 3 && key[:3] == "db:" {
			t.Errorf("%s is still there", key)
		}
	}
	r.sound()
	w.tick()
	w.must(w.Restore(top))
	r.sync(model.TriggerMessage{})
	if got := len(r.bundles()); got != 6 {
		t.Errorf("%d pages published after the restore, want 6", got)
	}
	r.sound()
	_ = other
}

// many is a world with n posts, synced.
func many(t *testing.T, n int) (*world, *rig, []string) {
	t.Helper()
	w := newWorld(t)
	var ids []string
	for i := range n {
		ids = append(ids, w.post(fmt.Sprint("Post ", i)))
	}
	w.page("Page", "page")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	return w, r, ids
}

func TestRemoval_Brake(t *testing.T) {
	t.Parallel()
	w, r, ids := many(t, 20)
	for _, id := range ids {
		w.must(w.Trash(id))
	}
	r.notion.Reset()
	v := r.sync(model.TriggerMessage{})
	if got := len(r.bundles()); got != 21 || v.Metrics.PagesRemoved != 0 {
		t.Errorf("%d pages are left, want all 21", got)
	}
	warned{v}.about(t, "20 of 21", "force=1")
	v = r.sync(model.TriggerMessage{Force: true})
	if got := slugs(r.bundles()); len(got) != 1 || v.Metrics.PagesRemoved != 20 {
		t.Errorf("published are %q after a forced sync, want one page", got)
	}
	r.sound()
}

func TestRemoval_FewAreNotBraked(t *testing.T) {
	t.Parallel()
	w, r, ids := many(t, 10)
	for _, id := range ids {
		w.must(w.Trash(id))
	}
	if v := r.sync(model.TriggerMessage{}); v.Metrics.PagesRemoved != 10 {
		t.Errorf("%d pages removed, want 10: no more than ten may always go", v.Metrics.PagesRemoved)
	}
}

func TestRemoval_UnsharedDatabase(t *testing.T) {
	t.Parallel()
	w, r, _ := many(t, 3)
	w.Unshare(w.postDB)
	v := r.sync(model.TriggerMessage{})
	if got := len(r.bundles()); got != 4 {
		t.Errorf("%d pages are left, want all 4", got)
	}
	warned{v}.about(t, "posts", "share")

	w.Unshare(w.pageDB)
	job, _, err := r.Trigger(t.Context(), model.TriggerMessage{})
	w.must(err)
	r.deliverAll()
	v, err = r.View(t.Context(), job.ID)
	w.must(err)
	if v.State != model.Failed || len(r.bundles()) != 4 {
		t.Errorf("job is %s with %d pages left, want failed and 4: no collection could be listed", v.State, len(r.bundles()))
	}
}

// A listing that silently leaves rows out removes nothing: each is read, and is alive in its place.
func TestRemoval_HalfAListing(t *testing.T) {
	t.Parallel()
	w, r, ids := many(t, 8)
	remove := r.notion.Fail(notionsim.Rule{Kind: "query", ID: w.posts, Fault: notionsim.Half()})
	v := r.sync(model.TriggerMessage{})
	if got := len(r.bundles()); got != 9 || v.Metrics.PagesRemoved != 0 {
		t.Errorf("%d pages are left, %d removed, want 9 and 0", got, v.Metrics.PagesRemoved)
	}
	warned{v}.about(t, ids[7], "alive")
	remove()
	if v := r.sync(model.TriggerMessage{}); len(*v.Warnings) != 0 {
		t.Errorf("warnings are %q, want none any more", *v.Warnings)
	}
	r.sound()
}

// A listing that Notion cuts off in the midst of one minute's rows removes nothing, and goes on with the next minute's.
func TestRemoval_ListingCutOff(t *testing.T) {
	t.Parallel()
	world := notionsim.Generate(notionsim.Options{Seed: 4, Pages: 70, PerMinute: 50, Blocks: 1, BlockDepth: 1})
	r := newRig(t, world, later)
	r.sync(model.TriggerMessage{})
	fresh := newRig(t, world, later)
	for _, r := range []*rig{r, fresh} {
		r.useServer(world.Server(notionsim.ServerOptions{Limit: -1, RowLimit: 20}))
		v := r.sync(model.TriggerMessage{})
		if v.Metrics.PagesRemoved != 0 {
			t.Errorf("%d pages removed, want none", v.Metrics.PagesRemoved)
		}
		warned{v}.about(t, "10,000", "nothing of it is removed")
		r.sound()
	}
	if got := len(r.bundles()); got != 70 {
		t.Errorf("%d pages are left, want all 70", got)
	}
	if got := len(fresh.bundles()); got != 40 {
		t.Errorf("%d pages are published, want the 20 that are listed of each minute", got)
	}
}

// A listing that says a full database is empty removes nothing either; a database that is empty is emptied.
func TestRemoval_EmptiedDatabase(t *testing.T) {
	t.Parallel()
	w, r, ids := many(t, 9)
	remove := r.notion.Fail(notionsim.Rule{Kind: "query", Fault: notionsim.Body(http.StatusOK, "application/json",
		`{"object":"list","results":[],"next_cursor":null,"has_more":false}`)})
	v := r.sync(model.TriggerMessage{})
	if got := len(r.bundles()); got != 10 || v.Metrics.PagesRemoved != 0 || len(*v.Warnings) != 10 {
		t.Errorf("%d pages are left, %d removed, %d warnings, want 10, none, and each page named", got, v.Metrics.PagesRemoved, len(*v.Warnings))
	}
	remove()
	for _, id := range ids {
		w.must(w.Trash(id))
	}
	v = r.sync(model.TriggerMessage{})
	if got := slugs(r.bundles()); len(got) != 1 || v.Metrics.PagesRemoved != 9 {
		t.Errorf("published are %q, want the one page of the other collection", got)
	}
	if items := r.index("posts:index").Items; len(items) != 0 {
		t.Errorf("posts:index shows %d items, want none", len(items))
	}
	r.sound()
}

// An answer that ends a listing for its length without any row in it is no listing.
func TestRemoval_IncompleteAndEmpty(t *testing.T) {
	t.Parallel()
	_, r, _ := many(t, 3)
	r.notion.Fail(notionsim.Rule{Kind: "query", Times: 2, Fault: notionsim.Body(http.StatusOK, "application/json",
		`{"object":"list","results":[],"next_cursor":null,"has_more":false,`+
			`"request_status":{"type":"incomplete","incomplete_reason":"query_result_limit_reached"}}`)})
	v := r.sync(model.TriggerMessage{})
	if got := len(r.bundles()); got != 4 || v.Metrics.PagesRemoved != 0 || v.Metrics.PagesFailed != 0 {
		t.Errorf("%d pages are left, metrics %+v, want 4 and none removed", got, v.Metrics)
	}
}

// A 404 for a page that is still listed is no reason to remove it.
func TestRemoval_FailingPageStays(t *testing.T) {
	t.Parallel()
	w, r, ids := many(t, 3)
	w.tick()
	w.must(w.EditBlocks(ids[1], paragraph("new")))
	remove := r.notion.Fail(notionsim.Rule{
		Kind: "children", ID: ids[1],
		Fault: notionsim.Error(http.StatusNotFound, "object_not_found", "Could not find block."),
	})
	v := r.sync(model.TriggerMessage{})
	if len(r.bundles()) != 4 || v.Metrics.PagesFailed != 1 || len(*v.Errors) != 1 || (*v.Errors)[0].Slug != "post-1" {
		t.Errorf("%d pages, %d failed, errors %+v; want 4, 1 and post-1 named", len(r.bundles()), v.Metrics.PagesFailed, *v.Errors)
	}
	remove()
	if v := r.sync(model.TriggerMessage{}); v.Progress.Synced != 1 {
		t.Errorf("%d pages written, want the one that failed", v.Progress.Synced)
	}
	r.sound()
}

func TestRemoval_CollectionNoLongerConfigured(t *testing.T) {
	t.Parallel()
	w, r, _ := many(t, 3)
	r.opts.Collections = r.opts.Collections[:1]
	if r.opts.Collections[0].Name != "pages" {
		t.Fatalf("first collection is %q", r.opts.Collections[0].Name)
	}
	r.renew()
	v := r.sync(model.TriggerMessage{})
	if got := slugs(r.bundles()); len(got) != 1 || v.Metrics.PagesRemoved != 3 {
		t.Errorf("published are %q, want the page of the collection that is left", got)
	}
	if r.redis.Exists("posts:index") {
		t.Error("posts:index is still there")
	}
	r.sound()
	_ = w
}

// What a page that waits for its slug holds no more goes in the same job: the sweep comes before that page is read.
func TestRegression_TrashedBelowSwappedSlugs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	kid := w.child(a, "Kid")
	w.child(kid, "Low")
	stays := w.child(b, "Stays")
	inner, source, err := w.AddDatabase(a, "Inner")
	w.must(err)
	_, err = w.AddRow(source, "Row", nil)
	w.must(err)
	r := w.rig()
	r.sync(model.TriggerMessage{})
	if got := len(r.bundles()); got != 6 {
		t.Fatalf("%d pages published, want 6", got)
	}
	w.must(w.Trash(kid))
	w.must(w.Trash(inner))
	w.slug(a, "b")
	w.slug(b, "a")
	if v := r.sync(model.TriggerMessage{}); v.Metrics.PagesRemoved != 3 || len(*v.Warnings) != 0 {
		t.Errorf("%d pages removed, warnings %q, want three and none", v.Metrics.PagesRemoved, *v.Warnings)
	}
	r.published(map[string]string{"b": a, "a": b, "a/stays": stays})
	if r.redis.Exists("db:" + inner) {
		t.Error("the entry of the inner database is still there")
	}
}

// A child page that has moved away before its parent goes was listed where it is: no warning, and no request.
func TestRegression_MovedChildOfRemovedPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	kid := w.child(a, "Kid")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.Move(kid, b))
	w.must(w.Trash(a))
	r.notion.Reset()
	if v := r.sync(model.TriggerMessage{}); len(*v.Warnings) != 0 {
		t.Errorf("warnings are %q, want none", *v.Warnings)
	}
	r.published(map[string]string{"b": b, "b/kid": kid})
	if n := r.notion.Counts()["page"]; n != 2 {
		t.Errorf("%d pages were read alone, want two: the child where it is now, and its old parent", n)
	}
}
