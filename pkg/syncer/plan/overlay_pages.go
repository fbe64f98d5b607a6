package plan

import (
	"encoding/json"
	"slices"

	"notionsync/pkg/syncer/model"
)

// pages does what a change does to pages and their slugs.
func (o *overlay) pages(c *model.Change) {
	for _, r := range c.Drop {
		o.drop(r)
	}
	for _, w := range c.Write {
		o.vacate(w)
	}
	for slug, id := range c.Give {
		o.owners[slug] = id
	}
	for _, w := range c.Write {
		o.write(w)
	}
	o.note(c, func(rec *model.Record) bool {
		return !slices.ContainsFunc(c.Sightings, func(m model.Sighting) bool { return m.ID == rec.ID }) // else when it is seen
	})
	for slug, id := range c.Unclaim {
		o.disown(slug, id)
	}
	for slug, id := range c.Claim {
		o.owners[slug] = id
	}
}

func copied(rec *model.Record) *model.Record {
	if rec == nil {
		return nil
	}
	r := *rec
	return &r
}

// note keeps those of the records to be remembered that are wanted.
func (o *overlay) note(c *model.Change, wanted func(*model.Record) bool) {
	for _, rec := range c.Remember {
		if !wanted(rec) {
			continue
		}
		o.records[rec.ID] = asStored(rec)
		if rec.ID == c.Task.ID && (c.Task.Work == model.WorkPage || c.Task.Work == model.WorkRefresh) && rec.Want != rec.Slug {
			o.denied[rec.ID] = rec.Want
		}
	}
}

// asStored is a record as it is read back once it is written.
func asStored(rec *model.Record) *model.Record {
	if rec == nil {
		return nil
	}
	r := *rec
	raw, _ := json.Marshal(rec) // always has a JSON form
	r.Raw = string(raw)
	return &r
}

// drop takes a page off the site.
func (o *overlay) drop(r model.Removal) {
	rec := r.Record
	if rec.Slug != "" {
		o.leave(rec.Slug, rec.ID)
	}
	if rec.Want != rec.Slug {
		o.disown(rec.Want, rec.ID)
	}
	o.unlist(rec)
	o.unlink(rec, nil)
	o.failed[rec.ID] = false
	o.records[rec.ID] = asStored(r.Keep)
	if delete(o.denied, rec.ID); r.Keep != nil {
		o.denied[rec.ID] = r.Keep.Want
	}
}

// vacate takes a page that moves from where it was.
func (o *overlay) vacate(w model.PageWrite) {
	was := w.Was
	if was == nil {
		return
	}
	if was.Slug != "" && was.Slug != w.Record.Slug {
		o.leave(was.Slug, was.ID)
	}
	if was.Want != was.Slug && was.Want != w.Record.Slug {
		o.disown(was.Want, was.ID)
	}
	if was.Slug != w.Record.Slug || was.List != w.Record.List {
		o.unlist(was)
	}
	o.unlink(was, w.Record.Links)
}

// leave frees a slug with what is published there, unless it is another page's.
func (o *overlay) leave(slug, id string) {
	if owner := o.owners[slug]; owner == "" || owner == id {
		o.owners[slug], o.bundles[slug] = "", nil
	}
}

// disown frees a slug if it is the page's.
func (o *overlay) disown(slug, id string) {
	if o.owners[slug] == id {
		o.owners[slug] = ""
	}
}

// unlist takes a page out of the index it stands in.
func (o *overlay) unlist(rec *model.Record) {
	if rec.List != "" {
		o.enlist(rec.List, rec.ID, false)
		o.items[rec.ID] = nil
	}
}

func (o *overlay) enlist(list, id string, there bool) {
	if o.lists[list] == nil {
		o.lists[list] = map[string]bool{}
	}
	o.lists[list][id] = there
}

// unlink forgets where a published page links to, but for those links that stay.
func (o *overlay) unlink(rec *model.Record, stay map[string]string) {
	if rec.Slug == "" {
		return
	}
	for target := range rec.Links {
		if _, stays := stay[target]; !stays {
			o.link(target, rec.ID, false)
		}
	}
}

func (o *overlay) link(target, id string, there bool) {
	if o.linkers[target] == nil {
		o.linkers[target] = map[string]bool{}
	}
	o.linkers[target][id] = there
}

// write publishes a page.
func (o *overlay) write(w model.PageWrite) {
	rec := w.Record
	o.bundles[rec.Slug], o.owners[rec.Slug], o.records[rec.ID] = w.Bundle, rec.ID, asStored(rec)
	if delete(o.denied, rec.ID); rec.Want != rec.Slug {
		o.denied[rec.ID] = rec.Want
	}
	if w.Item != nil {
		o.items[rec.ID] = w.Item
		o.enlist(rec.List, rec.ID, true)
	}
	for target := range rec.Links {
		o.link(target, rec.ID, true)
	}
}
