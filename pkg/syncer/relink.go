package syncer

import (
	"context"
	"maps"
	"slices"

	"notionsync/pkg/page"
)

const relinkBatch = 100

// relink finds the pages whose derived data is no longer right: those around pages whose face has changed, and those that
// show an older state of a synced block. It stays on the list until no face is left to look at, since deriving a page may
// change its own.
func (inv *Invocation) relink(ctx context.Context, e Task) error {
	faces, err := inv.Store.Sample(ctx, inv.job.ID, SetChanged, relinkBatch)
	if err != nil {
		return err
	}
	c := &Change{Task: e}
	if len(faces) == 0 {
		return inv.commit(ctx, c)
	}
	pages, originals := splitChanged(faces)
	if c.Add, err = inv.staleCopies(ctx, originals); err != nil {
		return err
	}
	around, err := inv.surroundings(ctx, pages)
	if err != nil {
		return err
	}
	known, err := inv.shownBy(ctx, around)
	if err != nil {
		return err
	}
	for _, rec := range around {
		if rec.Parent != "" && !known[rec.Parent].published() { // it was found there before that one went
			e := newTask(workConfirm, classConfirm, rec.ID)
			e.Orphan, e.Parent = true, rec.Parent
			c.Add = append(c.Add, e)
		} else if inv.outdated(rec, known) {
			c.Add = append(c.Add, refreshTask(rec))
		}
	}
	c.Take = map[Set][]string{SetChanged: faces}
	again := e
	c.Then = &again
	return inv.commit(ctx, c)
}

// surroundings are the published pages that show something of the given ones: these themselves, their parents, child
// pages and rows, and the pages that link to them.
func (inv *Invocation) surroundings(ctx context.Context, ids []string) (map[string]*Record, error) {
	changed, err := inv.Store.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	near, err := inv.Store.Linkers(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		rec := changed[id]
		if rec == nil {
			continue
		}
		near = append(near, rec.Parent)
		for _, kid := range rec.Children {
			if !kid.Database {
				near = append(near, kid.ID)
				continue
			}
			rows, err := inv.Store.Members(ctx, "db:"+kid.ID)
			if err != nil {
				return nil, err
			}
			near = append(near, rows...)
		}
	}
	more, err := inv.Store.Records(ctx, near)
	if err != nil {
		return nil, err
	}
	maps.Copy(changed, more)
	maps.DeleteFunc(changed, func(_ string, r *Record) bool { return r.Slug == "" })
	return changed, nil
}

// shownBy are the pages that others show something of.
func (inv *Invocation) shownBy(ctx context.Context, others map[string]*Record) (map[string]*Record, error) {
	var ids []string
	for _, r := range others {
		ids = append(append(ids, r.Parent), slices.Collect(maps.Keys(r.Links))...)
		for _, kid := range r.Children {
			ids = append(ids, kid.ID)
		}
	}
	return inv.Store.Records(ctx, ids)
}

// outdated reports whether the bundle of a page shows an outdated slug, title or icon of its parent, of a child page or of
// a page that it links to.
func (inv *Invocation) outdated(r *Record, known map[string]*Record) bool {
	if r.Parent != "" {
		parent := known[r.Parent]
		if r.ParentShown.Slug != parent.Slug || r.ParentShown.Title != parent.Title || r.wanted(parent) != r.Slug ||
			r.Collection != parent.Collection {
			return true
		}
	}
	for _, kid := range r.Children {
		now := Summary{}
		if rec := known[kid.ID]; !kid.Database && rec != nil && rec.Parent == r.ID {
			now = rec.Summary()
			if inv.asked() == page.ContentMarkdown && rec.Slug != "" && rec.In != "" && rec.In != kid.List {
				return true
			}
		}
		if kid.Shown.Slug != now.Slug || now.Slug != "" && !kid.Shown.Equal(now) {
			return true
		}
	}
	for id, slug := range r.Links {
		now := ""
		if rec := known[id]; rec != nil {
			now = rec.Slug
		}
		if id != r.ID && slug != now {
			return true
		}
	}
	return false
}
