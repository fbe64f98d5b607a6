package publish

import (
	"context"
	"maps"
	"slices"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/discover"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
)

// resolveRefreshed decides what is to become of a page whose surroundings have changed: its parent's slug, say.
func (inv *Room) resolveRefreshed(ctx context.Context, t *place.Target) (*place.Target, error) {
	if !t.Was.Published() {
		return nil, inv.Commit(ctx, model.Finish(t.Task)) // removed meanwhile
	}
	if t.Was.Parent != "" {
		known, err := inv.Store.Records(ctx, []string{t.Was.Parent})
		if err != nil {
			return nil, err
		}
		if t.Parent = known[t.Was.Parent]; !t.Parent.Published() {
			return nil, inv.Commit(ctx, model.Finish(t.Task)) // the sweep sees to it
		}
	}
	next := *t.Was
	next.Want = next.Wanted(t.Parent)
	if t.Parent != nil {
		next.Collection = t.Parent.Collection
	}
	if t.Parent != nil && next.Want != t.Was.Slug {
		if circle, err := inv.inCycle(ctx, t.Parent, t.Was.ID); err != nil {
			return nil, err
		} else if circle {
			return nil, inv.breakCycle(ctx, t)
		}
	}
	t.Next = &next
	return t, nil
}

// deepest is how many pages may stand above a page.
const deepest = 100

// inCycle reports whether a page is among those above it, of which the first is given: pages that were moved while they
// were read may be known as each other's parents.
func (inv *Room) inCycle(ctx context.Context, above *model.Record, id string) (bool, error) {
	for range deepest {
		switch {
		case above == nil || above.Parent == "":
			return false, nil
		case above.Parent == id:
			return true, nil
		}
		known, err := inv.Store.Records(ctx, []string{above.Parent})
		if err != nil {
			return false, err
		}
		above = known[above.Parent]
	}
	return true, nil
}

// breakCycle has a page read anew that seems to stand below itself, once in a job: refreshed, its slug would grow for ever. If
// it still seems so then, it stays as it is until the next job reads it.
func (inv *Room) breakCycle(ctx context.Context, t *place.Target) error {
	mark := "untangled:" + t.Was.ID
	done, err := inv.Store.Complete(ctx, inv.Job.ID, []string{mark})
	if err != nil {
		return err
	}
	c := model.Finish(t.Task)
	if !done[0] {
		c.Add, c.Complete = []model.Task{model.ReadAgain(t.Was)}, []string{mark}
		return inv.Commit(ctx, c)
	}
	next := *t.Was
	next.Failed = true
	c.Remember = []*model.Record{&next}
	c.Warn("page %s stands below itself, as far as Notion says; the next sync reads it again", t.Was.ID)
	return inv.Commit(ctx, c)
}

// composeRefreshed makes the change that brings a published bundle up to date without a request to Notion.
func (inv *Room) composeRefreshed(ctx context.Context, t *place.Target) (*model.Change, error) {
	bundle, item, err := inv.stored(ctx, t.Was)
	if err != nil {
		return nil, err
	}
	if bundle == nil {
		return inv.Refetch(t), nil
	}
	r := t.Next
	if !t.Stays {
		r.Slug = r.Want
	}
	var children []discover.FoundChild
	for _, child := range t.Was.Children {
		children = append(children, AsFound(child))
	}
	links, err := inv.Around(ctx, r, t.Parent, children, slices.Sorted(maps.Keys(t.Was.Links)), false)
	if err != nil {
		return nil, err
	}
	r.Describe(&bundle.Meta, links)
	if bundle.Content == page.ContentMarkdown {
		bundle.Markdown = page.RetitleNative(bundle.Markdown, r.Titles())
	} else {
		bundle.Blocks = page.Retitle(bundle.Blocks, renamed(t.Was.Children, r.Children))
		blocks, err := page.DecodeTree(bundle.Blocks)
		if err != nil {
			return inv.Refetch(t), nil
		}
		bundle.Markdown = r.Site().Markdown(blocks)
	}
	bundle.SyncedAt = inv.Time()
	if item != nil {
		item.Slug = r.Slug
	}
	c := model.Finish(t.Task)
	return c, inv.Publish(ctx, c, t, *bundle, item)
}

// renamed are the new titles, by id, of the child pages that had another one before. The page's blocks show them too, and
// Notion does not move a page's stamp when what stands in it is renamed.
func renamed(before, now []model.Child) map[string]string {
	titles := map[string]string{}
	for _, child := range now {
		i := slices.IndexFunc(before, func(k model.Child) bool { return k.ID == child.ID })
		if i >= 0 && child.Shown.Slug != "" && child.Shown.Title != before[i].Shown.Title {
			titles[child.ID] = child.Shown.Title
		}
	}
	return titles
}

// stored reads back what is published of a page: its bundle, and its line if it stands in an index. Both are nil if
// what is there cannot be read.
func (inv *Room) stored(ctx context.Context, r *model.Record) (*page.Bundle, *page.Item, error) {
	raw, err := inv.Store.Bundle(ctx, r.Slug)
	if err != nil {
		return nil, nil, err
	}
	bundle, err := page.DecodeBundle(raw)
	if err != nil || bundle.Meta.NotionID != r.ID {
		return nil, nil, nil
	}
	if r.List == "" {
		return bundle, nil, nil
	}
	raw, err = inv.Store.Item(ctx, r.ID)
	if err != nil {
		return nil, nil, err
	}
	item, err := page.DecodeItem(raw)
	if err != nil {
		return nil, nil, nil
	}
	return bundle, item, nil
}

// Refetch makes the change that has a page read anew, because what is stored of it cannot be read.
func (inv *Room) Refetch(t *place.Target) *model.Change {
	c := model.Finish(t.Task).Warn("page %s: what was stored of it was damaged, it is read anew", t.Was.ID)
	c.Add = []model.Task{model.ReadAgain(t.Was)}
	return c
}

// AsFound is a child as it was found when the page's blocks were read.
func AsFound(k model.Child) discover.FoundChild {
	b := page.Block{ID: k.ID, Type: "child_page", Title: k.Shown.Title}
	if k.Database {
		b.Type = "child_database"
	}
	return discover.FoundChild{Block: b, List: k.List}
}
