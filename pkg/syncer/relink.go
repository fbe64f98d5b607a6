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
func (sl *slice) relink(ctx context.Context, e Entry) error {
	faces, err := sl.Store.Sample(ctx, sl.job.ID, SetFaces, relinkBatch)
	if err != nil {
		return err
	}
	c := &Change{Entry: e}
	if len(faces) == 0 {
		return sl.commit(ctx, c)
	}
	pages, originals := splitFaces(faces)
	if c.Add, err = sl.staleCopies(ctx, originals); err != nil {
		return err
	}
	around, err := sl.surroundings(ctx, pages)
	if err != nil {
		return err
	}
	known, err := sl.shownBy(ctx, around)
	if err != nil {
		return err
	}
	for _, rec := range around {
		if rec.Parent != "" && !known[rec.Parent].published() { // it was found there before that one went
			e := entry(workConfirm, classConfirm, rec.ID)
			e.Orphan, e.Parent = true, rec.Parent
			c.Add = append(c.Add, e)
		} else if sl.outdated(rec, known) {
			c.Add = append(c.Add, deriveEntry(rec))
		}
	}
	for _, rec := range anchored(around, known) {
		c.Note = append(c.Note, rec)
		if !slices.ContainsFunc(c.Add, func(e Entry) bool { return e.Key == deriveEntry(rec).Key }) {
			c.Add = append(c.Add, deriveEntry(rec))
		}
	}
	c.Take = map[Set][]string{SetFaces: faces}
	again := e
	c.Then = &again
	return sl.commit(ctx, c)
}

// surroundings are the published pages that show something of the given ones: these themselves, their parents, child
// pages and rows, and the pages that link to them.
func (sl *slice) surroundings(ctx context.Context, ids []string) (map[string]*Record, error) {
	changed, err := sl.Store.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	near, err := sl.Store.Linkers(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		rec := changed[id]
		if rec == nil {
			continue
		}
		near = append(near, rec.Parent)
		for _, kid := range rec.Kids {
			if !kid.Database {
				near = append(near, kid.ID)
				continue
			}
			rows, err := sl.Store.Members(ctx, "db:"+kid.ID)
			if err != nil {
				return nil, err
			}
			near = append(near, rows...)
		}
	}
	more, err := sl.Store.Records(ctx, near)
	if err != nil {
		return nil, err
	}
	maps.Copy(changed, more)
	maps.DeleteFunc(changed, func(_ string, r *Record) bool { return r.Slug == "" })
	return changed, nil
}

// shownBy are the pages that others show something of.
func (sl *slice) shownBy(ctx context.Context, others map[string]*Record) (map[string]*Record, error) {
	var ids []string
	for _, r := range others {
		ids = append(append(ids, r.Parent), slices.Collect(maps.Keys(r.Links))...)
		for _, kid := range r.Kids {
			ids = append(ids, kid.ID)
		}
	}
	return sl.Store.Records(ctx, ids)
}

// outdated reports whether the bundle of a page shows an outdated slug, title or icon of its parent, of a child page or of
// a page that it links to or mentions.
func (sl *slice) outdated(r *Record, known map[string]*Record) bool {
	if r.Parent != "" {
		parent := known[r.Parent]
		if r.Under.Slug != parent.Slug || r.Under.Title != parent.Title || r.wanted(parent) != r.Slug ||
			r.Collection != parent.Collection {
			return true
		}
	}
	for _, kid := range r.Kids {
		now := Face{}
		if rec := known[kid.ID]; !kid.Database && rec != nil && rec.Parent == r.ID {
			now = rec.Face()
			if sl.asked() == page.ContentMarkdown && rec.Slug != "" && rec.In != "" && rec.In != kid.List {
				return true
			}
		}
		if kid.Face.Slug != now.Slug || now.Slug != "" && !kid.Face.Equal(now) {
			return true
		}
	}
	return r.misleads(known)
}
