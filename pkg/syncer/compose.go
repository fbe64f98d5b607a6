package syncer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"notionsync/pkg/page"
)

// compose makes the change that publishes a page at next.Want, whoever has that slug.
func (inv *Invocation) compose(ctx context.Context, t *Target) (*Change, error) {
	if inv.dry != nil {
		return inv.dry.Compose(ctx, inv, t)
	}
	if t.task.Kind == workRefresh {
		return inv.composeRefreshed(ctx, t)
	}
	tree, body, err := inv.readContent(ctx, t.task, t.read)
	t.task = tree.entry
	if err != nil {
		return nil, err
	}
	ctx = Begun(ctx)
	o, err := complete(ctx, t, tree)
	if err != nil {
		tree.rescue(ctx, err)
	}
	t.task = tree.entry
	if err != nil {
		return nil, fromSource(err)
	}
	kept, err := inv.keepFiles(ctx, t, o, &body)
	if err != nil {
		tree.rescue(ctx, err)
		t.task = tree.entry
		return nil, err
	}
	o = body.withLinks(o, kept.links)
	r := t.next
	r.Slug = r.Want
	r.Reads += max(1, tree.reads())
	links, err := inv.around(ctx, r, t.parent, body.kids, body.targets(o), true)
	if err != nil {
		return nil, err
	}
	meta := page.NewMeta(o)
	r.describe(&meta, links)
	r.Icon, meta.Media, r.Files = meta.Icon, kept.media, kept.ids
	bundle := page.Bundle{
		Meta: meta, Blocks: page.MarshalBlocks(body.blocks), Markdown: body.markdown(r.targets()),
		Content: inv.kindOf(body), SyncedAt: inv.now(),
	}
	c, err := inv.changeOf(ctx, t, body.kids, len(tree.missing()) == 0)
	if err != nil {
		return nil, err
	}
	c.Warnings = slices.Concat(c.Warnings, tree.warningsOf(r), kept.warn)
	maps.Copy(c.Count, kept.count)
	if err := inv.followCopies(ctx, c, t, body.blocks, bundle.Blocks); err != nil {
		return nil, err
	}
	item := page.NewItem(o, meta)
	return c, inv.publish(ctx, c, t, bundle, &item)
}

// changeOf begins the change that publishes a page whose content is known: all but the page itself. whole: everything that
// stands in it has been shown.
func (inv *Invocation) changeOf(ctx context.Context, t *Target, kids []foundChild, whole bool) (*Change, error) {
	r := t.next
	c := &Change{
		Task: t.task, Observed: t.observed, DropParts: t.task.parts(), Warnings: t.warn,
		Count: Counts{CountPending: -1, CountSynced: 1, CountOf(CountSynced, r.Kind): 1},
	}
	if whole {
		c.Complete = []string{r.ID}
	}
	if t.was == nil || t.was.Failed || t.task.Force || t.task.Attempts > 0 {
		c.Cleared = []string{r.ID}
	}
	if r.Kind == page.KindPage {
		c.Count[CountIn(r.Collection)] = 1
	}
	if t.task.Class == classConflicts {
		inv.sweepAgain(c, t.was)
	}
	return c, inv.sortChildren(ctx, c, r, kids)
}

// complete fetches the values of properties that Notion has cut short in the page object. What Notion does not give stays
// as it is there.
func complete(ctx context.Context, t *Target, tree *treeReader) (page.Object, error) {
	o := t.object
	for _, cut := range o.Cut() {
		values, err := tree.property(ctx, cut.ID)
		if err != nil && !errors.Is(err, ErrRefused) && !errors.Is(err, ErrNotFound) {
			return o, err
		}
		full := o
		if err == nil { // a rollup's items may be those that it is computed from
			full, err = o.Complete(cut.Name, values.Items)
		}
		if err != nil {
			t.warn = append(t.warn, fmt.Sprintf("property %q of page %s is incomplete, Notion gives no more of it: %v",
				cut.Name, o.ID, err))
			continue
		}
		o = full
	}
	return o, nil
}

// around fills in what a record says of the pages around it: parent, child pages, pages linked to. It returns the links
// for the bundle. With expect, pages not written yet are taken to be where they will be if all goes well; the relink
// step puts right what turns out otherwise.
func (inv *Invocation) around(
	ctx context.Context, r, parent *Record, kids []foundChild, targets []string, expect bool,
) (map[string]string, error) {
	ids := slices.Clone(targets)
	for _, kid := range kids {
		ids = append(ids, kid.ID)
	}
	known, err := inv.Store.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	if parent != nil {
		r.ParentShown = Summary{Slug: parent.Slug, Title: parent.Title}
	}
	r.Children = nil
	for _, kid := range kids {
		k := Child{ID: kid.ID, Database: kid.Type == "child_database", List: kid.list}
		if rec := known[kid.ID]; rec.published() && rec.Parent == r.ID {
			k.Shown = rec.Summary()
			if inv.asked() == page.ContentMarkdown {
				k.List = cmp.Or(rec.In, k.List) // its own word; where it stands in Markdown is a guess
			}
		} else if !k.Database && expect {
			k.Shown = Summary{Slug: page.ChildSlug(r.Slug, kid.Title, kid.ID), Title: kid.Title}
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
	return r.links(), nil
}

// publish adds the page itself to a change.
func (inv *Invocation) publish(ctx context.Context, c *Change, t *Target, bundle page.Bundle, item *page.Item) error {
	r := t.next
	w := PageWrite{Record: r, Was: t.was}
	var err error
	if w.Bundle, err = bundle.Encode(); err != nil {
		return fmt.Errorf("bundle of page %s: %w", r.ID, err)
	}
	if c.Put == nil {
		c.Put = map[Set][]string{}
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
			c.Put[SetLists] = append(c.Put[SetLists], r.List)
		}
	}
	c.Write = append(c.Write, w)
	if t.task.Kind == workPage || !t.was.Summary().Equal(r.Summary()) || t.was.Collection != r.Collection {
		c.Put[SetChanged] = append(c.Put[SetChanged], r.ID)
	}
	c.leaves(t.was, r)
	return nil
}

// shown is the page's line in the index it is to stand in; nil if it does not stand there yet.
func (inv *Invocation) shown(ctx context.Context, t *Target) ([]byte, error) {
	if t.was == nil || t.was.List != t.next.List || t.was.Slug != t.next.Slug {
		return nil, nil // the index is to be written in any case
	}
	return inv.Store.Item(ctx, t.next.ID)
}
