package syncer_test

import (
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer"
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
			v := r.sync(syncer.First{})
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
	v := r.sync(syncer.First{})
	if v.Metrics.PagesFailed != 0 || !strings.Contains(r.bundles()["copy"].Markdown, "before") {
		t.Errorf("%d pages failed: %v, want the page published with the copy empty", v.Metrics.PagesFailed, *v.Errors)
	}
	warned{v}.about(t, original)
}
