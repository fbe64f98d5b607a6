package syncer_test

import (
	"net/http"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer"
)

func TestLimited_Page(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	kid := w.child(a, "Kid")
	r := w.rig()
	r.sync(syncer.First{})
	for _, id := range []string{a, b, kid} {
		w.tick()
		w.must(w.EditBlocks(id, paragraph("new")))
	}
	for _, ref := range []string{"a", "/a/kid/", "https://www.notion.so/B-" + undashed(b) + "?pvs=4"} {
		v := r.sync(syncer.First{Pages: []string{ref}})
		if v.Progress.Synced != 1 || v.Progress.Discovered != 1 {
			t.Errorf("page=%s: progress is %+v, want one page synced", ref, v.Progress)
		}
		if v := r.sync(syncer.First{Pages: []string{ref}}); v.Progress.Skipped != 1 {
			t.Errorf("page=%s again: progress is %+v, want it skipped", ref, v.Progress)
		}
		if v := r.sync(syncer.First{Pages: []string{ref}, Force: true}); v.Progress.Synced != 1 || !v.Force {
			t.Errorf("page=%s by force: progress is %+v, want it synced", ref, v.Progress)
		}
	}
	r.sound()
}

func TestLimited_NotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	outside := w.AddPage("Outside")
	r := w.rig()
	unknown := "11111111-2222-4333-8444-555555555555"
	v := r.sync(syncer.First{Pages: []string{"no-such-slug", unknown, outside}})
	if v.Progress.Synced != 0 || v.Progress.Failed != 0 || v.Progress.Pending != 0 {
		t.Errorf("progress is %+v, want nothing synced and nothing failed", v.Progress)
	}
	for _, name := range []string{"no-such-slug", unknown, outside} {
		warned{v}.about(t, name)
	}
}

func TestLimited_BeforeAnyFullSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a", linkTo("11111111-2222-4333-8444-555555555555"))
	w.child(a, "Kid")
	r := w.rig()
	v := r.sync(syncer.First{Pages: []string{a}})
	if got := slugs(r.bundles()); len(got) != 2 {
		t.Errorf("published are %q, want the page and its child; warnings %q", got, *v.Warnings)
	}
	r.sound()
}

func TestLimited_TrashedPageGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	w.child(a, "Kid")
	r := w.rig()
	r.sync(syncer.First{})
	w.tick()
	w.must(w.Trash(a))
	v := r.sync(syncer.First{Pages: []string{"a"}})
	if v.Metrics.PagesRemoved != 2 || v.Progress.Pending != 0 {
		t.Errorf("metrics are %+v, progress %+v, want two pages removed", v.Metrics, v.Progress)
	}
	r.published(map[string]string{"b": b})
}

// A page that filters exclude by now goes, too; only Notion can tell.
func TestLimited_FilteredOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.AddColumn(w.pages, notionsim.Column{Name: "Public", Type: "checkbox"}))
	a, b := w.page("A", "a"), w.page("B", "b")
	w.must(w.SetProperty(a, "Public", true))
	w.must(w.SetProperty(b, "Public", true))
	r := w.rig(func(o *syncer.Options) {
		for i := range o.Collections {
			if o.Collections[i].Name == "pages" {
				o.Collections[i].Filter = []byte(`{"property":"Public","checkbox":{"equals":true}}`)
			}
		}
	})
	r.sync(syncer.First{})
	r.published(map[string]string{"a": a, "b": b})
	w.tick()
	w.must(w.SetProperty(a, "Public", false))
	r.sync(syncer.First{Pages: []string{"a"}})
	r.published(map[string]string{"b": b})
	w.tick()
	w.must(w.SetProperty(b, "Public", false))
	r.sync(syncer.First{})
	r.published(map[string]string{})
}

func TestFailed_OnlyThose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	r := w.rig()
	if v := r.sync(syncer.First{Failed: true}); v.Progress.Discovered != 0 {
		t.Errorf("progress is %+v, want nothing to do", v.Progress)
	}
	remove := r.notion.Fail(notionsim.Rule{
		Kind: "children", ID: a, Fault: notionsim.Error(http.StatusBadRequest, "validation_error", "No."),
	})
	if v := r.sync(syncer.First{}); v.Metrics.PagesFailed != 1 || v.Progress.Synced != 1 {
		t.Errorf("metrics are %+v, want one page failed and one synced", v.Metrics)
	}
	r.published(map[string]string{"b": b})
	remove()
	if v := r.sync(syncer.First{Failed: true}); v.Progress.Synced != 1 || v.Progress.Discovered != 1 {
		t.Errorf("progress is %+v, want the failed page synced", v.Progress)
	}
	r.published(map[string]string{"a": a, "b": b})
	if v := r.sync(syncer.First{Failed: true}); v.Progress.Discovered != 0 {
		t.Errorf("progress is %+v, want nothing left to do", v.Progress)
	}
}

func undashed(id string) string {
	plain := ""
	for _, r := range id {
		if r != '-' {
			plain += string(r)
		}
	}
	return plain
}
