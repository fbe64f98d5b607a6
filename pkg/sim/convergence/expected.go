package convergence

import (
	"slices"
	"strings"

	"notionsync/pkg/sim/notionsim"
)

// Site is what a site's Redis holds, as far as it is compared.
type Site struct {
	Pages     map[string]Page   // by slug
	Indexes   map[string][]Item // by collection
	Databases map[string]Table  // by id
}

// Page is what matters of a bundle.
type Page struct {
	ID, Title, Collection, Kind string
	ParentSlug, ParentTitle     string // empty: none
	Text                        string // what its paragraphs say; of what is published, all of its Markdown
	Children                    []Item
	Links                       map[string]string
}

// Item is a page as a list shows it.
type Item struct{ ID, Slug, Title string }

// Table is a database inside a page.
type Table struct {
	Title string
	Items []Item
}

// Addresses is where each page is published.
func (s Site) Addresses() map[string]string {
	at := map[string]string{}
	for slug, p := range s.Pages {
		at[p.ID] = slug
	}
	return at
}

// Want is what a site must hold.
type Want struct {
	Site
	Stays map[string]string // page → where it was and still has to be; what it shows there is left open
	Open  map[string]string // page or database → why it may be there and may not
}

// Expected is what the site must hold after a full sync that nothing disturbed. before is what it held when that began.
func Expected(world *notionsim.Workspace, collections []Collection, before Site, forced bool) Want {
	t := newTree(world, collections)
	a := &addresses{tree: t, before: before.Addresses(), stuck: map[string]bool{}, without: map[string]bool{}}
	w := Want{Stays: map[string]string{}, Open: map[string]string{}}
	a.keep(w, forced)
	a.resolve()
	for id := range a.at {
		if a.fixed(id) {
			w.Stays[id] = a.at[id]
		}
	}
	w.Site = a.site(collections)
	for _, p := range t.places {
		for _, db := range p.databases {
			if !t.databases[db].Shared {
				w.Open[db] = "it can't be listed"
			}
		}
	}
	return w
}

// brakeAt is the number of removals that no brake minds.
const brakeAt = 10

// keep finds the pages that stay though nobody reads them, and those about which nothing is said.
func (a *addresses) keep(w Want, forced bool) {
	gone, configured := []string{}, 0
	for id := range a.before {
		p := a.byID[id]
		switch {
		case p.lives() && p.hidden:
			a.stuck[id] = true
		case !p.lives():
			gone = append(gone, id)
			if a.configuredAway(id) {
				configured++
			}
		}
	}
	brake := func(n int) bool { return !forced && n > brakeAt && 2*n > len(a.before) }
	for _, id := range gone {
		p := a.byID[id]
		switch {
		case brake(configured) && p != nil && a.configuredAway(id):
			a.stuck[id] = true
		case p != nil && p.unread:
			w.Open[id] = "it is not shared, but named by the page it stands in"
		case brake(len(gone)):
			w.Open[id] = "the brake holds"
		case a.blind:
			w.Open[id] = "a database can't be listed"
		}
	}
}

// configuredAway reports whether a page is to leave the site though it is neither deleted nor unshared: by the
// configuration, or because it stands elsewhere now.
func (a *addresses) configuredAway(id string) bool {
	p, info := a.byID[id], a.pages[id]
	return info.ID != "" && !info.Trashed && info.Shared && (p == nil || p.filtered)
}

// site is what those pages show that have an address.
func (a *addresses) site(collections []Collection) Site {
	s := Site{Pages: map[string]Page{}, Indexes: map[string][]Item{}, Databases: map[string]Table{}}
	for _, c := range collections {
		if !c.Dropped {
			s.Indexes[c.Name] = nil
		}
	}
	for _, p := range a.places {
		slug := a.at[p.ID]
		if slug == "" || a.fixed(p.ID) {
			continue
		}
		shown := Page{
			ID: p.ID, Title: p.Title, Collection: p.collection, Kind: p.kind, Text: p.text, Links: map[string]string{},
			ParentSlug: a.at[p.parent], Children: a.items(p.children),
		}
		if above := a.byID[p.parent]; above != nil {
			shown.ParentTitle = above.Title
		}
		for _, id := range p.mentions {
			if at := a.at[id]; at != "" {
				shown.Links[id] = at
			}
		}
		s.Pages[slug] = shown
		if p.kind == kindPage {
			s.Indexes[p.collection] = append(s.Indexes[p.collection], a.items([]string{p.ID})...)
		}
		for _, db := range p.databases {
			if info := a.databases[db]; info.Shared && !info.Trashed {
				s.Databases[db] = Table{Title: info.Title, Items: a.newestFirst(a.items(a.rowsOf(info)))}
			}
		}
	}
	for name, items := range s.Indexes {
		s.Indexes[name] = a.newestFirst(items)
	}
	return s
}

func (a *addresses) rowsOf(db notionsim.DatabaseInfo) (rows []string) {
	for _, source := range db.SourceIDs {
		rows = append(rows, a.rows[source]...)
	}
	return rows
}

// items are those of the pages that have an address.
func (a *addresses) items(ids []string) (items []Item) {
	for _, id := range ids {
		if at := a.at[id]; at != "" && a.byID[id] != nil {
			items = append(items, Item{ID: id, Slug: at, Title: a.byID[id].Title})
		}
	}
	return items
}

// newestFirst orders a list as indexes are: newest first, ties by id.
func (a *addresses) newestFirst(items []Item) []Item {
	slices.SortFunc(items, func(x, y Item) int {
		if c := a.byID[y.ID].Created.Compare(a.byID[x.ID].Created); c != 0 {
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
	return items
}
