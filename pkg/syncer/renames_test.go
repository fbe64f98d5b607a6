package syncer_test

import (
	"strings"
	"testing"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// A renamed child page shows its new title in its parent's blocks and Markdown, without a request for the parent.
func TestRename_ChildPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	top := w.page("Top", "top", paragraph("<before>"))
	mid := w.child(top, "Middle & more")
	w.child(mid, "Low")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	before := r.bundles()["top"]
	w.title(mid, "Centre <1>")
	r.notion.Reset()
	r.sync(model.TriggerMessage{})
	r.sound()
	after := r.bundles()["top"]
	if want := strings.ReplaceAll(string(before.Blocks), "Middle & more", "Centre <1>"); string(after.Blocks) != want {
		t.Errorf("blocks are %s\nwant nothing but the title changed: %s", after.Blocks, want)
	}
	if want := "[Centre &lt;1>](/top/centre-1)"; !strings.Contains(after.Markdown, want) || strings.Contains(after.Markdown, "Middle") {
		t.Errorf("markdown is %q, want %q in it", after.Markdown, want)
	}
	for _, req := range r.notion.Requests() {
		if strings.Contains(req.Path, "pages/"+top) {
			t.Errorf("%s %s: the parent is not read again", req.Method, req.Path)
		}
	}
}

// A renamed inner database shows its new title in its page, although that was not edited.
func TestRename_InnerDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	top := w.page("Top", "top")
	db, source, err := w.AddDatabase(top, "Rooms")
	w.must(err)
	_, err = w.AddRow(source, "One", nil)
	w.must(err)
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.tick()
	w.WithoutStamps(func() { w.must(w.SetTitle(db, "Chambers")) })
	r.sync(model.TriggerMessage{})
	r.sound()
	if b := r.bundles()["top"]; !strings.Contains(b.Markdown, "Chambers") || strings.Contains(string(b.Blocks), "Rooms") {
		t.Errorf("the page shows %q, blocks %s, want the new title", b.Markdown, b.Blocks)
	}
	if title := r.index("db:" + db).Title; title != "Chambers" {
		t.Errorf("db:%s has the title %q, want the new one", db, title)
	}
	r.notion.Reset()
	if v := r.sync(model.TriggerMessage{}); v.Progress.Synced != 0 {
		t.Errorf("a sync more has read %d pages, want none", v.Progress.Synced)
	}
}

// What stands below a page that moves to another collection descends from that one then.
func TestMove_ToAnotherCollection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	target := w.page("Target", "target")
	post := w.post("Post")
	mid := w.child(post, "Middle")
	w.child(mid, "Low")
	_, source, err := w.AddDatabase(mid, "Table")
	w.must(err)
	_, err = w.AddRow(source, "Row", nil)
	w.must(err)
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.Move(post, target))
	r.sync(model.TriggerMessage{})
	r.sound()
	want := map[string]string{
		"target": page.KindPage, "target/post": page.KindChild, "target/post/middle": page.KindChild,
		"target/post/middle/low": page.KindChild, "target/post/middle/row": page.KindRow,
	}
	for slug, kind := range want {
		if m := r.bundles()[slug].Meta; m.Collection != "pages" || m.Kind != kind {
			t.Errorf("page:%s is a %s of collection %q, want a %s of pages", slug, m.Kind, m.Collection, kind)
		}
	}
	if got := len(r.index("posts:index").Items); got != 0 || len(r.bundles()) != len(want) {
		t.Errorf("posts:index has %d pages, %d are published, want 0 and %d", got, len(r.bundles()), len(want))
	}
}
