package syncer_test

import (
	"net/http"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/plan"
)

func TestLimited_Page(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	kid := w.child(a, "Kid")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	for _, id := range []string{a, b, kid} {
		w.tick()
		w.must(w.EditBlocks(id, paragraph("new")))
	}
	for _, ref := range []string{"a", "/a/kid/", "https://www.notion.so/B-" + undashed(b) + "?pvs=4"} {
		v := r.sync(model.TriggerMessage{Pages: []string{ref}})
		if v.Progress.Synced != 1 || v.Progress.Discovered != 1 {
			t.Errorf("page=%s: progress is %+v, want one page synced", ref, v.Progress)
		}
		if v := r.sync(model.TriggerMessage{Pages: []string{ref}}); v.Progress.Skipped != 1 {
			t.Errorf("page=%s again: progress is %+v, want it skipped", ref, v.Progress)
		}
		if v := r.sync(model.TriggerMessage{Pages: []string{ref}, Force: true}); v.Progress.Synced != 1 || !v.Force {
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
	v := r.sync(model.TriggerMessage{Pages: []string{"no-such-slug", unknown, outside}})
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
	v := r.sync(model.TriggerMessage{Pages: []string{a}})
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
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.Trash(a))
	v := r.sync(model.TriggerMessage{Pages: []string{"a"}})
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
	r := w.rig(func(o *model.Options) {
		for i := range o.Collections {
			if o.Collections[i].Name == "pages" {
				o.Collections[i].Filter = []byte(`{"property":"Public","checkbox":{"equals":true}}`)
			}
		}
	})
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"a": a, "b": b})
	w.tick()
	w.must(w.SetProperty(a, "Public", false))
	r.sync(model.TriggerMessage{Pages: []string{"a"}})
	r.published(map[string]string{"b": b})
	w.tick()
	w.must(w.SetProperty(b, "Public", false))
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{})
}

func TestFailed_OnlyThose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	r := w.rig()
	if v := r.sync(model.TriggerMessage{Failed: true}); v.Progress.Discovered != 0 {
		t.Errorf("progress is %+v, want nothing to do", v.Progress)
	}
	remove := r.notion.Fail(notionsim.Rule{
		Kind: "children", ID: a, Fault: notionsim.Error(http.StatusBadRequest, "validation_error", "No."),
	})
	if v := r.sync(model.TriggerMessage{}); v.Metrics.PagesFailed != 1 || v.Progress.Synced != 1 {
		t.Errorf("metrics are %+v, want one page failed and one synced", v.Metrics)
	}
	r.published(map[string]string{"b": b})
	remove()
	if v := r.sync(model.TriggerMessage{Failed: true}); v.Progress.Synced != 1 || v.Progress.Discovered != 1 {
		t.Errorf("progress is %+v, want the failed page synced", v.Progress)
	}
	r.published(map[string]string{"a": a, "b": b})
	if v := r.sync(model.TriggerMessage{Failed: true}); v.Progress.Discovered != 0 {
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

// The id of a database is easily pasted. It is no page that failed, and what it is of is said.
func TestLimited_Database(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	w.post("Post")
	inner, source, err := w.AddDatabase(a, "Inner")
	w.must(err)
	foreign, _, err := w.AddDatabase("", "Foreign")
	w.must(err)
	r := w.rig()
	r.sync(model.TriggerMessage{})
	for _, test := range []struct {
		name, ref string
		want      []string
	}{
		{"a collection's", w.postDB, []string{w.postDB, "collection posts", "leave page out"}},
		{"by URL", "https://www.notion.so/" + undashed(w.postDB) + "?v=2b7b01f067a840f8acd488dd2805f216", []string{"collection posts"}},
		{"a collection's data source", w.posts, []string{w.posts, "collection posts"}},
		{"inside a page", inner, []string{inner, "inside page", `"a"`}},
		{"the data source of one inside a page", source, []string{source, "inside page", `"a"`}},
		{"of no collection", foreign, []string{foreign, `database "Foreign"`, "no collection"}},
	} {
		for _, first := range []model.TriggerMessage{{Pages: []string{test.ref}}, {Pages: []string{test.ref}, Force: true}} {
			v := r.sync(first)
			if p := v.Progress; p.Failed != 0 || p.Synced != 0 || p.Pending != 0 || v.Metrics.PagesFailed != 0 || len(*v.Errors) != 0 {
				t.Errorf("%s: progress is %+v, errors %+v, want nothing failed", test.name, p, *v.Errors)
			}
			warned{v}.about(t, test.want...)
		}
		_, warnings, err := plan.Make(t.Context(), r.Syncer, model.TriggerMessage{Pages: []string{test.ref}})
		w.must(err)
		for _, want := range test.want {
			if all := strings.Join(warnings, "\n"); !strings.Contains(all, want) {
				t.Errorf("%s: the plan warns of %q, want %q named", test.name, warnings, want)
			}
		}
	}
	if failed, err := r.store.FailedPages(t.Context()); len(failed) != 0 || err != nil {
		t.Errorf("pages to be tried again are %q, error %v; want none", failed, err)
	}
}

// What got among the failed pages, and is none, is tried once more and not again.
func TestFailed_NoPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	unknown := "11111111-2222-4333-8444-555555555555"
	must(r.redis.SAdd("sync:failed", w.postDB, unknown, a))
	v := r.sync(model.TriggerMessage{Failed: true})
	warned{v}.about(t, "collection posts")
	warned{v}.about(t, unknown)
	if v.Metrics.PagesFailed != 0 || v.Progress.Synced != 1 {
		t.Errorf("metrics are %+v, want the one page written and none failed", v.Metrics)
	}
	if v := r.sync(model.TriggerMessage{Failed: true}); v.Progress.Discovered != 0 || len(*v.Warnings) != 0 {
		t.Errorf("once more: %+v, warnings %q; want nothing left", v.Progress, *v.Warnings)
	}
}

// A page that was asked for by name, and that nobody knows, is not kept among those that failed: it may be none.
func TestLimited_UnknownPageFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	unknown := "11111111-2222-4333-8444-555555555555"
	r.notion.Fail(notionsim.Rule{ID: unknown, Fault: notionsim.Error(http.StatusInternalServerError, "internal_server_error", "No.")})
	v := r.sync(model.TriggerMessage{Pages: []string{unknown}})
	if v.Metrics.PagesFailed != 1 || len(*v.Errors) != 1 {
		t.Errorf("metrics are %+v, errors %+v, want one page failed", v.Metrics, *v.Errors)
	}
	if failed, err := r.store.FailedPages(t.Context()); len(failed) != 0 || err != nil {
		t.Errorf("pages to be tried again are %q, error %v; want none", failed, err)
	}
}

// Pages that change places while a job reads one of them look as if each stood below the other. The job ends, and puts
// each where it is.
func TestLimited_MovedIntoACircle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.page("R", "r")
	a := w.child(root, "A")
	b := w.child(a, "B")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"r": root, "r/a": a, "r/a/b": b})
	w.tick()
	r.notion.Fail(notionsim.Rule{Kind: "children", ID: b, Times: 1, Fault: notionsim.Meanwhile(func() {
		w.must(w.Move(b, root))
		w.must(w.Move(a, b))
	})})
	v := r.sync(model.TriggerMessage{Pages: []string{b}, Force: true})
	if v.State != "done" {
		t.Fatalf("the job is %+v", v)
	}
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"r": root, "r/b": b, "r/b/a": a})
	r.sound()
}

// A name that no JSON can carry stands on the list in another form than its document has; it is worked off all the same.
func TestLimited_NameThatIsNoText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	r := w.rig()
	job, done, err := r.Direct(t.Context(), model.TriggerMessage{Pages: []string{"\xff"}})
	if err != nil || !done {
		t.Errorf("the job is %+v, done: %t, %v; want it done with a warning", job, done, err)
	}
}
