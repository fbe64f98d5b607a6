package syncer_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
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
	v := r.sync(model.TriggerMessage{})
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
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"docs": child, "intro": first, "docs/intro": second})
}

func TestSlugs_HolderKeepsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.page("Late", "late")
	r := w.rig()
	holder := w.page("Holder", "a")
	r.sync(model.TriggerMessage{})
	w.slug(late, "a") // older, but the other has it
	v := r.sync(model.TriggerMessage{})
	r.published(map[string]string{"late": late, "a": holder})
	warned{v}.about(t, late, holder)
}

func TestSlugs_FreedInTheSameJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.page("Old", "a")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.must(w.Trash(old))
	next := w.page("Next", "a")
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"a": next})
}

func TestSlugs_MovedAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.page("A", "a"), w.page("B", "b"), w.page("C", "c")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.slug(a, "b")
	w.slug(b, "c")
	w.slug(c, "d")
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"b": a, "c": b, "d": c})
}

func TestSlugs_Swap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.page("A", "a"), w.page("B", "b"), w.page("C", "c")
	below := w.child(a, "Below")
	other := w.child(b, "Below")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"a": a, "b": b, "c": c, "a/below": below, "b/below": other})
	w.slug(a, "b")
	w.slug(b, "c")
	w.slug(c, "a")
	r.sync(model.TriggerMessage{})
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
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"top": top, "top/middle": mid, "top/middle/low": low, "linker": linker})

	w.slug(top, "summit")
	r.notion.Reset()
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"summit": top, "summit/middle": mid, "summit/middle/low": low, "linker": linker})
	if md := r.bundles()["linker"].Markdown; !strings.Contains(md, "/summit/middle/low") {
		t.Errorf("markdown still links elsewhere: %q", md)
	}
	for _, req := range r.notion.Requests() {
		if req.Kind != notionsim.KindPage && strings.Contains(req.Path, low) || strings.Contains(req.Path, linker) {
			t.Errorf("%s %s: a page that only follows is not read again", req.Method, req.Path)
		}
	}

	w.title(mid, "Centre")
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"summit": top, "summit/centre": mid, "summit/centre/low": low, "linker": linker})
}

func TestSlugs_ChildMovesToAnotherParent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	kid := w.child(a, "Kid")
	low := w.child(kid, "Low")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.tick()
	w.must(w.Move(kid, b))
	r.sync(model.TriggerMessage{})
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
	if v := r.sync(model.TriggerMessage{}); v.Metrics.Drafts != 1 {
		t.Errorf("%d drafts counted, want 1", v.Metrics.Drafts)
	}
	r.published(map[string]string{"a": a, "a/below": below})
	w.slug(a, " ")
	w.slug(b, " /b/ ")
	if v := r.sync(model.TriggerMessage{}); v.Metrics.Drafts != 1 || v.Metrics.PagesRemoved != 2 {
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
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{
		"l-ete-a-saint-malo": a, "東京-2026": b, "index": root, strings.ReplaceAll(nameless, "-", ""): nameless,
	})
}

// Two published pages are given the same new slug: one gets it, by rank and not by who is read first. The other stays where it
// was, with its subpages, in forced syncs too.
func TestSlugs_LoserOfANewSlugStays(t *testing.T) {
	t.Parallel()
	for _, slow := range []string{"older", "younger"} {
		for _, full := range []bool{false, true} {
			w := newWorld(t)
			ids := map[string]string{"older": w.page("Older", "older"), "younger": w.page("Younger", "younger")}
			below := w.child(ids["younger"], "Below")
			r := w.rig()
			r.sync(model.TriggerMessage{})
			for _, slug := range []string{"older", "younger"} {
				w.slug(ids[slug], "wanted")
				r.note(pageEvent("properties_updated", ids[slug], "database", w.pageDB))
			}
			r.notion.Fail(notionsim.Rule{ID: ids[slow], Fault: notionsim.Slow(50 * time.Millisecond)})
			want := map[string]string{"wanted": ids["older"], "younger": ids["younger"], "younger/below": below}
			if !full {
				r.takeEvents(w)
				warned{r.newest()}.about(t, "wanted", ids["older"], ids["younger"])
				r.published(want)
			}
			for _, force := range []bool{false, true} {
				w.tick()
				warned{r.sync(model.TriggerMessage{Force: force})}.about(t, "wanted", ids["older"], ids["younger"])
				r.published(want)
			}
		}
	}
}

// Pages of two collections that want one new slug: the listing that comes first decides nothing.
// What stands below a page that does not get the slug it wants is kept up to date, where that page stays: it is read when
// it has changed, published when it is new, removed when it is gone, and follows when that page moves after all.
func TestSlugs_BelowALoser(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]model.TriggerMessage{"full": {}, "limited": {Pages: []string{"b"}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a, b := w.page("A", "a"), w.page("B", "b")
			sub, gone := w.child(b, "Sub"), w.child(b, "Gone")
			low := w.child(sub, "Low")
			r := w.rig()
			r.sync(model.TriggerMessage{})
			w.slug(b, "a")
			fresh := w.child(b, "New")
			w.must(w.EditBlocks(low, paragraph("edited")))
			w.must(w.Trash(gone))
			r.sync(more)
			if more.Pages != nil {
				r.published(map[string]string{"a": a, "b": b, "b/sub": sub, "b/sub/low": low, "b/gone": gone, "b/new": fresh})
				r.sync(model.TriggerMessage{})
			}
			r.published(map[string]string{"a": a, "b": b, "b/sub": sub, "b/sub/low": low, "b/new": fresh})
			if got := r.bundles()["b/sub/low"].Markdown; got != "edited\n" {
				t.Errorf("b/sub/low shows %q, want it as edited", got)
			}
			w.slug(a, "c")
			r.sync(model.TriggerMessage{Pages: []string{a, b}})
			r.published(map[string]string{"c": a, "a": b, "a/sub": sub, "a/sub/low": low, "a/new": fresh})
		})
	}
}

func TestSlugs_WantedInTwoCollections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second, source, err := w.AddDatabase("", "Second", notionsim.Column{Name: "Slug", Type: "rich_text"})
	w.must(err)
	w.tick()
	older, err := w.AddRow(source, "Older", map[string]any{"Slug": "older"})
	w.must(err)
	younger := w.page("Younger", "younger")
	r := w.rig(func(o *model.Options) {
		o.Collections = append(o.Collections, model.Collection{Name: "second", ID: second})
	})
	r.sync(model.TriggerMessage{})
	w.slug(older, "wanted")
	w.slug(younger, "wanted")
	newest := w.page("Newest", "wanted")
	r.notion.Fail(notionsim.Rule{Kind: "query", ID: source, Fault: notionsim.Slow(100 * time.Millisecond)})
	warned{r.sync(model.TriggerMessage{})}.about(t, newest, older)
	r.published(map[string]string{"wanted": older, "younger": younger})
}

// Rows with a slug of their own choice and child pages, too, are ranked before any of them is written, whichever of the
// pages that hold them is read first.
func TestSlugs_WantedBelowTwoPages(t *testing.T) {
	t.Parallel()
	for slow := range 2 {
		w := newWorld(t)
		holders := []string{w.page("One", "one"), w.page("Two", "two")}
		var older string
		want := map[string]string{"one": holders[0], "two": holders[1]}
		for i, holder := range holders {
			_, source, err := w.AddDatabase(holder, "Inner", notionsim.Column{Name: "slug", Type: "rich_text"})
			w.must(err)
			w.tick()
			row, err := w.AddRow(source, "Row", map[string]any{"slug": "/claim"})
			w.must(err)
			if i == 0 {
				older = row
			}
		}
		want["claim"] = older
		twins := []string{w.child(holders[1], "Twin"), w.child(holders[1], "Twin")}
		want["two/twin"] = twins[0]
		r := w.rig()
		r.notion.Fail(notionsim.Rule{Kind: "children", ID: holders[slow], Fault: notionsim.Slow(50 * time.Millisecond)})
		r.notion.Fail(notionsim.Rule{ID: twins[0], Fault: notionsim.Slow(50 * time.Millisecond)})
		r.sync(model.TriggerMessage{})
		r.published(want)
	}
}

// A slug that one page hands on to another takes its subpages' slugs along in the same job, also where two swap.
func TestSlugs_HandedOnWithSubpages(t *testing.T) {
	t.Parallel()
	for _, swap := range []bool{false, true} {
		for _, oldFirst := range []bool{false, true} {
			w := newWorld(t)
			var old, next string
			if oldFirst {
				old, next = w.page("Old", "docs"), w.page("Next", "next")
			} else {
				next, old = w.page("Next", "next"), w.page("Old", "docs")
			}
			oldKid, nextKid := w.child(old, "Start"), w.child(next, "Start")
			r := w.rig()
			r.sync(model.TriggerMessage{})
			want := map[string]string{"docs-old": old, "docs": next, "docs-old/start": oldKid, "docs/start": nextKid}
			if swap {
				w.slug(old, "next")
				want = map[string]string{"next": old, "docs": next, "next/start": oldKid, "docs/start": nextKid}
			} else {
				w.slug(old, "docs-old")
			}
			w.slug(next, "docs")
			v := r.sync(model.TriggerMessage{})
			if len(*v.Warnings) != 0 {
				t.Errorf("swap %t, old first %t: warnings %q, want none", swap, oldFirst, *v.Warnings)
			}
			r.published(want)
		}
	}
}

// A slug that a subpage leaves only because its parent moves is free in the same job for a page that wants it.
func TestSlugs_FreedByASubpageThatFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	top := w.page("Top", "docs")
	kid := w.child(top, "Start")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.slug(top, "manual")
	other := w.page("Other", "docs/start")
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"manual": top, "manual/start": kid, "docs/start": other})
}

// A subpage that cannot follow its parent, for its new slug is another page's, stays where it was. It shows its parent where
// that is now.
func TestSlugs_SubpageThatCannotFollow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	x := w.child(a, "x")
	taker := w.page("Taker", "b/x")
	r := w.rig()
	r.sync(model.TriggerMessage{})
	w.slug(a, "b")
	w.title(a, "B")
	for _, force := range []bool{false, true} {
		warned{r.sync(model.TriggerMessage{Force: force})}.about(t, "b/x", x, taker)
		r.published(map[string]string{"b": a, "a/x": x, "b/x": taker})
		if m := r.bundles()["a/x"].Meta; deref(m.ParentSlug) != "b" || deref(m.ParentTitle) != "B" {
			t.Errorf("a/x shows its parent as %q at %q, want B at b", deref(m.ParentTitle), deref(m.ParentSlug))
		}
	}
	w.must(w.Trash(taker))
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"b": a, "b/x": x})
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
	v := r.sync(model.TriggerMessage{})
	if got, want := v.Metrics.NotionRequests, int64(len(r.notion.Requests())); got != want {
		t.Errorf("%d requests are counted, Notion got %d", got, want)
	}
}
