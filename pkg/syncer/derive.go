package syncer

import (
	"context"
	"maps"
	"slices"

	"notionsync/pkg/page"
)

// aimDerived decides what is to become of a page whose surroundings have changed: its parent's slug, say.
func (sl *slice) aimDerived(ctx context.Context, t *target) (*target, error) {
	if !t.was.published() {
		return nil, sl.commit(ctx, &Change{Entry: t.entry}) // removed meanwhile
	}
	if t.was.Parent != "" {
		known, err := sl.Store.Records(ctx, []string{t.was.Parent})
		if err != nil {
			return nil, err
		}
		if t.parent = known[t.was.Parent]; !t.parent.published() {
			return nil, sl.commit(ctx, &Change{Entry: t.entry}) // the sweep sees to it
		}
	}
	next := *t.was
	next.Want = next.wanted(t.parent)
	if t.parent != nil {
		next.Collection = t.parent.Collection
	}
	if t.parent != nil && next.Want != t.was.Slug {
		if circle, err := sl.circle(ctx, t.parent, t.was.ID); err != nil {
			return nil, err
		} else if circle {
			return nil, sl.untangle(ctx, t)
		}
	}
	t.next = &next
	return t, nil
}

// deepest is how many pages may stand above a page.
const deepest = 100

// circle reports whether a page is among those above it, of which the first is given: pages that were moved while they
// were read may be known as each other's parents.
func (sl *slice) circle(ctx context.Context, above *Record, id string) (bool, error) {
	for range deepest {
		switch {
		case above == nil || above.Parent == "":
			return false, nil
		case above.Parent == id:
			return true, nil
		}
		known, err := sl.Store.Records(ctx, []string{above.Parent})
		if err != nil {
			return false, err
		}
		above = known[above.Parent]
	}
	return true, nil
}

// untangle has a page read anew that seems to stand below itself, once in a job: derived, its slug would grow for ever. If
// it still seems so then, it stays as it is until the next job reads it.
func (sl *slice) untangle(ctx context.Context, t *target) error {
	mark := "untangled:" + t.was.ID
	done, err := sl.Store.Complete(ctx, sl.job.ID, []string{mark})
	if err != nil {
		return err
	}
	c := &Change{Entry: t.entry}
	if !done[0] {
		c.Add, c.Complete = []Entry{again(t.was)}, []string{mark}
		return sl.commit(ctx, c)
	}
	next := *t.was
	next.Failed = true
	c.Note = []*Record{&next}
	c.Warnings = []string{"page " + t.was.ID + " stands below itself, as far as Notion says; the next sync reads it again"}
	return sl.commit(ctx, c)
}

// composeDerived makes the change that brings a published bundle up to date without a request to Notion.
func (sl *slice) composeDerived(ctx context.Context, t *target) (*Change, error) {
	bundle, item, err := sl.stored(ctx, t.was)
	if err != nil {
		return nil, err
	}
	if bundle == nil {
		return sl.refetch(t), nil
	}
	r := t.next
	if !t.stays {
		r.Slug = r.Want
	}
	var kids []foundKid
	for _, kid := range t.was.Kids {
		kids = append(kids, kid.found())
	}
	links, err := sl.around(ctx, r, t.parent, kids, slices.Sorted(maps.Keys(t.was.Links)), false)
	if err != nil {
		return nil, err
	}
	r.describe(&bundle.Meta, links)
	if bundle.Content == page.ContentMarkdown {
		bundle.Markdown = page.RetitleNative(bundle.Markdown, r.titles())
	} else {
		bundle.Blocks = page.Retitle(bundle.Blocks, renamed(t.was.Kids, r.Kids))
		blocks, err := page.DecodeTree(bundle.Blocks)
		if err != nil {
			return sl.refetch(t), nil
		}
		bundle.Markdown = r.site().Markdown(blocks)
	}
	bundle.SyncedAt = sl.now()
	if item != nil {
		item.Slug = r.Slug
	}
	c := &Change{Entry: t.entry}
	return c, sl.publish(ctx, c, t, *bundle, item)
}

// renamed are the new titles, by id, of the child pages that had another one before. The page's blocks show them too, and
// Notion does not move a page's stamp when what stands in it is renamed.
func renamed(before, now []Kid) map[string]string {
	titles := map[string]string{}
	for _, kid := range now {
		i := slices.IndexFunc(before, func(k Kid) bool { return k.ID == kid.ID })
		if i >= 0 && kid.Face.Slug != "" && kid.Face.Title != before[i].Face.Title {
			titles[kid.ID] = kid.Face.Title
		}
	}
	return titles
}

// stored reads back what is published of a page: its bundle, and its line if it stands in an index. Both are nil if
// what is there cannot be read.
func (sl *slice) stored(ctx context.Context, r *Record) (*page.Bundle, *page.Item, error) {
	raw, err := sl.Store.Bundle(ctx, r.Slug)
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
	raw, err = sl.Store.Item(ctx, r.ID)
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
func (sl *slice) refetch(t *target) *Change {
	return &Change{
		Entry: t.entry, Add: []Entry{again(t.was)},
		Warnings: []string{"page " + t.was.ID + ": what was stored of it was damaged, it is read anew"},
	}
}

// again is the work of reading a published page whatever its stamp.
func again(r *Record) Entry {
	e := pageEntry(r.ID, readClass(r.Kind), r.Created)
	e.Page, e.Collection, e.Parent, e.Source, e.List = r.Kind, r.Collection, r.Parent, r.Source, r.List
	e.Force, e.Limited = true, true
	return e
}

// deriveEntry is the work of bringing a published page up to date with what is around it.
func deriveEntry(r *Record) Entry {
	e := entry(workDerive, classDerive, r.ID)
	e.Order = int64(len(r.Want)) // parents before what stands below them
	return e
}

// readClass is the class in which pages of a kind are read.
func readClass(kind string) int {
	if kind == page.KindPage {
		return classFetch
	}
	return classBelow
}

// found is a kid as it was found when the page's blocks were read.
func (k Kid) found() foundKid {
	b := page.Block{ID: k.ID, Type: "child_page", Title: k.Face.Title}
	if k.Database {
		b.Type = "child_database"
	}
	return foundKid{Block: b, list: k.List}
}
