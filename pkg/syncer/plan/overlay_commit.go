package plan

import (
	"context"
	"slices"

	"notionsync/pkg/syncer/model"
)

// lasting are the sets that a job takes over from those before it.
var lasting = []model.Set{model.SetChanged, model.SetLists}

// Extend implements Lease.
func (o *overlay) Extend(context.Context) error { return nil }

// Release implements Lease.
func (o *overlay) Release(context.Context) error { return nil }

// BuildIndex implements Lease. No index is built.
func (o *overlay) BuildIndex(context.Context, model.Index) error { return nil }

// BuildList implements Lease. The list is in place at once: nobody else reads it.
func (o *overlay) BuildList(_ context.Context, name string, pages []*model.Record) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.emptied[name] = true
	delete(o.lists, name)
	for _, rec := range pages {
		o.enlist(name, rec.ID, true)
	}
	return nil
}

// SaveJob implements Lease.
func (o *overlay) SaveJob(_ context.Context, j *model.Job, add model.Counts) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	saved := *j
	o.job = &saved
	for name, n := range add {
		o.counts[name] += n
	}
	return nil
}

// Commit implements Lease. What package store does in a transaction is done to the memory, in the same order.
func (o *overlay) Commit(ctx context.Context, c *model.Change) error {
	owners, err := o.ownersOf(ctx, c)
	if err != nil {
		return err
	}
	published := map[string]bool{} // slugs of reservations that are to yield
	for slug, id := range c.Yield {
		raw, err := o.Bundle(ctx, slug)
		if err != nil {
			return err
		}
		published[slug] = id != "" && raw != nil
	}
	owed := map[model.Set][]string{}
	if c.Inherit {
		for _, set := range lasting {
			if owed[set], err = o.Store.Sample(ctx, "", set, allOfThem); err != nil {
				return err
			}
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for slug, owner := range owners {
		if _, written := o.owners[slug]; !written {
			o.owners[slug] = owner
		}
	}
	if err := o.guard(c, published); err != nil {
		return err
	}
	o.pages(c)
	for set, ids := range owed {
		o.sets[set] = nil
		o.put(set, ids, true)
	}
	o.bookkeep(c)
	o.keepParts(c)
	o.report(c)
	o.list(c)
	return nil
}

// allOfThem is a limit that no set comes to.
const allOfThem = 1 << 20

// ownersOf asks the real store whose the slugs are that a change may take or give up.
func (o *overlay) ownersOf(ctx context.Context, c *model.Change) (map[string]string, error) {
	var slugs []string
	for _, w := range c.Write {
		slugs = append(slugs, w.Record.Slug)
		if w.Was != nil {
			slugs = append(slugs, w.Was.Slug, w.Was.Want)
		}
	}
	for _, r := range c.Drop {
		slugs = append(slugs, r.Record.Slug, r.Record.Want)
	}
	for _, some := range []map[string]string{c.Give, c.Claim, c.Unclaim} {
		for slug := range some {
			slugs = append(slugs, slug)
		}
	}
	slugs = slices.DeleteFunc(unwritten(o, slugs, o.owners), func(slug string) bool { return slug == "" })
	owners, err := o.Store.Owners(ctx, slugs)
	if err != nil {
		return nil, err
	}
	for _, slug := range slugs {
		owners[slug] += "" // a free slug is known too
	}
	return owners, nil
}

// guard tests that the work is still to be done, that records are as they were read, and that the slugs are still to be had.
// At some of those that are to yield something is published.
func (o *overlay) guard(c *model.Change, published map[string]bool) error {
	for _, e := range append([]model.Task{c.Task}, c.Also...) {
		if now, there := o.tasks[e.Key]; e.Key != "" && (!there || now.Rev != e.Rev) {
			return model.ErrStale
		}
	}
	for _, rec := range c.Remember {
		if now, written := o.records[rec.ID]; written && rec.Raw != rawOf(now) {
			return model.ErrChanged
		}
	}
	return o.guardSlugs(c, published)
}

func (o *overlay) guardSlugs(c *model.Change, published map[string]bool) error {
	for _, w := range c.Write {
		slug, id := w.Record.Slug, w.Record.ID
		if owner := o.owners[slug]; c.Give[slug] != id && owner != "" && owner != id {
			return &model.SlugTaken{Slug: slug, Owner: owner}
		}
	}
	for slug, id := range c.Claim {
		if owner := o.owners[slug]; owner != "" && owner != id && owner != c.Yield[slug] {
			return &model.SlugTaken{Slug: slug, Owner: owner}
		}
		if published[slug] {
			return &model.SlugTaken{Slug: slug, Owner: c.Yield[slug]}
		}
	}
	return nil
}

// rawOf is what is stored of a page: empty if there is nothing.
func rawOf(rec *model.Record) string {
	if rec == nil {
		return ""
	}
	return rec.Raw
}

// bookkeep keeps what the job and the engine remember.
func (o *overlay) bookkeep(c *model.Change) {
	for _, id := range c.Complete {
		o.complete[id] = true
	}
	for set, ids := range c.Put {
		o.put(set, ids, true)
	}
	for set, ids := range c.Take {
		o.put(set, ids, false)
	}
	for _, db := range c.Databases {
		o.inner[db.ID] = &db
	}
	gone := slices.Clone(c.DropIndexes)
	for _, id := range c.DropDatabases {
		o.inner[id] = nil
		gone = append(gone, "db:"+id)
	}
	for _, list := range gone {
		o.emptied[list] = true
		delete(o.lists, list)
	}
	for name, value := range c.Observed {
		o.observed[name] = value
	}
	for id, kept := range c.Files {
		o.files[id] = &kept
	}
	for _, id := range c.DropFiles {
		o.files[id] = nil
	}
	for _, e := range c.Errors {
		if !e.Unknown {
			o.failed[e.PageID] = true
		}
	}
	for _, id := range c.Cleared {
		o.failed[id] = false
	}
}

// list keeps the to-do list: what a change adds is added before what it finishes is taken off, but for what has the same
// key, which takes its place.
func (o *overlay) list(c *model.Change) {
	finished := append([]model.Task{c.Task}, c.Also...)
	again := func(e model.Task) bool {
		return slices.ContainsFunc(finished, func(f model.Task) bool { return f.Key == e.Key })
	}
	for _, second := range []bool{false, true} {
		for _, e := range c.Add {
			if again(e) == second {
				o.add(e)
			}
		}
		for _, m := range c.Sightings {
			if (m.Task != nil && again(*m.Task)) == second {
				if o.meet(m) {
					o.note(c, func(rec *model.Record) bool { return rec.ID == m.ID })
				}
			}
		}
		if second {
			break
		}
		for _, e := range finished {
			if e.Key != "" && (c.Then == nil || c.Then.Key != e.Key) {
				o.strike(e.Key)
			}
		}
	}
	if c.Then != nil {
		o.enter(*c.Then)
	}
}
