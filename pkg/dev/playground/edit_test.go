package playground_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// open is a page with what can be edited of it.
type open struct {
	Title   string
	Slug    *string
	Trashed bool
	Blocks  []openBlock
}

type openBlock struct {
	ID, Type, Text string
	Plain          bool
}

func (r *rig) open(id string) open {
	r.t.Helper()
	var o open
	if w := r.send("GET", "/page?id="+id, ""); w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &o) != nil {
		r.t.Fatalf("page %s = %d %s", id, w.Code, w.Body)
	}
	return o
}

func TestEdit(t *testing.T) {
	t.Parallel()
	r := setup(t)
	id, _, _, _ := r.find("About us")
	r.edit("title", id, "", "All about us")
	r.edit("slug", id, "", "all-about-us")
	r.edit("append", id, "", "One more thing.")
	first := r.open(id).Blocks[0]
	r.edit("write", first.ID, id, "Founded in 1888.")
	o := r.open(id)
	added := slices.ContainsFunc(o.Blocks, func(b openBlock) bool { return b.Text == "One more thing." })
	if !added || o.Title != "All about us" || *o.Slug != "all-about-us" || o.Blocks[0].Text != "Founded in 1888." {
		t.Errorf("after the edits the page is %+v, want all of them", o)
	}
	r.edit("trash", first.ID, id, "")
	if got := r.open(id); got.Blocks[0].ID == first.ID {
		t.Errorf("a block in the trash is still there: %+v", got.Blocks[0])
	}
	r.edit("trash", id, "", "")
	if _, _, _, trashed := r.find("All about us"); !trashed || !r.open(id).Trashed {
		t.Error("the page is not in the trash")
	}
	r.edit("restore", id, "", "")
	if _, _, _, trashed := r.find("All about us"); trashed {
		t.Error("the page is still in the trash")
	}
}

// A block keeps what is not its text.
func TestEdit_block(t *testing.T) {
	t.Parallel()
	r := setup(t)
	id, _, _, _ := r.find("Style guide")
	for _, b := range r.open(id).Blocks {
		if b.Plain != slices.Contains([]string{
			"heading_1", "heading_2", "heading_3", "heading_4", "paragraph", "bulleted_list_item", "numbered_list_item", "to_do",
			"code", "callout", "quote", "toggle",
		}, b.Type) {
			t.Errorf("a %s can be edited: %v", b.Type, b.Plain)
		}
		if b.Plain {
			r.edit("write", b.ID, id, "New text of "+b.Type)
		}
	}
	raw, err := r.world.Blocks(id, "2025-09-03")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"language":"go"`, `"checked":true`, `"emoji":"⚠️"`, "New text of to_do", "New text of callout"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("the page has no %s any more", want)
		}
	}
}

func TestEdit_add(t *testing.T) {
	t.Parallel()
	r := setup(t)
	handbook, pages, _, _ := r.find("Handbook")
	child := r.edit("add", "", handbook, "Lamps")
	if id, _, depth, _ := r.find("Lamps"); id != child || depth != 1 || r.open(child).Slug != nil {
		t.Errorf("the new child page %s is %s at depth %d, want it in the handbook and without a slug of its own", child, id, depth)
	}
	row := r.edit("add", "", pages, "A New  Room")
	if o := r.open(row); *o.Slug != "a-new-room" {
		t.Errorf("the new page has slug %q, want one, so that it is published", *o.Slug)
	}
	for _, row := range []struct{ title, slug string }{{"Hello, World / été?", "hello-world-ete"}, {"!?", ""}} {
		odd := r.edit("add", "", pages, row.title)
		if got, want := *r.open(odd).Slug, cmp.Or(row.slug, strings.ReplaceAll(odd, "-", "")); got != want {
			t.Errorf("the page %q has slug %q, want %q", row.title, got, want)
		}
	}
	before := len(r.world.Pages())
	r.edit("many", "", pages, "Tide")
	if got := len(r.world.Pages()) - before; got != 200 {
		t.Errorf("%d pages were added, want 200", got)
	}
}

func TestEdit_move(t *testing.T) {
	t.Parallel()
	r := setup(t)
	salt, _, _, _ := r.find("Salt")
	handbook, pages, _, _ := r.find("Handbook")
	started, _, _, _ := r.find("Getting started")
	r.edit("move", salt, started, "")
	if _, _, depth, _ := r.find("Salt"); depth != 2 {
		t.Errorf("the page stands at depth %d, want 2: in Getting started, in the Handbook", depth)
	}
	r.edit("move", salt, pages, "")
	if _, _, depth, _ := r.find("Salt"); depth != 0 {
		t.Errorf("the page stands at depth %d, want 0: in the collection", depth)
	}
	for _, to := range []string{handbook, started} {
		if w := r.send("POST", "/edit", `{"do":"move","id":"`+handbook+`","to":"`+to+`"}`); w.Code != http.StatusBadRequest {
			t.Errorf("moving a page into %s, itself or below, = %d %s", to, w.Code, w.Body)
		}
	}
}

func TestEdit_refused(t *testing.T) {
	t.Parallel()
	r := setup(t)
	about, _, _, _ := r.find("About us")
	for _, body := range []string{
		``, `[]`, `{"do":"explode"}`, `{"do":"title","id":"nobody","value":"x"}`, `{"do":"trash","id":"nobody"}`,
		`{"do":"write","id":"nobody","to":"` + about + `","value":"x"}`, `{"do":"move","id":"` + about + `","to":"nobody"}`,
		`{"do":"add","to":"nobody","value":"x"}`,
	} {
		w := r.send("POST", "/edit", body)
		var said struct{ Error string }
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code != http.StatusBadRequest || said.Error == "" {
			t.Errorf("edit %s = %d %s, want 400 and why", body, w.Code, w.Body)
		}
	}
}
