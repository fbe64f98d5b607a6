package syncer_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// A synced copy carries what its own id lists or, where that is empty, the original's children.
func TestSynced_Copies(t *testing.T) {
	t.Parallel()
	const original = "aaaaaaaa-0000-4000-8000-000000000001"
	for name, empty := range map[string]bool{"listed under the copy": false, "listed under the original only": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.page("Original", "original", notionsim.Synced(original,
				notionsim.Paragraph(notionsim.Text("shared text")), notionsim.SyncedCopy(original)))
			w.page("Copy", "copy", notionsim.SyncedCopy(original))
			w.child(original, "Child of the original")
			r := w.rig()
			r.useServer(w.Server(notionsim.ServerOptions{Limit: -1, CopiesEmpty: empty}))
			v := r.sync(model.TriggerMessage{})
			if len(*v.Warnings) != 0 || v.Metrics.PagesFailed != 0 {
				t.Errorf("warnings %q, errors %v, want none", *v.Warnings, *v.Errors)
			}
			b := r.bundles()["copy"]
			if !strings.Contains(b.Markdown, "shared text") {
				t.Errorf("the copy's page is %q, want the original's text in it", b.Markdown)
			}
			if len(b.Meta.ChildPages) != 0 {
				t.Errorf("the copy's page has child pages %v; they belong to the original's", b.Meta.ChildPages)
			}
			if kids := r.bundles()["original"].Meta.ChildPages; len(kids) != 1 || kids[0].Slug != "original/child-of-the-original" {
				t.Errorf("the original's page has child pages %v, want one", kids)
			}
			r.sound()
		})
	}
}

func TestSynced_OriginalNotShared(t *testing.T) {
	t.Parallel()
	const original = "aaaaaaaa-0000-4000-8000-000000000001"
	w := newWorld(t)
	outside := w.AddPage("Outside", notionsim.Synced(original, notionsim.Paragraph(notionsim.Text("secret"))))
	w.Unshare(outside)
	w.page("Copy", "copy", notionsim.Paragraph(notionsim.Text("before")), notionsim.SyncedCopy(original))
	r := w.rig()
	v := r.sync(model.TriggerMessage{})
	if v.Metrics.PagesFailed != 0 || !strings.Contains(r.bundles()["copy"].Markdown, "before") {
		t.Errorf("%d pages failed: %v, want the page published with the copy empty", v.Metrics.PagesFailed, *v.Errors)
	}
	warned{v}.about(t, original)
}

// A child page inside a synced block belongs to the original's page, also where a copy stands on the same page.
func TestSynced_ChildPageBesideACopy(t *testing.T) {
	t.Parallel()
	const original, toggle = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000001"
	for name, empty := range map[string]bool{"listed under the copy": false, "listed under the original only": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			inside := notionsim.Toggle(notionsim.Text("inside"), paragraph("x"))
			inside.ID = toggle
			w.page("Page", "page", notionsim.Synced(original, inside), notionsim.SyncedCopy(original))
			w.child(original, "In the block")
			w.child(toggle, "In the toggle")
			r := w.rig()
			r.useServer(w.Server(notionsim.ServerOptions{Limit: -1, CopiesEmpty: empty}))
			for range 5 { // the lists are read at the same time
				r.sync(model.TriggerMessage{Force: true})
				var got []string
				for _, kid := range r.bundles()["page"].Meta.ChildPages {
					got = append(got, kid.Slug)
				}
				if want := []string{"page/in-the-toggle", "page/in-the-block"}; !slices.Equal(got, want) {
					t.Fatalf("child pages are %q, want %q", got, want)
				}
				r.sound()
			}
		})
	}
}

// Originals may hold copies of each other: each is shown once on the way down.
func TestSynced_Circle(t *testing.T) {
	t.Parallel()
	const a, b = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000001"
	for name, empty := range map[string]bool{"listed under the copies": false, "listed under the originals only": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.page("A", "a", notionsim.Synced(a, paragraph("in a"), notionsim.SyncedCopy(b)))
			w.page("B", "b", notionsim.Synced(b, paragraph("in b"), notionsim.SyncedCopy(a)))
			w.page("Copies", "copies", notionsim.SyncedCopy(a), notionsim.SyncedCopy(a))
			r := w.rig()
			r.useServer(w.Server(notionsim.ServerOptions{Limit: -1, CopiesEmpty: empty}))
			if v := r.sync(model.TriggerMessage{}); len(*v.Warnings) != 0 || v.Metrics.PagesFailed != 0 {
				t.Errorf("warnings %q, errors %v, want none", *v.Warnings, *v.Errors)
			}
			for slug, want := range map[string]string{
				"a": "in a\n\nin b\n", "b": "in b\n\nin a\n", "copies": "in a\n\nin b\n\nin a\n\nin b\n",
			} {
				if got := r.bundles()[slug].Markdown; got != want {
					t.Errorf("page:%s is %q, want %q", slug, got, want)
				}
			}
		})
	}
}

// childless is a Notion whose synced copies say that they have no children.
type childless struct{ model.Source }

func (c childless) Children(ctx context.Context, id, cursor string) (model.Children, error) {
	res, err := c.Source.Children(ctx, id, cursor)
	for i, b := range res.Blocks {
		if b.SyncedFrom != "" {
			res.Blocks[i].Raw = bytes.Replace(b.Raw, []byte(`"has_children":true`), []byte(`"has_children":false`), 1)
		}
	}
	return res, err
}

// A copy that says it has no children shows the original's all the same.
func TestSynced_CopyWithoutChildren(t *testing.T) {
	t.Parallel()
	const original = "aaaaaaaa-0000-4000-8000-000000000001"
	w := newWorld(t)
	w.page("Original", "original", notionsim.Synced(original, paragraph("shared text")))
	w.page("Copy", "copy", notionsim.SyncedCopy(original))
	r := w.rig()
	r.opts.Source = childless{r.opts.Source}
	r.renew()
	if v := r.sync(model.TriggerMessage{}); len(*v.Warnings) != 0 {
		t.Errorf("warnings %q, want none", *v.Warnings)
	}
	if got := r.bundles()["copy"]; got.Markdown != "shared text\n" || !strings.Contains(string(got.Blocks), `"has_children":false,"in_trash":false,"type":"synced_block"`) {
		t.Errorf("the copy's page is %q, blocks %s, want the original's text in it", got.Markdown, got.Blocks)
	}
}

// Where an original is edited, pages with copies of it follow although their stamps have not moved; where something else
// of its page is, they are not read.
func TestSynced_CopiesFollow(t *testing.T) {
	t.Parallel()
	const original = "aaaaaaaa-0000-4000-8000-000000000001"
	w := newWorld(t)
	holder := w.page("Original", "original", notionsim.Synced(original, paragraph("first")), paragraph("other"))
	w.page("Copy", "copy", notionsim.SyncedCopy(original))
	post := w.post("Post")
	w.child(post, "Nested", notionsim.Toggle(notionsim.Text("t"), notionsim.SyncedCopy(original)))
	r := w.rig()
	requests := func() int {
		r.notion.Reset()
		r.sync(model.TriggerMessage{})
		r.sound()
		return r.notion.Counts()["page"]
	}
	if n := requests(); n != 1 { // the child page
		t.Errorf("the first sync has read %d pages one by one, want 1: nothing is read twice", n)
	}
	w.tick()
	_, err := w.AppendBlock(original, paragraph("second"))
	w.must(err)
	requests()
	for slug, want := range map[string]string{
		"original": "first\n\nsecond\n\nother\n", "copy": "first\n\nsecond\n",
		"post/nested": "<details>\n<summary>t</summary>\n\nfirst\n\nsecond\n\n</details>\n",
	} {
		if got := r.bundles()[slug].Markdown; got != want {
			t.Errorf("after an edit of the original page:%s is %q, want %q", slug, got, want)
		}
	}
	w.tick()
	_, err = w.AppendBlock(holder, paragraph("more"))
	w.must(err)
	if n := requests(); n != 1 {
		t.Errorf("after an edit beside the original %d pages were read one by one, want the one that probes stamps", n)
	}
	w.tick()
	w.must(w.EditBlocks(holder, paragraph("nothing shared")))
	requests()
	if got := r.bundles()["copy"].Markdown; got != "" {
		t.Errorf("the original is gone, the copy still shows %q", got)
	}
	if n := requests(); n != 1 {
		t.Errorf("after nothing %d pages were read one by one, want the one that probes stamps", n)
	}
}

// A copy whose original was not shared follows when it is.
func TestSynced_OriginalShared(t *testing.T) {
	t.Parallel()
	const original = "aaaaaaaa-0000-4000-8000-000000000001"
	w := newWorld(t)
	holder := w.page("Original", "original", notionsim.Synced(original, paragraph("shared text")))
	w.Unshare(holder)
	w.page("Copy", "copy", notionsim.SyncedCopy(original))
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.tick()
	w.Share(holder)
	r.sync(model.TriggerMessage{})
	if got := r.bundles()["copy"].Markdown; got != "shared text\n" {
		t.Errorf("the copy's page is %q, want the text of the original, which is shared now", got)
	}
}

// A copy never stays older than its original, also where both pages are read at the same time: the page with the copy has
// read it, then the original is edited, and the original's page is written before the other is.
func TestSynced_EditedWhileThePageWithTheCopyIsRead(t *testing.T) {
	t.Parallel()
	const original, copied, gate = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002",
		"aaaaaaaa-0000-4000-8000-000000000003"
	for name, known := range map[string]bool{"a page known to have the copy": true, "a page that is new": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			holder := w.page("Original", "original", notionsim.Synced(original, paragraph("first")))
			here := notionsim.SyncedCopy(original)
			here.ID = copied
			addCopy := func() { w.page("Copy", "copy", here, toggle(gate, "gate", paragraph("x"))) }
			if known {
				addCopy()
			}
			r := w.rig()
			r.sync(model.TriggerMessage{})
			w.tick()
			if !known {
				addCopy()
			}
			w.must(w.Touch(holder))
			edited := make(chan struct{})
			r.notion.Reset()
			r.notion.Fail(notionsim.Rule{Kind: "children", ID: holder, Times: 1, Fault: notionsim.Meanwhile(func() { <-edited })})
			r.notion.Fail(notionsim.Rule{Kind: "children", ID: gate, Times: 1, Fault: notionsim.Meanwhile(func() {
				until(t, "the copy is read", func() bool { return r.requestsFor(copied) > 0 })
				_, err := w.AppendBlock(original, paragraph("second"))
				if close(edited); err != nil {
					t.Error(err)
				}
				until(t, "the original's page is written", func() bool {
					raw, err := r.redis.Get("page:original")
					return err == nil && strings.Contains(raw, "second")
				})
			})})
			r.sync(model.TriggerMessage{Force: true})
			if got := r.bundles()["copy"].Markdown; !strings.Contains(got, "second") {
				t.Errorf("the page with the copy is %q, want what the original holds now", got)
			}
			r.sound()
		})
	}
}

// until waits for something that another goroutine does.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 1000 {
		if done() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("waited for nothing: %s", what)
}
