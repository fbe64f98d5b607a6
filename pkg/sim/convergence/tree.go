package convergence

import (
	"encoding/json"
	"strings"

	"notionsync/pkg/sim/notionsim"
)

// The kinds of pages, in the contract's words.
const (
	kindPage  = "page"
	kindChild = "childPage"
	kindRow   = "databaseRow"
)

// LiveProperty is the checkbox that a collection's filter asks for.
const LiveProperty = "Live"

// Collection is a configured collection.
type Collection struct {
	Name, Database string
	Filter         string // one of the Filter constants
	Dropped        bool   // it is configured no longer
}

// What a collection's filter asks for.
const (
	FilterNone    = ""
	FilterLive    = "live"    // only pages whose [LiveProperty] is checked are published
	FilterNothing = "nothing" // it matches no page at all
)

// place is a page where it stands, below one of the collections.
type place struct {
	notionsim.PageInfo
	kind, collection string
	parent           string // the page it stands in, empty for a collection's page
	slug             string // its slug property as it is written
	hidden           bool   // it lives in a database that can't be listed
	filtered         bool   // what it stands in is not to be published by the configuration, though it lives
	draft            bool
	unread           bool // it is named by the page it stands in, but not shared
	text             string
	children         []string // child pages, as they stand on the page
	databases        []string // as they stand on the page
	mentions         []string
}

// tree is every page that stands below a collection, parents first.
type tree struct {
	world     *notionsim.Workspace
	pages     map[string]notionsim.PageInfo
	rows      map[string][]string // by data source, first created first
	databases map[string]notionsim.DatabaseInfo
	places    []*place
	byID      map[string]*place
	blind     bool // a database can't be listed
}

func newTree(world *notionsim.Workspace, collections []Collection) *tree {
	t := &tree{
		world: world, pages: map[string]notionsim.PageInfo{}, rows: map[string][]string{},
		databases: map[string]notionsim.DatabaseInfo{}, byID: map[string]*place{},
	}
	for _, p := range world.Pages() {
		t.pages[p.ID] = p
		if p.ParentType == "data_source_id" {
			t.rows[p.ParentID] = append(t.rows[p.ParentID], p.ID)
		}
	}
	for _, db := range world.Databases() {
		t.databases[db.ID] = db
	}
	for _, c := range collections {
		t.enter(t.databases[c.Database], place{
			kind: kindPage, collection: c.Name, filtered: c.Dropped || c.Filter == FilterNothing,
		}, c.Filter == FilterLive)
	}
	return t
}

// enter walks through the rows of a database. at is what they have in common.
func (t *tree) enter(db notionsim.DatabaseInfo, at place, onlyLive bool) {
	if db.Trashed {
		return
	}
	if !db.Shared && !at.unread {
		t.blind, at.hidden = t.blind || !at.filtered, true
	}
	for _, source := range db.SourceIDs {
		for _, id := range t.rows[source] {
			row := at
			slug, hasSlug, live := properties(t.world, id)
			row.slug = slug
			row.draft = at.draft || at.kind == kindPage && hasSlug && strings.Trim(slug, " /") == "" && !strings.Contains(slug, "/")
			row.filtered = at.filtered || onlyLive && !live
			t.add(id, row)
		}
	}
}

// add puts a page in, with all that stands below it.
func (t *tree) add(id string, p place) {
	p.PageInfo = t.pages[id]
	unshared := !p.Shared && !p.hidden && !p.unread
	if p.Trashed || p.Archived || unshared && p.kind != kindChild || t.byID[id] != nil {
		return
	}
	p.unread = p.unread || unshared
	content := contentOf(t.world, id)
	p.text = strings.TrimSpace(content.text)
	p.children, p.databases, p.mentions = content.children, content.databases, content.mentions
	t.places = append(t.places, &p)
	t.byID[id] = &p
	below := place{collection: p.collection, parent: id, hidden: p.hidden, filtered: p.filtered, draft: p.draft, unread: p.unread}
	for _, child := range p.children {
		below.kind = kindChild
		t.add(child, below)
	}
	for _, db := range p.databases {
		below.kind = kindRow
		t.enter(t.databases[db], below, false)
	}
}

// lives reports whether the page is to be on the site, were it not for others that want its slug.
func (p *place) lives() bool { return p != nil && !p.filtered && !p.draft && !p.unread }

// Living is every page that lives in a configured collection: neither it nor anything above it is in the trash, a draft,
// filtered out or taken from the connection. Such a page, once published, may never be missing from the site. Pages in a
// database that can't be listed live too.
func Living(world *notionsim.Workspace, collections []Collection) map[string]bool {
	living := map[string]bool{}
	for _, p := range newTree(world, collections).places {
		living[p.ID] = p.lives()
	}
	return living
}

func properties(world *notionsim.Workspace, id string) (slug string, hasSlug, live bool) {
	var object struct {
		Properties map[string]struct {
			RichText []text `json:"rich_text"`
			Type     string `json:"type"`
			Checkbox bool   `json:"checkbox"`
		} `json:"properties"`
	}
	decode(&object)(world.Page(id, notionsim.V20250903))
	s, has := object.Properties["Slug"]
	for _, run := range s.RichText {
		slug += run.Plain
	}
	return slug, has, object.Properties[LiveProperty].Checkbox
}

type text struct {
	Plain   string `json:"plain_text"`
	Mention struct {
		Page struct {
			ID string `json:"id"`
		} `json:"page"`
	} `json:"mention"`
}

type block struct {
	ID        string  `json:"id"`
	Type      string  `json:"type"`
	Children  []block `json:"children"`
	Paragraph struct {
		RichText []text `json:"rich_text"`
	} `json:"paragraph"`
}

type content struct {
	text                          string
	children, databases, mentions []string
}

func contentOf(world *notionsim.Workspace, id string) (c content) {
	var blocks []block
	decode(&blocks)(world.Blocks(id, notionsim.V20250903))
	c.read(blocks)
	return c
}

func (c *content) read(blocks []block) {
	for _, b := range blocks {
		switch b.Type {
		case "child_page":
			c.children = append(c.children, b.ID)
		case "child_database":
			c.databases = append(c.databases, b.ID)
		}
		for _, run := range b.Paragraph.RichText {
			if run.Mention.Page.ID != "" {
				c.mentions = append(c.mentions, run.Mention.Page.ID)
			} else {
				c.text += run.Plain
			}
		}
		c.read(b.Children)
	}
}

// decode reads what the workspace answers; it knows every id that it has named itself.
func decode(into any) func(json.RawMessage, error) {
	return func(raw json.RawMessage, err error) {
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			panic(err)
		}
	}
}
