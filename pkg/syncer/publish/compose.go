package publish

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/discover"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
)

// compose makes the change that publishes a page at t.Next.Want, whoever has that slug.
func (inv *Room) compose(ctx context.Context, t *place.Target) (*model.Change, error) {
	if inv.forecast != nil {
		return inv.forecast.Compose(ctx, inv, t)
	}
	if t.Task.Work == model.WorkRefresh {
		return inv.composeRefreshed(ctx, t)
	}
	tree, body, err := inv.readContent(ctx, t.Task, t.Read)
	t.Task = tree.task
	if err != nil {
		return nil, err
	}
	ctx = model.Begun(ctx)
	o, err := complete(ctx, t, tree)
	if err != nil {
		tree.rescue(ctx, err)
	}
	t.Task = tree.task
	if err != nil {
		return nil, model.FromSource(err)
	}
	kept, err := inv.keepFiles(ctx, t, o, &body)
	if err != nil {
		tree.rescue(ctx, err)
		t.Task = tree.task
		return nil, err
	}
	o = body.withLinks(o, kept.links)
	r := t.Next
	r.Slug = r.Want
	r.Reads += max(1, tree.reads())
	body.labels(r)
	links, err := inv.Around(ctx, r, t.Parent, body.children, body.targets(o), true)
	if err != nil {
		return nil, err
	}
	meta := page.NewMeta(o)
	r.Describe(&meta, links)
	r.Icon, meta.Media, r.Files = meta.Icon, kept.media, kept.ids
	bundle := page.Bundle{
		Meta: meta, Blocks: page.MarshalBlocks(body.blocks), Markdown: body.markdown(r),
		Content: inv.kindOf(body), SyncedAt: inv.Time(),
	}
	c, err := inv.ChangeOf(ctx, t, body.children, len(tree.missing()) == 0)
	if err != nil {
		return nil, err
	}
	c.Warnings = slices.Concat(c.Warnings, tree.warningsOf(r), kept.warn)
	maps.Copy(c.Count, kept.count)
	if err := inv.followCopies(ctx, c, t, body.blocks, bundle.Blocks); err != nil {
		return nil, err
	}
	item := page.NewItem(o, meta)
	return c, inv.Publish(ctx, c, t, bundle, &item)
}

// ChangeOf begins the change that publishes a page whose content is known: all but the page itself. whole: everything that
// stands in it has been shown.
func (inv *Room) ChangeOf(ctx context.Context, t *place.Target, children []discover.FoundChild, whole bool) (*model.Change, error) {
	r := t.Next
	c := t.Finish()
	c.Count = model.Counts{model.CountPending: -1, model.CountSynced: 1, model.CountOf(model.CountSynced, r.Kind): 1}
	if whole {
		c.Complete = []string{r.ID}
	}
	if t.Was == nil || t.Was.Failed || t.Task.Force || t.Task.Attempts > 0 {
		c.Cleared = []string{r.ID}
	}
	if r.Kind == page.KindPage {
		c.Count[model.CountIn(r.Collection)] = 1
	}
	if t.Task.Class == model.ClassConflicts {
		inv.SweepAgain(c, t.Was)
	}
	return c, inv.SortChildren(ctx, c, r, children)
}

// complete fetches the values of properties that Notion has cut short in the page object. What Notion does not give stays
// as it is there.
func complete(ctx context.Context, t *place.Target, tree *treeReader) (page.Object, error) {
	o := t.Object
	for _, cut := range o.Cut() {
		values, err := tree.property(ctx, cut.ID)
		if err != nil && !errors.Is(err, model.ErrRefused) && !errors.Is(err, model.ErrNotFound) {
			return o, err
		}
		full := o
		if err == nil { // a rollup's items may be those that it is computed from
			full, err = o.Complete(cut.Name, values.Items)
		}
		if err != nil {
			t.Warn = append(t.Warn, fmt.Sprintf("property %q of page %s is incomplete, Notion gives no more of it: %v",
				cut.Name, o.ID, err))
			continue
		}
		o = full
	}
	return o, nil
}

// Around fills in what a record says of the pages around it: parent, child pages, pages linked to. It returns the links
// for the bundle. With expect, pages not written yet are taken to be where they will be if all goes well; the relink
// step puts right what turns out otherwise.
func (inv *Room) Around(
	ctx context.Context, r, parent *model.Record, children []discover.FoundChild, targets []string, expect bool,
) (map[string]string, error) {
	ids := slices.Clone(targets)
	for _, child := range children {
		ids = append(ids, child.ID)
	}
	known, err := inv.Store.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	if parent != nil {
		r.ParentShown = model.Summary{Slug: parent.Slug, Title: parent.Title}
	}
	r.Children = nil
	for _, child := range children {
		k := model.Child{ID: child.ID, Database: child.Type == "child_database", List: child.List}
		if rec := known[child.ID]; rec.Published() && rec.Parent == r.ID {
			k.Shown = rec.Summary()
			if inv.ContentAsked() == page.ContentMarkdown {
				k.List = cmp.Or(rec.In, k.List) // its own word; where it stands in Markdown is a guess
			}
		} else if !k.Database && expect {
			k.Shown = model.Summary{Slug: page.ChildSlug(r.Slug, child.Title, child.ID), Title: child.Title}
		}
		r.Children = append(r.Children, k)
	}
	r.Links = map[string]string{}
	for _, id := range targets {
		switch rec := known[id]; {
		case id == r.ID:
			r.Links[id] = r.Slug
		case rec == nil:
			r.Links[id] = ""
		case rec.Slug == "" && expect:
			r.Links[id] = rec.Want
		default:
			r.Links[id] = rec.Slug
		}
	}
	r.Calls(known)
	return r.ResolvedLinks(), nil
}

// Publish adds the page itself to a change.
func (inv *Room) Publish(ctx context.Context, c *model.Change, t *place.Target, bundle page.Bundle, item *page.Item) error {
	r := t.Next
	w := model.PageWrite{Record: r, Was: t.Was}
	var err error
	if w.Bundle, err = bundle.Encode(); err != nil {
		return fmt.Errorf("bundle of page %s: %w", r.ID, err)
	}
	if r.List != "" {
		if w.Item, err = item.Encode(); err != nil {
			return fmt.Errorf("index entry of page %s: %w", r.ID, err)
		}
		shown, err := inv.shown(ctx, t)
		if err != nil {
			return err
		}
		if !bytes.Equal(shown, w.Item) {
			c.PutIn(model.SetLists, r.List)
		}
	}
	c.Write = append(c.Write, w)
	if t.Task.Work == model.WorkPage || !t.Was.Summary().Equal(r.Summary()) || t.Was.Collection != r.Collection {
		c.PutIn(model.SetChanged, r.ID)
	}
	c.Leaves(t.Was, r)
	return nil
}

// shown is the page's line in the index it is to stand in; nil if it does not stand there yet.
func (inv *Room) shown(ctx context.Context, t *place.Target) ([]byte, error) {
	if t.Was == nil || t.Was.List != t.Next.List || t.Was.Slug != t.Next.Slug {
		return nil, nil // the index is to be written in any case
	}
	return inv.Store.Item(ctx, t.Next.ID)
}
