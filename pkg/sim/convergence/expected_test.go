package convergence

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// site is what a world must show after a first sync, and then after edits.
func site(t *testing.T, edits ...Step) (before Site, want Want, w *World) {
	t.Helper()
	clock := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	w = NewWorld(func() time.Time { clock = clock.Add(time.Minute); return clock })
	before = Expected(w.Workspace, w.Collections, Site{}, false).Site
	for _, s := range edits {
		if !w.Edit(s) {
			t.Fatalf("%s is not possible", s)
		}
	}
	return before, Expected(w.Workspace, w.Collections, before, false), w
}

func slugsOf(s Site) string { return strings.Join(slices.Sorted(maps.Keys(s.Pages)), " ") }

const firstSlugs = "a a/a1 a/a1/a11 b b/b1 b/d b/t1 c c/c1 c/c2 c/c3 p"

// What a world holds at first is worked out by hand here.
func TestExpected_FirstSync(t *testing.T) {
	t.Parallel()
	before, _, w := site(t)
	if got := slugsOf(before); got != firstSlugs {
		t.Errorf("the slugs are %s, want %s", got, firstSlugs)
	}
	a1 := before.Pages["a/a1"]
	if a1.Title != "A1" || a1.Kind != kindChild || a1.ParentSlug != "a" || a1.Collection != "pages" || len(a1.Children) != 1 {
		t.Errorf("a/a1 is %+v", a1)
	}
	if items := before.Databases[w.ID("T")].Items; len(items) != 2 || items[0].Slug != "b/d" || items[1].Slug != "b/t1" {
		t.Errorf("T lists %+v, want its rows, newest first", items)
	}
	if items := before.Indexes["pages"]; len(items) != 3 || items[0].Slug != "c" {
		t.Errorf("the index of pages is %+v, want c, b and a", items)
	}
}

// The contract's rules of slugs, one edit each.
func TestExpected_Slugs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edits []Step
		want  string // slugs beside those of the first sync; with - those that are gone
		stays string
	}{
		"swapped":                   {[]Step{{Do: DoSlug, Of: "A", N: 1}, {Do: DoSlug, Of: "B", N: 0}}, "-a/a1 -a/a1/a11 -b/b1 -b/d -b/t1 a/b1 a/d a/t1 b/a1 b/a1/a11", ""},
		"held by another":           {[]Step{{Do: DoSlug, Of: "A", N: 1}}, "-a", "A"},
		"both want a new one":       {[]Step{{Do: DoSlug, Of: "C", N: 4}, {Do: DoSlug, Of: "B", N: 4}}, "-b -b/b1 -b/d -b/t1 -c e e/b1 e/d e/t1", "C"},
		"freed in the same sync":    {[]Step{{Do: DoTrash, Of: "A"}, {Do: DoSlug, Of: "C", N: 0}}, "-a/a1 -a/a1/a11 -c -c/c1 -c/c2 -c/c3 a/c1 a/c2 a/c3", ""},
		"new page, held":            {[]Step{{Do: DoRow, Of: "N", To: "pages", N: 0}}, "", ""},
		"below one without":         {[]Step{{Do: DoRow, Of: "N", To: "pages", N: 0}, {Do: DoMove, Of: "B1", To: "N"}}, "-b/b1", "B1"},
		"moved with all below":      {[]Step{{Do: DoMove, Of: "A1", To: "C1"}}, "-a/a1 -a/a1/a11 c/c1/a1 c/c1/a1/a11", ""},
		"draft":                     {[]Step{{Do: DoSlug, Of: "A", N: 7}}, "-a -a/a1 -a/a1/a11", ""},
		"renamed":                   {[]Step{{Do: DoRename, Of: "A1", To: "New name"}}, "-a/a1 -a/a1/a11 a/new-name a/new-name/a11", ""},
		"in no collection any more": {[]Step{{Do: DoMove, Of: "A", To: "other"}}, "-a -a/a1 -a/a1/a11", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, want, w := site(t, c.edits...)
			slugs := map[string]bool{}
			for _, slug := range strings.Fields(firstSlugs) {
				slugs[slug] = true
			}
			for _, change := range strings.Fields(c.want) {
				if slug, gone := strings.CutPrefix(change, "-"); gone {
					delete(slugs, slug)
				} else {
					slugs[change] = true
				}
			}
			if got, want := slugsOf(want.Site), strings.Join(slices.Sorted(maps.Keys(slugs)), " "); got != want {
				t.Errorf("the slugs are\n%s, want\n%s", got, want)
			}
			if _, stays := want.Stays[w.ID(c.stays)]; (c.stays != "") != (len(want.Stays) == 1) || c.stays != "" && !stays {
				t.Errorf("these stay where they were: %v, want %q", want.Stays, c.stays)
			}
		})
	}
}

// A filter that matches nothing would take more than half of the pages away: they stay, unless the sync is forced.
func TestExpected_Brake(t *testing.T) {
	t.Parallel()
	before, _, w := site(t)
	filtered := slices.Clone(w.Collections)
	filtered[0].Filter = FilterNothing
	if stays := Expected(w.Workspace, filtered, before, false).Stays; len(stays) != 11 {
		t.Errorf("%d pages stay, want all 11 of the collection", len(stays))
	}
	if got := Expected(w.Workspace, filtered, before, true); len(got.Stays) != 0 || slugsOf(got.Site) != "p" {
		t.Errorf("after a forced sync there are %s, want p", slugsOf(got.Site))
	}
}

// While a database can't be listed its pages stay, and nothing is said of pages that are gone.
func TestExpected_UnlistedDatabase(t *testing.T) {
	t.Parallel()
	_, want, w := site(t, Step{Do: DoUnshare, Of: "posts"}, Step{Do: DoTrash, Of: "C1"})
	if want.Stays[w.ID("P")] != "p" || want.Open[w.ID("C1")] == "" {
		t.Errorf("these stay: %v, about these nothing is said: %v", want.Stays, want.Open)
	}
}

// A site that is as it must be has no differences; one in which a page is at another's slug has.
func TestDifferences(t *testing.T) {
	t.Parallel()
	_, want, _ := site(t)
	if found := Differences(want, want.Site, nil); len(found) != 0 {
		t.Errorf("a site differs from itself: %q", found)
	}
	got := want.Site
	got.Pages = maps.Clone(got.Pages)
	got.Pages["p"], got.Pages["a"] = got.Pages["a"], got.Pages["p"]
	if found := strings.Join(Differences(want, got, nil), "\n"); !strings.Contains(found, `"p" (P) is missing`) {
		t.Errorf("of two swapped pages it says %q", found)
	}
}

// Below a page that lost a conflict over its new slug pages carry the collection that it still shows, and no other.
func TestDifferences_BelowAPageThatStays(t *testing.T) {
	t.Parallel()
	before, want, w := site(t, Step{Do: DoRename, Of: "C", To: "P"}, Step{Do: DoMove, Of: "C", To: "posts"})
	got := want.Site
	got.Pages = maps.Clone(got.Pages)
	got.Pages["c"] = before.Pages["c"]
	if want.Stays[w.ID("C")] != "c" || got.Pages["c/c1"].Collection != "posts" {
		t.Fatalf("these stay: %v; c/c1 is %+v", want.Stays, got.Pages["c/c1"])
	}
	found := strings.Join(Differences(want, got, nil), "\n")
	if !strings.Contains(found, `"c/c1" has collection “posts”, it should be “pages”`) {
		t.Errorf("of pages that carry another collection than the page above it says %q", found)
	}
	for _, slug := range []string{"c/c1", "c/c2", "c/c3"} {
		below := got.Pages[slug]
		below.Collection = "pages"
		got.Pages[slug] = below
	}
	if found := strings.Join(Differences(want, got, nil), "\n"); strings.Contains(found, "collection") {
		t.Errorf("of pages that carry the collection of the page above it says %q", found)
	}
}

// What a failure does not need is taken away.
func TestShrink(t *testing.T) {
	t.Parallel()
	script := Generate(1, 30)
	fails := func(s Script) bool { return slices.Contains(s.Steps, Step{Do: DoConverge}) }
	if got := Shrink(script, 200, fails); len(got.Steps) != 1 {
		t.Errorf("%d steps are left, want one", len(got.Steps))
	}
}

// A seed makes the same script each time.
func TestGenerate(t *testing.T) {
	t.Parallel()
	if a, b := Generate(7, 20).String(), Generate(7, 20).String(); a != b {
		t.Errorf("two scripts of a seed: %s\nand %s", a, b)
	}
}
