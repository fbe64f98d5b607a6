package publish

import (
	"context"
	"maps"
	"slices"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

const relinkBatch = 100

// relink finds the pages whose bundle shows something outdated: those around pages whose summary has changed, and those that
// show an older state of a synced block. It stays on the list until no summary is left to look at, since refreshing a page may
// change its own.
func (inv *Room) relink(ctx context.Context, e model.Task) error {
	changed, err := inv.Store.Sample(ctx, inv.Job.ID, model.SetChanged, relinkBatch)
	if err != nil {
		return err
	}
	c := model.Finish(e)
	if len(changed) == 0 {
		return inv.Commit(ctx, c)
	}
	pages, originals := splitChanged(changed)
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
		if rec.Parent != "" && !known[rec.Parent].Published() { // it was found there before that one went
			c.Add = append(c.Add, model.OrphanTask(rec.ID, rec.Parent))
		} else if inv.outdated(rec, known) {
			c.Add = append(c.Add, model.RefreshTask(rec))
		}
	}
	for _, rec := range anchored(around, known) {
		c.Remember = append(c.Remember, rec)
		if !slices.ContainsFunc(c.Add, func(e model.Task) bool { return e.Key == model.RefreshTask(rec).Key }) {
			c.Add = append(c.Add, model.RefreshTask(rec))
		}
	}
	c.Take = map[model.Set][]string{model.SetChanged: changed}
	again := e
	c.Then = &again
	return inv.Commit(ctx, c)
}

// surroundings are the published pages that show something of the given ones: these themselves, their parents, child
// pages and rows, and the pages that link to them.
func (inv *Room) surroundings(ctx context.Context, ids []string) (map[string]*model.Record, error) {
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
		for _, child := range rec.Children {
			if !child.Database {
				near = append(near, child.ID)
				continue
			}
			rows, err := inv.Store.Members(ctx, "db:"+child.ID)
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
	maps.DeleteFunc(changed, func(_ string, r *model.Record) bool { return r.Slug == "" })
	return changed, nil
}

// shownBy are the pages that others show something of.
func (inv *Room) shownBy(ctx context.Context, others map[string]*model.Record) (map[string]*model.Record, error) {
	var ids []string
	for _, r := range others {
		ids = append(append(ids, r.Parent), slices.Collect(maps.Keys(r.Links))...)
		for _, child := range r.Children {
			ids = append(ids, child.ID)
		}
	}
	return inv.Store.Records(ctx, ids)
}

// outdated reports whether the bundle of a page shows an outdated slug, title or icon of its parent, of a child page or of
// a page that it links to or mentions.
func (inv *Room) outdated(r *model.Record, known map[string]*model.Record) bool {
	return r.Parent != "" && parentOutdated(r, known[r.Parent]) || inv.childrenOutdated(r, known) || r.Misleads(known)
}

func parentOutdated(r, parent *model.Record) bool {
	return r.ParentShown.Slug != parent.Slug || r.ParentShown.Title != parent.Title || r.Wanted(parent) != r.Slug ||
		r.Collection != parent.Collection
}

func (inv *Room) childrenOutdated(r *model.Record, known map[string]*model.Record) bool {
	for _, child := range r.Children {
		now := model.Summary{}
		if rec := known[child.ID]; !child.Database && rec != nil && rec.Parent == r.ID {
			now = rec.Summary()
			if inv.ContentAsked() == page.ContentMarkdown && rec.Slug != "" && rec.In != "" && rec.In != child.List {
				return true
			}
		}
		if child.Shown.Slug != now.Slug || now.Slug != "" && !child.Shown.Equal(now) {
			return true
		}
	}
	return false
}
