package notionsim

import "time"

// Demo is the workspace of the local demo: some forty pages about a made-up library of tides, in two collections, Pages
// and Posts. It is the same every time, with stamps well in the past; edits are stamped with the time of day.
func Demo() *Workspace {
	d := newDemo()
	d.pages()
	d.posts()
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	d.w.now = time.Now
	return d.w
}

// DemoLinkedView is the title of the linked view of a database in the demo. Notion's API shows no data source of one, so
// that each full sync of the demo warns of it.
const DemoLinkedView = "Stations on the west coast"

// demo builds the demo workspace, a page a day.
type demo struct {
	w            *Workspace
	clock        time.Time
	pagesSource  string
	postsSource  string
	home, styles string // ids of pages that others link to
}

func newDemo() *demo {
	d := &demo{clock: time.Date(2024, 3, 4, 9, 12, 0, 0, time.UTC)}
	d.w = New(func() time.Time { return d.clock })
	d.w.salt = hash(0, "demo")
	_, d.pagesSource = must2(d.w.AddDatabase("", PagesTitle,
		Column{Name: "Name", Type: "title"},
		Column{Name: "slug", Type: "rich_text"},
		Column{Name: "description", Type: "rich_text"},
		selectColumn("visibility", "select", "public", "members", "hidden"),
		selectColumn("Tags", "multi_select", "docs", "about", "reference", "café"),
		Column{Name: "Order", Type: "number", Config: payload{"format": "number"}},
		Column{Name: "In menu", Type: "checkbox"},
		Column{Name: "Contact", Type: "email"},
		Column{Name: "Edited", Type: "last_edited_time"},
	))
	_, d.postsSource = must2(d.w.AddDatabase("", PostsTitle,
		Column{Name: "Title", Type: "title"},
		Column{Name: "Slug", Type: "rich_text"},
		Column{Name: "Description", Type: "rich_text"},
		Column{Name: "Excerpt", Type: "rich_text"},
		Column{Name: "Date", Type: "date"},
		selectColumn("Tags", "multi_select", "news", "how to", "été", "notes", "science"),
		selectColumn("Status", "status", "Draft", "In review", "Published"),
		Column{Name: "Authors", Type: "people"},
		Column{Name: "Featured", Type: "checkbox"},
		Column{Name: "Source", Type: "url"},
		Column{Name: "Attachments", Type: "files"},
		Column{Name: "Minutes", Type: "formula", Config: payload{"expression": "ceil(length(prop(\"Title\")) / 6)"}},
		Column{Name: "ID", Type: "unique_id", Config: payload{"prefix": "POST"}},
		Column{Name: "Written", Type: "created_time"},
	))
	return d
}

func selectColumn(name, kind string, options ...string) Column {
	all := make([]any, 0, len(options))
	for _, o := range options {
		all = append(all, Option(o))
	}
	config := payload{"options": all}
	if kind == "status" {
		config["groups"] = []any{}
	}
	return Column{Name: name, Type: kind, Config: config}
}

// nextDay moves the clock on.
func (d *demo) nextDay() {
	d.clock = d.clock.Add(27*time.Hour + 11*time.Minute)
}

// page adds a row to the collection Pages.
func (d *demo) page(title, slug, icon string, properties map[string]any, blocks ...Block) string {
	d.nextDay()
	if slug != "" {
		properties["slug"] = slug
	}
	id := must(d.w.AddRow(d.pagesSource, title, properties, blocks...))
	d.dress(id, icon, "")
	return id
}

// post adds a row to the collection Posts.
func (d *demo) post(title, slug, cover string, properties map[string]any, blocks ...Block) string {
	d.nextDay()
	if slug != "" {
		properties["Slug"] = slug
	}
	id := must(d.w.AddRow(d.postsSource, title, properties, blocks...))
	d.dress(id, "", cover)
	return id
}

// child adds a page in a page.
func (d *demo) child(parentID, title, icon string, blocks ...Block) string {
	d.nextDay()
	id := must(d.w.AddChildPage(parentID, title, blocks...))
	d.dress(id, icon, "")
	return id
}

func (d *demo) dress(id, icon, cover string) {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	p := d.w.pages[id]
	p.icon, p.cover = emojiIcon(icon), picture(cover)
}

// must is for edits of a workspace that was just built: they can fail only if this file is wrong.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}
