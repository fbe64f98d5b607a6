package syncer_test

import (
	"sync/atomic"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// world is a small workspace made by hand: one collection with a slug property, another without. Its clock stands, and
// each step moves it on by an hour, so that no two edits fall into one minute.
type world struct {
	*notionsim.Workspace
	t      *testing.T
	clock  time.Time
	pages  string // data source of the collection pages, with a slug property
	posts  string // data source of the collection posts, without
	pageDB string
	postDB string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	w.Workspace = notionsim.New(func() time.Time { return w.clock })
	var err error
	w.pageDB, w.pages, err = w.AddDatabase("", notionsim.PagesTitle, notionsim.Column{Name: "Slug", Type: "rich_text"})
	w.must(err)
	w.postDB, w.posts, err = w.AddDatabase("", notionsim.PostsTitle)
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tick() { w.clock = w.clock.Add(time.Hour) }

// page adds a page with a slug to the collection pages.
func (w *world) page(title, slug string, blocks ...notionsim.Block) string {
	w.t.Helper()
	w.tick()
	id, err := w.AddRow(w.pages, title, map[string]any{"Slug": slug}, blocks...)
	w.must(err)
	return id
}

// post adds a page to the collection posts.
func (w *world) post(title string, blocks ...notionsim.Block) string {
	w.t.Helper()
	w.tick()
	id, err := w.AddRow(w.posts, title, nil, blocks...)
	w.must(err)
	return id
}

func (w *world) child(parent, title string, blocks ...notionsim.Block) string {
	w.t.Helper()
	w.tick()
	id, err := w.AddChildPage(parent, title, blocks...)
	w.must(err)
	return id
}

func (w *world) slug(id, slug string) {
	w.t.Helper()
	w.tick()
	w.must(w.SetProperty(id, "Slug", slug))
}

func (w *world) title(id, title string) {
	w.t.Helper()
	w.tick()
	w.must(w.SetTitle(id, title))
}

// rig is an engine over the world, an hour ahead of its last edit. For the engine time passes, a millisecond with every
// look at the clock.
func (w *world) rig(change ...func(*model.Options)) *rig {
	w.t.Helper()
	var looks atomic.Int64
	clock := func(o *model.Options) {
		o.Now = func() time.Time { return w.clock.Add(time.Hour + time.Duration(looks.Add(1))*time.Millisecond) }
	}
	return newRig(w.t, w.Workspace, append([]func(*model.Options){clock}, change...)...)
}

// linkTo is a paragraph that mentions a page.
func linkTo(id string) notionsim.Block {
	return notionsim.Block{Type: "paragraph", Payload: map[string]any{
		"rich_text": []any{map[string]any{
			"type": "mention", "mention": map[string]any{"type": "page", "page": map[string]any{"id": id}},
			"plain_text": "a page", "href": "https://www.notion.so/" + id,
			"annotations": map[string]any{
				"bold": false, "italic": false, "strikethrough": false, "underline": false, "code": false, "color": "default",
			},
		}},
		"color": "default",
	}}
}
