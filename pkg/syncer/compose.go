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
func (sl *slice) compose(ctx context.Context, t *target) (*Change, error) {
	if sl.dry != nil {
		return sl.dry.compose(ctx, sl, t)
	}
	if t.entry.Kind == workDerive {
		return sl.composeDerived(ctx, t)
	}
	tree, body, err := sl.readContent(ctx, t.entry, t.read)
	t.entry = tree.entry
	if err != nil {
		return nil, err
	}
	ctx = Begun(ctx)
	o, err := t.complete(ctx, tree)
	if err != nil {
		tree.rescue(ctx, err)
	}
	t.entry = tree.entry
	if err != nil {
		return nil, fromSource(err)
	}
	kept, err := sl.keepFiles(ctx, t, o, &body)
	if err != nil {
		tree.rescue(ctx, err)
		t.entry = tree.entry
		return nil, err
	}
	o = body.withLinks(o, kept.links)
	r := t.next
	r.Slug = r.Want
	r.Reads += max(1, tree.reads())
	body.labels(r)
	links, err := sl.around(ctx, r, t.parent, body.kids, body.targets(o), true)
	if err != nil {
		return nil, err
	}
	meta := page.NewMeta(o)
	r.describe(&meta, links)
	r.Icon, meta.Media, r.Files = meta.Icon, kept.media, kept.ids
	bundle := page.Bundle{
		Meta: meta, Blocks: page.MarshalBlocks(body.blocks), Markdown: body.markdown(r),
		Content: sl.kindOf(body), SyncedAt: sl.now(),
	}
	c, err := sl.changeOf(ctx, t, body.kids, len(tree.missing()) == 0)
	if err != nil {
		return nil, err
	}
	c.Warnings = slices.Concat(c.Warnings, tree.warningsOf(r), kept.warn)
	maps.Copy(c.Count, kept.count)
	if err := sl.followCopies(ctx, c, t, body.blocks, bundle.Blocks); err != nil {
		return nil, err
	}
	item := page.NewItem(o, meta)
	return c, sl.publish(ctx, c, t, bundle, &item)
}

// changeOf begins the change that publishes a page whose content is known: all but the page itself. whole: everything that
// stands in it has been shown.
func (sl *slice) changeOf(ctx context.Context, t *target, kids []foundKid, whole bool) (*Change, error) {
	r := t.next
	c := &Change{
		Entry: t.entry, Facts: t.facts, DropParts: t.entry.parts(), Warnings: t.warn,
		Count: Counts{CountPending: -1, CountSynced: 1, CountOf(CountSynced, r.Kind): 1},
	}
	if whole {
		c.Complete = []string{r.ID}
	}
	if t.was == nil || t.was.Failed || t.entry.Force || t.entry.Attempts > 0 {
		c.Cleared = []string{r.ID}
	}
	if r.Kind == page.KindPage {
		c.Count[CountIn(r.Collection)] = 1
	}
	if t.entry.Class == classSettle {
		sl.sweepAgain(c, t.was)
	}
	return c, sl.meetKids(ctx, c, r, kids)
}

// complete fetches the values of properties that Notion has cut short in the page object. What Notion does not give stays
// as it is there.
func (t *target) complete(ctx context.Context, tree *treeReader) (page.Object, error) {
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
func (sl *slice) around(
	ctx context.Context, r, parent *Record, kids []foundKid, targets []string, expect bool,
) (map[string]string, error) {
	ids := slices.Clone(targets)
	for _, kid := range kids {
		ids = append(ids, kid.ID)
	}
	known, err := sl.Store.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	if parent != nil {
		r.Under = Face{Slug: parent.Slug, Title: parent.Title}
	}
	r.Kids = nil
	for _, kid := range kids {
		k := Kid{ID: kid.ID, Database: kid.Type == "child_database", List: kid.list}
		if rec := known[kid.ID]; rec.published() && rec.Parent == r.ID {
			k.Face = rec.Face()
			if sl.asked() == page.ContentMarkdown {
				k.List = cmp.Or(rec.In, k.List) // its own word; where it stands in Markdown is a guess
			}
		} else if !k.Database && expect {
			k.Face = Face{Slug: page.ChildSlug(r.Slug, kid.Title, kid.ID), Title: kid.Title}
		}
		r.Kids = append(r.Kids, k)
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
	r.calls(known)
	return r.links(), nil
}

// links are the resolved links alone.
func (r *Record) links() map[string]string {
	links := map[string]string{}
	for id, slug := range r.Links {
		if slug != "" {
			links[id] = slug
		}
	}
	return links
}

// targets are the pages that the Markdown links to: those linked to and the child pages.
func (r *Record) targets() map[string]string {
	targets := r.links()
	for _, kid := range r.Kids {
		if kid.Face.Slug != "" {
			targets[kid.ID] = kid.Face.Slug
		}
	}
	return targets
}

// describe fills in what a page's meta says beyond its page object.
func (r *Record) describe(m *page.Meta, links map[string]string) {
	m.Slug, m.Collection, m.Kind, m.Links = r.Slug, r.Collection, r.Kind, links
	m.ParentSlug, m.ParentTitle = nil, nil
	if r.Parent != "" {
		m.ParentSlug, m.ParentTitle = &r.Under.Slug, &r.Under.Title
	}
	m.ChildPages = []page.Child{}
	for _, kid := range r.Kids {
		if !kid.Database && kid.Face.Slug != "" {
			m.ChildPages = append(m.ChildPages, page.Child{
				ID: kid.ID, Title: kid.Face.Title, Slug: kid.Face.Slug, Icon: kid.Face.Icon,
			})
		}
	}
}

// publish adds the page itself to a change.
func (sl *slice) publish(ctx context.Context, c *Change, t *target, bundle page.Bundle, item *page.Item) error {
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
		shown, err := sl.shown(ctx, t)
		if err != nil {
			return err
		}
		if !bytes.Equal(shown, w.Item) {
			c.Put[SetLists] = append(c.Put[SetLists], r.List)
		}
	}
	c.Write = append(c.Write, w)
	if t.entry.Kind == workPage || !t.was.Face().Equal(r.Face()) || t.was.Collection != r.Collection {
		c.Put[SetFaces] = append(c.Put[SetFaces], r.ID)
	}
	c.leaves(t.was, r)
	return nil
}

// leaves has the index and the page above looked at that a page has left.
func (c *Change) leaves(was, now *Record) {
	if was == nil {
		return
	}
	if was.List != "" && was.List != now.List {
		c.Put[SetLists] = append(c.Put[SetLists], was.List)
	}
	if was.Parent != "" && was.Parent != now.Parent {
		c.Put[SetFaces] = append(c.Put[SetFaces], was.Parent)
	}
}

// shown is the page's line in the index it is to stand in; nil if it does not stand there yet.
func (sl *slice) shown(ctx context.Context, t *target) ([]byte, error) {
	if t.was == nil || t.was.List != t.next.List || t.was.Slug != t.next.Slug {
		return nil, nil // the index is to be written in any case
	}
	return sl.Store.Item(ctx, t.next.ID)
}
