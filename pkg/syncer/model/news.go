package model

import "slices"

// News is what the site has not been told yet. It is kept in the transactions that make it, so that nothing is left out
// if an invocation is killed between writing and telling.
type News struct {
	Slugs   []string // whose pages have been written
	Removed []string // where no page is any more
	Indexes []string // names of indexes that have changed
}

// Empty reports whether there is nothing to tell.
func (n News) Empty() bool { return len(n.Slugs)+len(n.Removed)+len(n.Indexes) == 0 }

// MakeNews is what a change makes new for the site.
func (c *Change) MakeNews() News {
	var n News
	for _, w := range c.Write {
		n.Slugs = append(n.Slugs, w.Record.Slug)
		if was := w.Was; was != nil && (was.Slug != w.Record.Slug || was.List != w.Record.List) {
			n.Removed = append(n.Removed, was.Slug)
			n.Indexes = append(n.Indexes, was.List)
		}
	}
	for _, r := range c.Drop {
		if r.Record.Slug != "" {
			n.Removed = append(n.Removed, r.Record.Slug)
			n.Indexes = append(n.Indexes, r.Record.List)
		}
	}
	n.Removed = slices.DeleteFunc(n.Removed, func(slug string) bool { return slug == "" || slices.Contains(n.Slugs, slug) })
	n.Indexes = slices.Concat(n.Indexes, c.Indexes, c.DropIndexes)
	n.Indexes = slices.DeleteFunc(n.Indexes, func(name string) bool { return name == "" })
	return n
}
