package playground

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"notionsync/pkg/sim/notionsim"
)

// version is the form in which the workspace's objects are read here.
const version = notionsim.V20250903

// tree is a workspace as its owner sees it.
type tree struct {
	Collections []collection `json:"collections"`
	Pages       []treePage   `json:"pages"` // each followed by what stands in it
}

type collection struct {
	ID    string `json:"id"` // of its data source
	Title string `json:"title"`
}

type treePage struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Under   string `json:"under"` // the collection's id, of pages that stand in no other
	Depth   int    `json:"depth"`
	Trashed bool   `json:"trashed"`
}

// tree returns nil where Notion is the real one.
func (p *Playground) tree() *tree {
	world := p.opts.World
	if world == nil {
		return nil
	}
	t := &tree{Collections: []collection{}, Pages: []treePage{}}
	home := map[string]string{} // of a data source: the page with the database, or the source itself
	for _, db := range world.Databases() {
		for _, source := range db.SourceIDs {
			if home[source] = db.ParentID; db.ParentType == "workspace" {
				home[source] = source
				t.Collections = append(t.Collections, collection{source, db.Title})
			}
		}
	}
	inside := map[string][]notionsim.PageInfo{}
	for _, page := range world.Pages() {
		parent := page.ParentID
		if at, ok := home[parent]; ok {
			parent = at
		}
		inside[parent] = append(inside[parent], page)
	}
	var add func(parent, under string, depth int)
	add = func(parent, under string, depth int) {
		for _, page := range inside[parent] {
			t.Pages = append(t.Pages, treePage{page.ID, page.Title, under, depth, page.Trashed})
			add(page.ID, under, depth+1)
		}
	}
	for _, c := range t.Collections {
		add(c.ID, c.ID, 0)
	}
	return t
}

// title is what a page is called, or its id.
func (p *Playground) title(id string) string {
	if p.opts.World != nil {
		pages := p.opts.World.Pages()
		if i := slices.IndexFunc(pages, func(page notionsim.PageInfo) bool { return page.ID == id }); i >= 0 {
			return "“" + pages[i].Title + "”"
		}
	}
	return id
}

// openPage is a page with all that can be edited of it.
type openPage struct {
	ID      string      `json:"id"`
	Title   string      `json:"title"`
	Slug    *string     `json:"slug"` // nil: its place gives it no property for that
	Trashed bool        `json:"trashed"`
	Blocks  []openBlock `json:"blocks"`
}

type openBlock struct {
	ID    string `json:"id"`
	Type  string `json:"type"`
	Depth int    `json:"depth"`
	Text  string `json:"text"`
	Plain bool   `json:"plain"` // it is text, and can be edited
}

// page answers with one page.
func (p *Playground) page(w http.ResponseWriter, r *http.Request) {
	page, err := p.open(r.URL.Query().Get("id"))
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, page)
}

func (p *Playground) open(id string) (*openPage, error) {
	world := p.opts.World
	if world == nil {
		return nil, errReal
	}
	pages := world.Pages()
	i := slices.IndexFunc(pages, func(page notionsim.PageInfo) bool { return page.ID == id })
	if i < 0 {
		return nil, notionsim.ErrUnknown
	}
	open := &openPage{ID: id, Title: pages[i].Title, Trashed: pages[i].Trashed, Blocks: []openBlock{}}
	if name, value, err := p.slug(id); err != nil {
		return nil, err
	} else if name != "" {
		open.Slug = &value
	}
	raw, err := world.Blocks(id, version)
	if err != nil {
		return nil, err
	}
	var blocks []block
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return nil, err
	}
	open.add(blocks, 0)
	return open, nil
}

func (o *openPage) add(blocks []block, depth int) {
	for _, b := range blocks {
		open := openBlock{ID: b.ID, Type: b.Type, Depth: depth}
		open.Text, open.Plain = b.text()
		o.Blocks = append(o.Blocks, open)
		o.add(b.Children, depth+1)
	}
}

// slug is the name and the value of a page's property for its slug; without a name if it has none.
func (p *Playground) slug(id string) (name, value string, err error) {
	raw, err := p.opts.World.Page(id, version)
	if err != nil {
		return "", "", err
	}
	var page struct {
		Properties map[string]struct {
			Type     string `json:"type"`
			RichText []run  `json:"rich_text"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return "", "", err
	}
	for name, property := range page.Properties {
		if strings.EqualFold(name, "slug") && property.Type == "rich_text" {
			return name, plain(property.RichText), nil
		}
	}
	return "", "", nil
}
