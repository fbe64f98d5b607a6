package app_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
)

// village is a workspace of thirty pages of every kind, and a draft.
func village() *notionsim.Workspace {
	return notionsim.Generate(notionsim.Options{
		Seed: 3, Pages: 14, Posts: 6, Blocks: 3, BlockDepth: 2, ChildShare: 0.3, Children: 1, DatabaseShare: 0.2, DatabaseRows: 2,
		DraftShare: 0.05, Start: epoch.AddDate(-5, 0, 0),
	})
}

// city is a workspace of three hundred pages of every kind. Their content is plain: what a page may hold others test.
func city(variant int) *notionsim.Workspace {
	return notionsim.Generate(notionsim.Options{
		Seed: int64(100 + variant), Pages: 110, Posts: 50, Blocks: 2, BlockDepth: 1, ChildShare: 0.25, ChildDepth: 2,
		DatabaseShare: 0.1, DraftShare: 0.03, Start: epoch.AddDate(-5, 0, 0),
		Now: func() time.Time { return rebuilt },
	})
}

// suburb is a workspace of pages with one list of blocks each.
func suburb(pages int) *notionsim.Workspace {
	world, source, _ := collections()
	for i := range pages {
		row(world, source, fmt.Sprint("House ", i), fmt.Sprint("house-", i))
	}
	return aged(world)
}

// rebuilt is the stamp of all edits of a city: after the first sync, whenever that reads it, and before the second.
var rebuilt = epoch.Add(24 * time.Hour)

// rebuild edits a city in every way there is: content, titles, slugs, two that are swapped, pages that come, go, move or
// become drafts, and all that inside of others.
func rebuild(t *testing.T, w *notionsim.Workspace) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	rows, posts, children, inner := districts(t, w)
	for i, id := range rows[2:12] {
		must(w.EditBlocks(id, notionsim.Paragraph(notionsim.Text(fmt.Sprint("new <", i, ">"))), notionsim.Toggle(notionsim.Text("more"),
			notionsim.Paragraph(notionsim.PageMention(rows[i+13], "a page")))))
	}
	a, b := slugOf(t, w, rows[13]), slugOf(t, w, rows[14])
	must(w.SetProperty(rows[13], "slug", b))
	must(w.SetProperty(rows[14], "slug", a))
	must(w.SetProperty(rows[15], "slug", ""))
	must(w.SetProperty(rows[16], "slug", "elsewhere/page"))
	for _, id := range append(rows[17:20:20], posts[3], children[3], inner[0]) {
		must(w.Trash(id))
	}
	for i, id := range append(children[:3:3], rows[20], inner[1]) {
		must(w.SetTitle(id, fmt.Sprint("Renamed ", i)))
	}
	must(w.Move(children[4], rows[25]))
	parent := parentOf(w, children[5])
	must(w.SetProperty(parent, "slug", "moved-with-children"))
	for i := range 4 {
		_, err := w.AddRow(sourceOf(w, rows[0]), fmt.Sprint("New ", i), map[string]any{"slug": fmt.Sprint("new-", i)})
		must(err)
	}
	_, err := w.AddChildPage(rows[26], "New child", notionsim.Paragraph(notionsim.Text("below")))
	must(err)
	_, source, err := w.AddDatabase(rows[27], "New table", notionsim.Column{Name: "slug", Type: "rich_text"})
	must(err)
	_, err = w.AddRow(source, "New row", map[string]any{"slug": "row"})
	must(err)
}

// districts are the pages of a city by kind: rows of its two collections, child pages, rows of inner databases. Of the
// child pages the sixth stands directly in a row.
func districts(t *testing.T, w *notionsim.Workspace) (rows, posts, children, inner []string) {
	t.Helper()
	collection := map[string]string{}
	for _, db := range w.Databases() {
		if db.ParentType == "workspace" {
			collection[db.SourceIDs[0]] = db.Title
		}
	}
	for _, p := range w.Pages() {
		switch {
		case collection[p.ParentID] == notionsim.PagesTitle && slugOf(t, w, p.ID) != "":
			rows = append(rows, p.ID)
		case collection[p.ParentID] == notionsim.PostsTitle:
			posts = append(posts, p.ID)
		case p.ParentType == "page_id" && sourceOf(w, p.ParentID) != "":
			children = append(children, p.ID)
		case p.ParentType == "data_source_id" && collection[p.ParentID] == "":
			inner = append(inner, p.ID)
		}
	}
	if len(rows) < 30 || len(posts) < 4 || len(children) < 6 || len(inner) < 2 {
		t.Fatalf("the workspace has %d, %d, %d and %d pages of a kind", len(rows), len(posts), len(children), len(inner))
	}
	return rows, posts, children, inner
}

func parentOf(w *notionsim.Workspace, id string) string {
	for _, p := range w.Pages() {
		if p.ID == id {
			return p.ParentID
		}
	}
	return ""
}

// sourceOf is the data source that a page is a row of, empty if it is none.
func sourceOf(w *notionsim.Workspace, id string) string {
	for _, p := range w.Pages() {
		if p.ID == id && p.ParentType == "data_source_id" {
			return p.ParentID
		}
	}
	return ""
}

// slugOf is the slug property of a page, empty if it has none.
func slugOf(t *testing.T, w *notionsim.Workspace, id string) string {
	t.Helper()
	raw, err := w.Page(id, notionsim.V20250903)
	if err != nil {
		t.Fatal(err)
	}
	var object struct {
		Properties struct {
			Slug struct {
				Text []struct {
					Plain string `json:"plain_text"`
				} `json:"rich_text"`
			} `json:"slug"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(raw, &object); err != nil {
		t.Fatal(err)
	}
	slug := ""
	for _, text := range object.Properties.Slug.Text {
		slug += text.Plain
	}
	return slug
}
