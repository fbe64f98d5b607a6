package syncer

import (
	"context"
	"maps"
	"slices"

	"notionsync/pkg/page"
)

// resolveRefreshed decides what is to become of a page whose surroundings have changed: its parent's slug, say.
func (inv *Invocation) resolveRefreshed(ctx context.Context, t *Target) (*Target, error) {
	if !t.was.published() {
		return nil, inv.commit(ctx, &Change{Task: t.task}) // removed meanwhile
	}
	if t.was.Parent != "" {
		known, err := inv.Store.Records(ctx, []string{t.was.Parent})
		if err != nil {
			return nil, err
		}
		if t.parent = known[t.was.Parent]; !t.parent.published() {
			return nil, inv.commit(ctx, &Change{Task: t.task}) // the sweep sees to it
		}
	}
	next := *t.was
	next.Want = next.wanted(t.parent)
	if t.parent != nil {
		next.Collection = t.parent.Collection
	}
	if t.parent != nil && next.Want != t.was.Slug {
		if circle, err := inv.inCycle(ctx, t.parent, t.was.ID); err != nil {
			return nil, err
		} else if circle {
			return nil, inv.breakCycle(ctx, t)
		}
	}
	t.next = &next
	return t, nil
}

// deepest is how many pages may stand above a page.
const deepest = 100

// inCycle reports whether a page is among those above it, of which the first is given: pages that were moved while they
// were read may be known as each other's parents.
func (inv *Invocation) inCycle(ctx context.Context, above *Record, id string) (bool, error) {
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

// breakCycle has a page read anew that seems to stand below itself, once in a job: derived, its slug would grow for ever. If
// it still seems so then, it stays as it is until the next job reads it.
func (inv *Invocation) breakCycle(ctx context.Context, t *Target) error {
	mark := "untangled:" + t.was.ID
	done, err := inv.Store.Complete(ctx, inv.job.ID, []string{mark})
	if err != nil {
		return err
	}
	c := &Change{Task: t.task}
	if !done[0] {
		c.Add, c.Complete = []Task{readAgain(t.was)}, []string{mark}
		return inv.commit(ctx, c)
	}
	next := *t.was
	next.Failed = true
	c.Remember = []*Record{&next}
	c.Warnings = []string{"page " + t.was.ID + " stands below itself, as far as Notion says; the next sync reads it again"}
	return inv.commit(ctx, c)
}

// composeRefreshed makes the change that brings a published bundle up to date without a request to Notion.
func (inv *Invocation) composeRefreshed(ctx context.Context, t *Target) (*Change, error) {
	bundle, item, err := inv.stored(ctx, t.was)
	if err != nil {
		return nil, err
	}
	if bundle == nil {
		return inv.refetch(t), nil
	}
	r := t.next
	if !t.stays {
		r.Slug = r.Want
	}
	var kids []foundChild
	for _, kid := range t.was.Children {
		kids = append(kids, asFound(kid))
	}
	links, err := inv.around(ctx, r, t.parent, kids, slices.Sorted(maps.Keys(t.was.Links)), false)
	if err != nil {
		return nil, err
	}
	titles := renamed(t.was.Children, r.Children)
	relinked := len(titles) > 0 || !maps.Equal(r.targets(), t.was.targets())
	r.describe(&bundle.Meta, links)
	if relinked && bundle.Content != page.ContentMarkdown {
		bundle.Blocks = page.Retitle(bundle.Blocks, titles)
		blocks, err := page.DecodeTree(bundle.Blocks)
		if err != nil {
			return inv.refetch(t), nil
		}
		bundle.Markdown = page.Markdown(blocks, r.targets())
	}
	bundle.SyncedAt = inv.now()
	if item != nil {
		item.Slug = r.Slug
	}
	c := &Change{Task: t.task}
	return c, inv.publish(ctx, c, t, *bundle, item)
}

// renamed are the new titles, by id, of the child pages that had another one before. The page's blocks show them too, and
// Notion does not move a page's stamp when what stands in it is renamed.
func renamed(before, now []Child) map[string]string {
	titles := map[string]string{}
	for _, kid := range now {
		i := slices.IndexFunc(before, func(k Child) bool { return k.ID == kid.ID })
		if i >= 0 && kid.Shown.Slug != "" && kid.Shown.Title != before[i].Shown.Title {
			titles[kid.ID] = kid.Shown.Title
		}
	}
	return titles
}

// stored reads back what is published of a page: its bundle, and its line if it stands in an index. Both are nil if
// what is there cannot be read.
func (inv *Invocation) stored(ctx context.Context, r *Record) (*page.Bundle, *page.Item, error) {
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

// refetch makes the change that has a page read anew, because what is stored of it cannot be read.
func (inv *Invocation) refetch(t *Target) *Change {
	return &Change{
		Task: t.task, Add: []Task{readAgain(t.was)},
		Warnings: []string{"page " + t.was.ID + ": what was stored of it was damaged, it is read anew"},
	}
}

// asFound is a kid as it was found when the page's blocks were read.
func asFound(k Child) foundChild {
	b := page.Block{ID: k.ID, Type: "child_page", Title: k.Shown.Title}
	if k.Database {
		b.Type = "child_database"
	}
	return foundChild{Block: b, list: k.List}
}
