package syncer_test

import (
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/syncer"
)

// published asserts which slugs are published and by whom.
func (r *rig) published(want map[string]string) {
	r.t.Helper()
	got := r.bundles()
	for slug, id := range want {
		if b, ok := got[slug]; !ok {
			r.t.Errorf("page:%s is not there", slug)
		} else if b.Meta.NotionID != id {
			r.t.Errorf("page:%s is %s (%q), want %s", slug, b.Meta.NotionID, b.Meta.Title, id)
		}
	}
	for _, slug := range slugs(got) {
		if _, ok := want[slug]; !ok {
			r.t.Errorf("page:%s should not be there", slug)
		}
	}
	r.sound()
}

func (v warned) about(t *testing.T, parts ...string) {
	t.Helper()
	for _, w := range *v.Warnings {
		if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(w, p) }) {
			return
		}
	}
	t.Errorf("no warning names %q: %q", parts, *v.Warnings)
}

type warned struct{ *syncer.View }

func TestSlugs_NewPagesWithOneSlug(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	child := w.page("Parent", "docs")
	below := w.child(child, "Intro")
	first := w.page("First", "docs/intro") // a collection page goes before a child page, though that is older
	second := w.page("Second", "docs/intro")
	r := w.rig()
	v := r.sync(syncer.First{})
	r.published(map[string]string{"docs": child, "docs/intro": first})
	warned{v}.about(t, first, second, "docs/intro")
	warned{v}.about(t, first, below, "docs/intro")
	if got := r.index("pages:index").slugs(); len(got) != 2 {
		t.Errorf("pages:index shows %q, want two pages", got)
	}
	if kids := r.bundles()["docs"].Meta.ChildPages; len(kids) != 0 {
		t.Errorf("childPages of docs are %v, want none: the child is not published", kids)
	}

	w.slug(first, "intro") // now the slug is free for the older of the others
	r.sync(syncer.First{})
	r.published(map[string]string{"docs": child, "intro": first, "docs/intro": second})
}

func TestSlugs_HolderKeepsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.page("Late", "late")
	r := w.rig()
	holder := w.page("Holder", "a")
	r.sync(syncer.First{})
	w.slug(late, "a") // older, but the other has it
	v := r.sync(syncer.First{})
	r.published(map[string]string{"late": late, "a": holder})
	warned{v}.about(t, late, holder)
}

func TestSlugs_FreedInTheSameJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.page("Old", "a")
	r := w.rig()
	r.sync(syncer.First{})
	w.must(w.Trash(old))
	next := w.page("Next", "a")
	r.sync(syncer.First{})
	r.published(map[string]string{"a": next})
}

func TestSlugs_MovedAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.page("A", "a"), w.page("B", "b"), w.page("C", "c")
	r := w.rig()
	r.sync(syncer.First{})
	w.slug(a, "b")
	w.slug(b, "c")
	w.slug(c, "d")
	r.sync(syncer.First{})
	r.published(map[string]string{"b": a, "c": b, "d": c})
}

func TestSlugs_Swap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.page("A", "a"), w.page("B", "b"), w.page("C", "c")
	below := w.child(a, "Below")
	other := w.child(b, "Below")
	r := w.rig()
	r.sync(syncer.First{})
	r.published(map[string]string{"a": a, "b": b, "c": c, "a/below": below, "b/below": other})
	w.slug(a, "b")
	w.slug(b, "c")
	w.slug(c, "a")
	r.sync(syncer.First{})
	r.published(map[string]string{"b": a, "c": b, "a": c, "b/below": below, "c/below": other})
}

func TestSlugs_SubtreeFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	top := w.page("Top", "top")
	mid := w.child(top, "Middle")
	low := w.child(mid, "Low")
	linker := w.post("Linker", linkTo(low), linkTo(top))
	r := w.rig()
	r.sync(syncer.First{})
	r.published(map[string]string{"top": top, "top/middle": mid, "top/middle/low": low, "linker": linker})

	w.slug(top, "summit")
	r.notion.Reset()
	r.sync(syncer.First{})
	r.published(map[string]string{"summit": top, "summit/middle": mid, "summit/middle/low": low, "linker": linker})
	if md := r.bundles()["linker"].Markdown; !strings.Contains(md, "/summit/middle/low") {
		t.Errorf("markdown still links elsewhere: %q", md)
	}
	for _, req := range r.notion.Requests() {
		if strings.Contains(req.Path, low) || strings.Contains(req.Path, linker) {
			t.Errorf("%s %s: a page that only follows is not read again", req.Method, req.Path)
		}
	}

	w.title(mid, "Centre")
	r.sync(syncer.First{})
	r.published(map[string]string{"summit": top, "summit/centre": mid, "summit/centre/low": low, "linker": linker})
}

func TestSlugs_ChildMovesToAnotherParent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	kid := w.child(a, "Kid")
	low := w.child(kid, "Low")
	r := w.rig()
	r.sync(syncer.First{})
	w.tick()
	w.must(w.Move(kid, b))
	r.sync(syncer.First{})
	r.published(map[string]string{"a": a, "b": b, "b/kid": kid, "b/kid/low": low})
	if kids := r.bundles()["a"].Meta.ChildPages; len(kids) != 0 {
		t.Errorf("childPages of a are %v, want none", kids)
	}
}

func TestSlugs_Draft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "")
	below := w.child(a, "Below")
	r := w.rig()
	if v := r.sync(syncer.First{}); v.Metrics.Drafts != 1 {
		t.Errorf("%d drafts counted, want 1", v.Metrics.Drafts)
	}
	r.published(map[string]string{"a": a, "a/below": below})
	w.slug(a, " ")
	w.slug(b, " /b/ ")
	if v := r.sync(syncer.First{}); v.Metrics.Drafts != 1 || v.Metrics.PagesRemoved != 2 {
		t.Errorf("%d drafts, %d removed, want 1 and 2", v.Metrics.Drafts, v.Metrics.PagesRemoved)
	}
	r.published(map[string]string{"b": b})
}

func TestSlugs_NeedNoProperty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.post("L’Été à Saint-Malo"), w.post("東京 2026")
	root := w.page("Home", "/")
	nameless := w.post("")
	r := w.rig()
	r.sync(syncer.First{})
	r.published(map[string]string{
		"l-ete-a-saint-malo": a, "東京-2026": b, "index": root, strings.ReplaceAll(nameless, "-", ""): nameless,
	})
}

// Every request is counted, those for a page too whose slug turns out to be taken when it is written.
func TestRegression_RequestsOfRefusedCommits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	top := w.page("Top", "top")
	w.child(top, "Twin")
	w.child(top, "Twin") // only when both are read do they meet
	r := w.rig()
	r.notion.Reset()
	v := r.sync(syncer.First{})
	if got, want := v.Metrics.NotionRequests, int64(len(r.notion.Requests())); got != want {
		t.Errorf("%d requests are counted, Notion got %d", got, want)
	}
}
