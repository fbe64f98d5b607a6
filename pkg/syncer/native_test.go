package syncer_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"notionsync/pkg/page"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

func native(o *model.Options) { o.Content = page.ContentMarkdown }

// asked are the requests made since the log was last forgotten, by kind, and forgets it.
func (r *rig) asked() map[string]int {
	n := r.notion.Counts()
	r.notion.Reset()
	delete(n, "")
	return n
}

// asks fails the test unless a sync makes exactly these requests.
func (r *rig) asks(want map[string]int, first model.TriggerMessage) *syncer.View {
	r.t.Helper()
	r.notion.Reset()
	v := r.sync(first)
	if got := r.asked(); !maps.Equal(got, want) {
		r.t.Errorf("requests are %v, want %v", got, want)
	}
	return v
}

// withoutContent is a site's meta, where what is not in Notion's Markdown does not count.
func withoutContent(bundles map[string]page.Bundle) map[string]page.Meta {
	metas := map[string]page.Meta{}
	for slug, b := range bundles {
		metas[slug] = b.Meta
	}
	return metas
}

// Read as Markdown, a site is the same but for its content, and costs one request a page beside the listing and the
// page objects of child pages, which no listing brings.
func TestNative_Site(t *testing.T) {
	t.Parallel()
	blocks := newRig(t, generated(3))
	blocks.sync(model.TriggerMessage{})
	r := newRig(t, generated(3), native)
	v := r.sync(model.TriggerMessage{})
	r.sound()
	if got, want := withoutContent(r.bundles()), withoutContent(blocks.bundles()); !reflect.DeepEqual(got, want) {
		for slug := range want {
			if !reflect.DeepEqual(got[slug], want[slug]) {
				t.Errorf("page:%s has meta\n%+v, want\n%+v", slug, got[slug], want[slug])
			}
		}
	}
	n := r.asked()
	if n["children"] != 0 || n["block"] != 0 || n["markdown"] != len(r.bundles()) || n["page"] != int(v.Metrics.ChildPagesSynced) {
		t.Errorf("requests are %v for %d pages, %d of them child pages", n, len(r.bundles()), v.Metrics.ChildPagesSynced)
	}
	for slug, b := range r.bundles() {
		if b.Content != page.ContentMarkdown || string(b.Blocks) != "[]" || b.Markdown == "" {
			t.Errorf("page:%s has content %q, blocks %.40s and Markdown %.40q, want Markdown alone", slug, b.Content, b.Blocks, b.Markdown)
		}
	}
	r.notion.Reset()
	if v := r.sync(model.TriggerMessage{}); v.Progress.Synced != 0 {
		t.Errorf("progress of a second sync is %+v, want nothing written", v.Progress)
	}
	if n := r.asked(); n["markdown"] != 0 || n["page"]+n["children"] > int(v.Metrics.ChildPagesSynced) {
		t.Errorf("a second sync made requests %v, want no more than one for each of %d child pages", n, v.Metrics.ChildPagesSynced)
	}
}

// Child pages that stand in one list are looked after with one request, a single one with one of its own; whatever
// changes is found.
func TestNative_Kids(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	toggle := "aaaaaaaa-0000-4000-8000-000000000002"
	shelf := w.page("Shelf", "shelf", notionsim.Block{ID: toggle, Type: "toggle",
		Payload: map[string]any{"rich_text": []any{}}, Children: []notionsim.Block{paragraph("x")}})
	desk := w.page("Desk", "desk")
	var kids []string
	for i := range 7 {
		kids = append(kids, w.child(shelf, fmt.Sprint("Book ", i)))
	}
	inToggle := w.child(toggle, "Hidden")
	w.child(toggle, "Hidden too")
	single := w.child(desk, "Pen")
	below := w.child(single, "Ink")
	r := w.rig(native)
	r.asks(map[string]int{"database": 2, "query": 2, "markdown": 13, "page": 11}, model.TriggerMessage{})
	r.sound()

	quiet := map[string]int{"database": 2, "query": 2, "children": 2, "page": 3} // one of them probes stamps
	r.asks(quiet, model.TriggerMessage{})
	for _, id := range []string{kids[3], inToggle, single, below} {
		w.tick()
		w.must(w.EditBlocks(id, paragraph("new")))
		want := maps.Clone(quiet)
		want["markdown"] = 1
		if id == kids[3] || id == inToggle {
			want["page"]++ // its object: the list shows its stamp only
		}
		if v := r.asks(want, model.TriggerMessage{}); v.Progress.Synced != 1 {
			t.Errorf("page %s was edited, progress is %+v", id, v.Progress)
		}
	}

	// An edit of the page above costs its Markdown; the child pages are looked after as before.
	w.tick()
	w.must(w.Touch(shelf))
	want := maps.Clone(quiet)
	want["markdown"] = 1
	r.asks(want, model.TriggerMessage{})

	w.tick()
	w.WithoutStamps(func() {
		w.must(w.Trash(kids[0]))
		w.must(w.Trash(single))
	})
	v := r.sync(model.TriggerMessage{})
	if v.Metrics.PagesRemoved != 3 {
		t.Errorf("%d pages were removed, want the two that were trashed and the one below", v.Metrics.PagesRemoved)
	}
	r.sound()
}

// Child pages that move within their page are found again, though nothing tells that they moved.
func TestNative_KidMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	toggle := "aaaaaaaa-0000-4000-8000-000000000003"
	shelf := w.page("Shelf", "shelf", notionsim.Block{ID: toggle, Type: "toggle",
		Payload: map[string]any{"rich_text": []any{}}, Children: []notionsim.Block{paragraph("x")}})
	moves := w.child(shelf, "Book")
	also := w.child(shelf, "Second")
	w.child(shelf, "Third")
	w.child(shelf, "Fourth")
	r := w.rig(native)
	r.sync(model.TriggerMessage{})
	w.tick()
	w.WithoutStamps(func() {
		w.must(w.Move(moves, toggle))
		w.must(w.Move(also, toggle))
	})
	w.tick()
	w.must(w.EditBlocks(moves, paragraph("new")))
	for range 2 {
		r.sync(model.TriggerMessage{})
	}
	if got := r.bundles()["shelf/book"].Markdown; got != "new" {
		t.Errorf("the page that moved has Markdown %q, want its new one", got)
	}
	r.sound()
	r.asks(map[string]int{"database": 2, "query": 2, "children": 2, "page": 1}, model.TriggerMessage{})
}

func TestNative_InnerDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	db, source, err := w.AddDatabase(a, "Table")
	w.must(err)
	w.tick()
	_, err = w.AddRow(source, "Row", nil, paragraph("in a row"))
	w.must(err)
	r := w.rig(native)
	r.sync(model.TriggerMessage{})
	if got := r.index("db:" + db).slugs(); len(got) != 1 || got[0] != "a/row" {
		t.Errorf("db:%s lists %q, want a/row", db, got)
	}
	if got := r.bundles()["a/row"]; got.Markdown != "in a row" || got.Meta.Kind != page.KindRow {
		t.Errorf("page:a/row is %+v", got)
	}
	r.sound()
}

// A tag for a page that stands elsewhere does not move it.
func TestNative_TagOfAnotherPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a", paragraph("text"))
	b := w.page("B", "b")
	kid := w.child(a, "Kid")
	outside := w.AddPage("Outside")
	r := w.rig(native)
	r.sync(model.TriggerMessage{})
	want := r.bundles()["a"]
	tag := func(id string) string {
		return `<page url=\"https://www.notion.so/` + undashed(id) + `\">Tagged</page>`
	}
	r.notion.Fail(notionsim.Rule{Kind: notionsim.KindMarkdown, ID: b, Fault: notionsim.Body(200, "application/json",
		`{"object":"page_markdown","id":"`+b+`","markdown":"`+tag(a)+`\n`+tag(kid)+`\n`+tag(outside)+`","truncated":false,"unknown_block_ids":[]}`)})
	r.sync(model.TriggerMessage{Force: true})
	r.published(map[string]string{"a": a, "b": b, "a/kid": kid})
	if got := r.bundles()["a"]; !reflect.DeepEqual(got.Meta, want.Meta) || len(r.bundles()["b"].Meta.ChildPages) > 0 {
		t.Errorf("meta of a is %+v, want %+v; b has children %v", got.Meta, want.Meta, r.bundles()["b"].Meta.ChildPages)
	}
	r.sound()
}

// Links follow the pages they lead to; the Markdown stays as Notion wrote it.
func TestNative_Links(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := w.page("To", "to")
	w.page("From", "from", linkTo(to))
	r := w.rig(native)
	r.sync(model.TriggerMessage{})
	before := r.bundles()["from"]
	w.slug(to, "there")
	r.sync(model.TriggerMessage{})
	after := r.bundles()["from"]
	if before.Meta.Links[to] != "to" || after.Meta.Links[to] != "there" || after.Markdown != before.Markdown || after.Markdown == "" {
		t.Errorf("links were %v and are %v; Markdown was %q and is %q", before.Meta.Links, after.Meta.Links, before.Markdown, after.Markdown)
	}
}

// The mode is part of what was synced: another one has every page read again.
func TestNative_Switch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a", paragraph("text"))
	w.child(a, "Kid", paragraph("below"))
	r := w.rig()
	r.sync(model.TriggerMessage{})
	whole := r.site()
	r.opts.Content = page.ContentMarkdown
	r.renew()
	r.asks(map[string]int{"database": 2, "query": 2, "markdown": 2, "page": 1}, model.TriggerMessage{})
	for slug, b := range r.bundles() {
		if b.Content != page.ContentMarkdown {
			t.Errorf("page:%s still has content %q", slug, b.Content)
		}
	}
	r.asks(map[string]int{"database": 2, "query": 2, "page": 1}, model.TriggerMessage{})
	r.opts.Content = page.ContentBlocks
	r.renew()
	r.sync(model.TriggerMessage{})
	sameSite(t, r.site(), whole)
	r.asks(map[string]int{"database": 2, "query": 2, "children": 1, "page": 1}, model.TriggerMessage{})
}

// manyBlocks is a page of n list items in a row, each with one below it.
func manyBlocks(w *world, n int) string {
	var blocks []notionsim.Block
	for i := range n {
		blocks = append(blocks, notionsim.Bullet(notionsim.Text(fmt.Sprint("item ", i)), notionsim.Bullet(notionsim.Text(fmt.Sprint("below ", i)))))
	}
	return w.page("Long", "long", blocks...)
}

// A plan looks after child pages as a sync does that reads Markdown.
func TestNative_Plan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	toggle := "aaaaaaaa-0000-4000-8000-000000000004"
	shelf := w.page("Shelf", "shelf", notionsim.Block{ID: toggle, Type: "toggle",
		Payload: map[string]any{"rich_text": []any{}}, Children: []notionsim.Block{paragraph("x")}})
	first, second := w.child(shelf, "Book"), w.child(shelf, "Second")
	w.child(toggle, "Hidden")
	pen := w.child(w.page("Desk", "desk"), "Pen")
	r := w.rig(native)
	r.sync(model.TriggerMessage{})
	r.foretold("nothing has changed", model.TriggerMessage{}, 0)

	w.tick()
	for _, id := range []string{second, pen} {
		w.must(w.EditBlocks(id, paragraph("new")))
	}
	plan, _ := r.plan(model.TriggerMessage{})
	if got := slugsOf(plan.Update); !slices.Equal(got, []string{"desk/pen", "shelf/second"}) || len(plan.Remove) > 0 {
		t.Errorf("after edits of two child pages the plan says update %q, remove %v", got, plan.Remove)
	}
	r.sync(model.TriggerMessage{})

	w.tick()
	w.WithoutStamps(func() { w.must(w.Trash(first)); w.must(w.Trash(pen)) })
	plan, _ = r.plan(model.TriggerMessage{})
	if got := slugsOf(plan.Remove); !slices.Equal(got, []string{"desk/pen", "shelf/book"}) {
		t.Errorf("after two child pages went into the trash the plan says remove %q", got)
	}
}
