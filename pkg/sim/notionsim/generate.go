package notionsim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// The titles of the collections that [Demo] and [Generate] make.
const (
	PagesTitle = "Pages"
	PostsTitle = "Posts"
)

// Options describe a generated workspace. The same options make the same workspace, id for id.
type Options struct {
	Seed  int64
	Pages int // rows of the collection Pages
	Posts int // rows of the collection Posts; none: no such collection

	Blocks     int     // blocks of a page, on average, nested ones not counted; default 8
	BlockDepth int     // levels of nested blocks; default 3
	LongShare  float64 // share of pages with more than 100 blocks in one list

	ChildShare float64 // share of pages, child pages too, that have child pages
	Children   int     // child pages of such a page; default 2
	ChildDepth int     // levels of child pages; default 1

	DatabaseShare float64 // share of rows of the collections with a database inside
	DatabaseRows  int     // rows of such a database; default 3

	DraftShare    float64 // share of pages with an empty slug
	RelationShare float64 // share of pages that refer to 30 others, more than a page object carries

	Start     time.Time        // creation of the first row; default 2020-01-01
	PerMinute int              // rows created in one minute; default one every seven minutes
	Now       func() time.Time // stamps edits; time.Now if nil
}

// kinds of generated pages.
type pageKind byte

const (
	pageRow pageKind = iota
	postRow
	childRow
	innerRow
)

// generator makes pages. What is in them is built when it is asked for, so that large workspaces stay small.
type generator struct {
	Options
	w     *Workspace
	pages []*page // by number
	kinds []pageKind
	below map[int][]*block // child pages and databases in a page
	rows  map[pageKind][]*page
	inner []Column
}

// Generate makes a workspace of any size.
func Generate(o Options) *Workspace {
	o.Blocks = cmp.Or(o.Blocks, 8)
	o.BlockDepth = cmp.Or(o.BlockDepth, 3)
	o.Children = cmp.Or(o.Children, 2)
	o.ChildDepth = cmp.Or(o.ChildDepth, 1)
	o.DatabaseRows = cmp.Or(o.DatabaseRows, 3)
	if o.Start.IsZero() {
		o.Start = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	g := &generator{Options: o, w: New(o.Now), below: map[int][]*block{}, rows: map[pageKind][]*page{}}
	g.w.salt = hash(uint64(o.Seed), "generate")
	g.w.late = g.late
	g.inner = schemaOrder([]Column{
		{Name: "Name", Type: "title"}, {Name: "slug", Type: "rich_text"}, {Name: "Note", Type: "rich_text"},
		{Name: "Done", Type: "checkbox"},
	})
	g.collection(PagesTitle, pageRow, o.Pages, []Column{
		{Name: "Name", Type: "title"}, {Name: "slug", Type: "rich_text"}, {Name: "description", Type: "rich_text"},
		{Name: "visibility", Type: "select"}, {Name: "Tags", Type: "multi_select"}, {Name: "Order", Type: "number"},
		{Name: "Menu", Type: "checkbox"}, {Name: "Related", Type: "relation"},
		{Name: "Edited", Type: "last_edited_time"},
	})
	if o.Posts > 0 {
		g.collection(PostsTitle, postRow, o.Posts, []Column{
			{Name: "Title", Type: "title"}, {Name: "Slug", Type: "formula"}, {Name: "Date", Type: "date"},
			{Name: "Status", Type: "status"}, {Name: "Tags", Type: "multi_select"}, {Name: "Author", Type: "people"},
			{Name: "Link", Type: "url"}, {Name: "ID", Type: "unique_id"}, {Name: "Created", Type: "created_time"},
		})
	}
	return g.w
}

// collection makes a database at the top of the workspace with its rows and what is below them.
func (g *generator) collection(title string, kind pageKind, rows int, columns []Column) {
	db := g.database(parent{kind: inWorkspace}, title, schemaOrder(columns), g.Start)
	s := db.sources[0]
	for i := range rows {
		created := g.Start.Add(time.Duration(i) * 7 * time.Minute)
		if g.PerMinute > 0 {
			created = g.Start.Add(time.Duration(i/g.PerMinute) * time.Minute)
		}
		p := g.page(kind, parent{inSource, s.id}, created)
		g.rows[kind] = append(g.rows[kind], p)
	}
	for _, p := range g.rows[kind] {
		g.family(p, 0)
		if g.chance(p, "database", g.DatabaseShare) {
			g.innerDatabase(p)
		}
	}
}

func (g *generator) database(at parent, title string, columns []Column, created time.Time) *database {
	db := &database{id: g.w.newID(), parent: at, title: title, inline: at.kind != inWorkspace,
		created: created, edited: created, by: author}
	s := &source{id: g.w.newID(), db: db, name: title, columns: columns}
	db.sources = []*source{s}
	g.w.addDatabase(db)
	return db
}

// page adds a page whose values and content are built later.
func (g *generator) page(kind pageKind, at parent, created time.Time) *page {
	number := len(g.pages)
	edited := created.Add(time.Duration(hash(uint64(g.Seed), strconv.Itoa(number))%(60*24*60)) * time.Minute)
	p := &page{
		id: g.id(number, 0), parent: at, created: minute(created), edited: minute(edited),
		by: author, made: g, number: number,
	}
	g.pages = append(g.pages, p)
	g.kinds = append(g.kinds, kind)
	g.w.addPage(p)
	return p
}

// id is that of a page, or of the n-th block of one. Its end is the page's number, by which late finds the page.
func (g *generator) id(number, n int) string {
	h := mix(uint64(g.Seed) ^ mix(uint64(number)<<20|uint64(n)))
	return formatID(h, uint64(n)<<48|mix(h)&0xffff<<32|uint64(number))
}

// late builds the page that a block with this id stands in.
func (g *generator) late(blockID string) {
	if len(blockID) < 8 {
		return
	}
	number, err := strconv.ParseUint(blockID[len(blockID)-8:], 16, 32)
	if err == nil && number < uint64(len(g.pages)) {
		g.w.load(g.pages[number])
	}
}

// family gives a page child pages, and these theirs.
func (g *generator) family(p *page, depth int) {
	if depth >= g.ChildDepth || !g.chance(p, "children", g.ChildShare) {
		return
	}
	for i := range g.Children {
		child := g.page(childRow, parent{inPage, p.id}, p.created.Add(time.Duration(i+1)*time.Hour))
		child.block = &block{id: child.id, kind: "child_page", parent: child.parent, owner: p}
		g.below[p.number] = append(g.below[p.number], child.block)
		g.family(child, depth+1)
	}
}

func (g *generator) innerDatabase(p *page) {
	at := parent{inPage, p.id}
	db := g.database(at, fmt.Sprintf("Table %d", p.number), g.inner, p.created.Add(time.Hour))
	db.block = &block{id: db.id, kind: "child_database", parent: at, owner: p}
	g.below[p.number] = append(g.below[p.number], db.block)
	for i := range g.DatabaseRows {
		g.page(innerRow, parent{inSource, db.sources[0].id}, db.created.Add(time.Duration(i)*time.Minute))
	}
}

// dice is the randomness of one aspect of one page.
func (g *generator) dice(p *page, aspect string) *rand.Rand {
	return rand.New(rand.NewPCG(hash(uint64(g.Seed), aspect), uint64(p.number)))
}

func (g *generator) chance(p *page, aspect string, share float64) bool {
	return share > 0 && g.dice(p, aspect).Float64() < share
}

// values implements maker.
func (g *generator) values(p *page) map[string]json.RawMessage {
	title := g.title(p)
	values := map[string]json.RawMessage{"title": Text(title).raw()}
	set := func(name, kind string, v any) {
		raw, err := propertyValue(kind, v)
		if err != nil {
			panic(err) // the values below suit their types
		}
		values[propertyID(name)] = raw
	}
	d := g.dice(p, "values")
	switch g.kinds[p.number] {
	case pageRow:
		set("slug", "rich_text", g.slug(p, d))
		set("description", "rich_text", sentence(d))
		set("visibility", "select", []string{"public", "members"}[d.IntN(2)])
		set("Tags", "multi_select", tags(d))
		set("Order", "number", p.number)
		set("Menu", "checkbox", d.IntN(4) == 0)
		set("Related", "relation", g.related(p, d))
	case postRow:
		set("Slug", "formula", g.slug(p, d))
		set("Date", "date", p.created.AddDate(0, 0, d.IntN(30)))
		set("Status", "status", []string{"Draft", "Review", "Published"}[d.IntN(3)])
		set("Tags", "multi_select", tags(d))
		set("Author", "people", people[:1+d.IntN(len(people))])
		set("Link", "url", "https://example.com/"+strconv.Itoa(p.number))
		set("ID", "unique_id", map[string]any{"prefix": "POST", "number": p.number})
	case innerRow:
		slug := "row-" + strconv.Itoa(p.number)
		set("slug", "rich_text", []string{"", slug, "/" + slug}[d.IntN(3)])
		set("Note", "rich_text", sentence(d))
		set("Done", "checkbox", d.IntN(2) == 0)
	}
	return values
}

func (g *generator) slug(p *page, d *rand.Rand) string {
	if g.chance(p, "draft", g.DraftShare) {
		return ""
	}
	return []string{"", "docs/", "guide/start/"}[d.IntN(3)] + "page-" + strconv.Itoa(p.number)
}

func (g *generator) title(p *page) string {
	d := g.dice(p, "title")
	return titleWords[d.IntN(len(titleWords))] + " " + words2[d.IntN(len(words2))] + " " + strconv.Itoa(p.number)
}

func (g *generator) related(p *page, d *rand.Rand) []string {
	n := d.IntN(3)
	if g.chance(p, "relations", g.RelationShare) {
		n = referenceLimit + 5
	}
	rows := g.rows[pageRow]
	ids := make([]string, 0, n)
	for i := range min(n, len(rows)) {
		ids = append(ids, rows[(p.number+i)%len(rows)].id)
	}
	return ids
}
