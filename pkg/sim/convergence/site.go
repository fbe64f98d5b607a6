package convergence

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Read is what the site reads, of all keys in Redis with a string.
func Read(keys map[string]string) (Site, error) {
	s := Site{Pages: map[string]Page{}, Indexes: map[string][]Item{}, Databases: map[string]Table{}}
	for key, value := range keys {
		var err error
		if slug, ok := strings.CutPrefix(key, "page:"); ok {
			s.Pages[slug], err = readPage(value)
		} else if id, ok := strings.CutPrefix(key, "db:"); ok {
			s.Databases[id], err = readTable(value)
		} else if name, ok := strings.CutSuffix(key, ":index"); ok && !strings.HasPrefix(key, "sync:") {
			var t Table
			t, err = readTable(value)
			s.Indexes[name] = t.Items
		}
		if err != nil {
			return s, fmt.Errorf("%s: %w", key, err)
		}
	}
	return s, nil
}

type item struct{ ID, NotionID, Slug, Title string }

func readPage(raw string) (Page, error) {
	var b struct {
		Meta struct {
			NotionID, Title, Collection, Kind string
			ParentSlug, ParentTitle           *string
			ChildPages                        []item
			Links                             map[string]string
		}
		Markdown string
	}
	err := json.Unmarshal([]byte(raw), &b)
	p := Page{
		ID: b.Meta.NotionID, Title: b.Meta.Title, Collection: b.Meta.Collection, Kind: b.Meta.Kind,
		Text: b.Markdown, Links: b.Meta.Links,
	}
	if b.Meta.ParentSlug != nil {
		p.ParentSlug = *b.Meta.ParentSlug
	}
	if b.Meta.ParentTitle != nil {
		p.ParentTitle = *b.Meta.ParentTitle
	}
	for _, c := range b.Meta.ChildPages {
		p.Children = append(p.Children, Item{c.ID, c.Slug, c.Title})
	}
	return p, err
}

func readTable(raw string) (Table, error) {
	var t struct {
		Title string
		Items []item
	}
	err := json.Unmarshal([]byte(raw), &t)
	table := Table{Title: t.Title}
	for _, i := range t.Items {
		table.Items = append(table.Items, Item{i.NotionID, i.Slug, i.Title})
	}
	return table, err
}

// comparison collects what differs, in plain sentences.
type comparison struct {
	want  Want
	got   Site
	at    map[string]string // where pages are
	about map[string]bool   // nil: everything
	found []string
}

// Differences says what a site has otherwise than it must. Where about is not nil only those pages are looked at.
func Differences(want Want, got Site, about map[string]bool) []string {
	c := &comparison{want: want, got: got, at: got.Addresses(), about: about}
	for _, slug := range slices.Sorted(maps.Keys(want.Pages)) {
		c.page(slug, want.Pages[slug])
	}
	for id, slug := range want.Stays {
		if c.looksAt(id) && c.at[id] != slug {
			c.say("the page that was at %q should have stayed there, it is at %q", slug, c.at[id])
		}
	}
	wanted := want.Addresses()
	for id, slug := range c.at {
		if c.looksAt(id) && wanted[id] == "" && !c.mayBe(id) {
			c.say("%q (%s) should not be on the site", slug, got.Pages[slug].Title)
		}
	}
	if about == nil {
		c.lists()
	}
	slices.Sort(c.found)
	return c.found
}

func (c *comparison) say(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

func (c *comparison) looksAt(id string) bool { return c.about == nil || c.about[id] }

// mayBe reports whether it is open what the site shows of a page.
func (c *comparison) mayBe(id string) bool { return c.want.Stays[id] != "" || c.want.Open[id] != "" }

func (c *comparison) page(slug string, want Page) {
	if !c.looksAt(want.ID) {
		return
	}
	got, ok := c.got.Pages[slug]
	switch {
	case !ok && c.at[want.ID] == "":
		c.say("%q (%s) is missing", slug, want.Title)
		return
	case !ok || got.ID != want.ID:
		c.say("%q (%s) is missing: at %q there is %q, and that page is at %q", slug, want.Title, slug, got.Title, c.at[want.ID])
		return
	}
	c.same(slug, "title", got.Title, want.Title)
	c.same(slug, "collection", got.Collection, c.collection(want))
	c.same(slug, "kind", got.Kind, want.Kind)
	c.same(slug, "parentSlug", got.ParentSlug, want.ParentSlug)
	if parent := c.want.Pages[want.ParentSlug]; parent.ID != "" || want.ParentSlug == "" {
		c.same(slug, "parentTitle", got.ParentTitle, want.ParentTitle)
	}
	if !strings.Contains(got.Text, want.Text) {
		c.say("%q shows the text %q, it should contain %q", slug, got.Text, want.Text)
	}
	if c.about != nil {
		return
	}
	c.same(slug, "childPages", c.list(got.Children), c.list(want.Children))
	c.same(slug, "links", c.links(got.Links), c.links(want.Links))
}

// collection is the one that a page has to carry: below a page that stays where it was, that which this one shows.
func (c *comparison) collection(p Page) string {
	for above := p.ParentSlug; above != ""; above = c.want.Pages[above].ParentSlug {
		if shown, there := c.got.Pages[above]; there && c.want.Stays[shown.ID] == above {
			return shown.Collection
		}
	}
	return p.Collection
}

func (c *comparison) lists() {
	for _, name := range slices.Sorted(maps.Keys(c.want.Indexes)) {
		c.same(name+":index", "items", c.list(c.got.Indexes[name]), c.list(c.want.Indexes[name]))
	}
	for id, want := range c.want.Databases {
		got, ok := c.got.Databases[id]
		if !ok {
			c.say("db:%s (%s) is missing", id, want.Title)
			continue
		}
		c.same("db:"+id, "title", got.Title, want.Title)
		c.same("db:"+id, "items", c.list(got.Items), c.list(want.Items))
	}
	for id, got := range c.got.Databases {
		if _, ok := c.want.Databases[id]; !ok && c.want.Open[id] == "" && len(c.want.Stays)+len(c.want.Open) == 0 {
			c.say("db:%s (%s) should not be there", id, got.Title)
		}
	}
}

func (c *comparison) same(where, what, got, want string) {
	if got != want {
		c.say("%q has %s %s, it should be %s", where, what, or(got), or(want))
	}
}

func or(s string) string {
	if s == "" {
		return "nothing"
	}
	return "“" + s + "”"
}

// list writes a list down without those that are open.
func (c *comparison) list(items []Item) string {
	var lines []string
	for _, i := range items {
		if !c.mayBe(i.ID) {
			lines = append(lines, i.Slug+" ("+i.Title+")")
		}
	}
	return strings.Join(lines, ", ")
}

func (c *comparison) links(links map[string]string) string {
	var lines []string
	for id, slug := range links {
		if !c.mayBe(id) {
			lines = append(lines, slug)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}
