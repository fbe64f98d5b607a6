package notionsim_test

import (
	"testing"

	"notionsync/pkg/sim/notionsim"
)

func TestNeed(t *testing.T) {
	t.Parallel()
	w := notionsim.New(newClock().now)
	_, source, err := w.AddDatabase("", "Pages", notionsim.Column{Name: "Related", Type: "relation"})
	ok(t, err)
	id := must[string](t)
	related := make([]string, 30)
	for i := range related {
		related[i] = "11111111-1111-4111-8111-111111111111"
	}
	const original = "aaaaaaaa-0000-4000-8000-000000000001"
	long := make([]notionsim.Block, 101)
	for i := range long {
		long[i] = notionsim.Divider()
	}
	page := id(w.AddRow(source, "Page", map[string]any{"Related": related},
		notionsim.Toggle(notionsim.Text("t"), notionsim.Toggle(notionsim.Text("u"), long...)),  // 1 + 2 lists
		notionsim.Synced(original, notionsim.Bullet(notionsim.Text("b"), notionsim.Divider())), // 2
		notionsim.SyncedCopy(original), // 1: below it stand the original's blocks
	))
	child := id(w.AddChildPage(page, "Child"))
	ok(t, w.Trash(id(w.AddChildPage(child, "Gone"))))
	_, inner, err := w.AddDatabase(child, "Inner")
	ok(t, err)
	for range 101 {
		id(w.AddRow(inner, "Row", nil))
	}
	w.Unshare(id(w.AddRow(inner, "Private", nil)))
	want := notionsim.Need{Databases: 2, Queries: 3, Pages: 1, Lists: 7 + 1 + 101, Properties: 1, Contents: 103, Depth: 3}
	if got := w.Need(); got != want || got.Sum() != 116 || got.SumMarkdown() != 110 {
		t.Errorf("Need() = %+v, %d requests, %d for Markdown, want %+v", got, got.Sum(), got.SumMarkdown(), want)
	}
	if got := w.NeedOf(page); got.Lists != 7 || got.Properties != 1 || got.Pages != 0 {
		t.Errorf("NeedOf(page) = %+v, want its own 7 lists and a property", got)
	}
}

// What a generated workspace needs is what its server is asked by a client that reads it all.
func TestNeed_generated(t *testing.T) {
	t.Parallel()
	w := notionsim.Generate(notionsim.Options{Seed: 4, Pages: 30, LongShare: 0.2, RelationShare: 0.2})
	want := w.Need()
	c := unlimited(t, w)
	lists := 0
	for _, p := range w.Pages() {
		lists += c.lists(p.ID, map[string]bool{})
	}
	if want.Lists != lists || want.Properties == 0 || want.Queries != 1 || want.Contents != 30 {
		t.Errorf("Need() = %+v, want %d lists", want, lists)
	}
}

// lists counts the lists of blocks below a page or block.
func (c *client) lists(id string, seen map[string]bool) int {
	if seen[id] {
		return 0
	}
	seen[id] = true
	blocks := c.children(id, "100")
	n := max(1, (len(blocks)+99)/100)
	for _, raw := range blocks {
		b := parse[struct {
			ID       string
			Children bool `json:"has_children"`
		}](c.t, raw)
		if b.Children {
			n += c.lists(b.ID, seen)
		}
	}
	return n
}
