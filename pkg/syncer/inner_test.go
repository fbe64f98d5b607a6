package syncer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// Rows of all sources of a database inside a page become pages below it, and stand in its list.
func TestInner_TwoSources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	top := w.page("Top", "top")
	db, first, err := w.AddDatabase(top, "Rooms", notionsim.Column{Name: "slug", Type: "rich_text"})
	w.must(err)
	second, err := w.AddDataSource(db, "More", notionsim.Column{Name: "slug", Type: "rich_text"})
	w.must(err)
	want := map[string]string{"top": top}
	for _, row := range []struct{ source, title, slug, at string }{
		{first, "Ünnamed", "", "top/unnamed"}, {first, "Named", "named", "top/named"},
		{second, "Elsewhere", "/elsewhere", "elsewhere"}, {second, "Deep", "a/b", "a/b"},
	} {
		w.tick()
		want[row.at], err = w.AddRow(row.source, row.title, map[string]any{"slug": row.slug}, paragraph(row.title))
		w.must(err)
	}
	r := w.rig()
	v := r.sync(model.TriggerMessage{})
	r.published(want)
	ix := r.index("db:" + db)
	if got := ix.slugs(); ix.Title != "Rooms" || ix.ID != db || !slices.Equal(got, []string{"a/b", "elsewhere", "top/named", "top/unnamed"}) {
		t.Errorf("db:%s is %q with %q, want Rooms with four rows, newest first", db, ix.Title, got)
	}
	if v.Metrics.DatabaseChildrenSynced != 4 || v.Metrics.PagesSynced != 1 {
		t.Errorf("metrics are %+v, want one page and four rows", v.Metrics)
	}
	for slug, b := range r.bundles() {
		if m := b.Meta; slug != "top" && (m.Kind != "databaseRow" || m.Collection != "pages" || *m.ParentSlug != "top") {
			t.Errorf("meta of page:%s is %+v, want a row below top", slug, m)
		}
	}
}

// Linked views and databases that are not shared are tolerated: the page is published, the job says which they are.
func TestInner_OutOfReach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	top := w.page("Top", "top", paragraph("text"))
	view, err := w.AddLinkedView(top, "Linked view")
	w.must(err)
	hidden, source, err := w.AddDatabase(top, "Hidden")
	w.must(err)
	_, err = w.AddRow(source, "Secret", nil)
	w.must(err)
	w.Unshare(hidden)
	r := w.rig()
	for range 2 {
		v := r.sync(model.TriggerMessage{})
		r.published(map[string]string{"top": top})
		warned{v}.about(t, view, `inside page "top"`, "linked view")
		warned{v}.about(t, hidden, `inside page "top"`, "share it")
		if v.Metrics.PagesFailed != 0 || len(*v.Warnings) != 2 {
			t.Errorf("%d pages failed, warnings %q, want none and two", v.Metrics.PagesFailed, *v.Warnings)
		}
		_, planned := r.plan(model.TriggerMessage{})
		common := slices.DeleteFunc(planned, func(text string) bool { return !slices.Contains(*v.Warnings, text) })
		if len(common) != 1 || !strings.Contains(common[0], "Linked view") { // the other has the id of Notion's answer
			t.Errorf("plan and sync have in common the warnings %q, want that of the linked view", common)
		}
	}
	if got, want := r.bundles()["top"].Markdown, "text\n\nLinked view\n\nHidden\n"; got != want {
		t.Errorf("the page is %q, want %q", got, want)
	}
}

// A page that moved below another which turns out to be a draft in the same sync goes with it, though it was found first.
func TestInner_BelowWhatGoesInTheSameJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	_, source, err := w.AddDatabase(a, "Rows", notionsim.Column{Name: "slug", Type: "rich_text"})
	w.must(err)
	row, err := w.AddRow(source, "IR", nil)
	w.must(err)
	other, err := w.AddRow(source, "IR2", nil)
	w.must(err)
	kid := w.child(a, "Kid")
	for i := range 5 {
		w.page(fmt.Sprint("P", i), fmt.Sprint("p", i))
	}
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.Move(kid, w.pages))
	w.must(w.Move(row, kid))
	r.sync(model.TriggerMessage{Force: true})
	bundles := r.bundles()
	for slug, b := range bundles {
		if id := b.Meta.NotionID; id == kid || id == row {
			t.Errorf("%s is published, which stands under a draft or is one", slug)
		}
	}
	if len(bundles) != 7 || bundles["a/ir2"].Meta.NotionID != other {
		t.Errorf("%d pages are published, want seven", len(bundles))
	}
	r.sound()
}
