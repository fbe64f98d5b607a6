package syncer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"notionsync/pkg/page"
)

// target is what a page is to become, before its content is known.
type target struct {
	entry  Entry
	object page.Object // of a page that is read; a derived one has none
	was    *Record     // as it is known; nil: not at all
	next   *Record     // as it will be; next.Want is where it is to be published
	parent *Record     // nil for a collection page
	read   bool        // the object was read now: the entry on the list does not hold it yet
	warn   []string
	facts  map[string]string
}

// page reads a page and writes it, or derives it anew from what is stored.
func (sl *slice) page(ctx context.Context, e Entry) error {
	t, err := sl.aim(ctx, e)
	if err != nil || t == nil {
		return err
	}
	if e.Class == classSettle {
		return sl.settle(ctx, t)
	}
	owners, err := sl.Store.Owners(ctx, []string{t.next.Want})
	if err != nil {
		return err
	}
	if owner := owners[t.next.Want]; owner != "" && owner != e.ID {
		return sl.postpone(ctx, t) // before a request is spent on it
	}
	c, err := sl.compose(ctx, t)
	if err != nil {
		return err
	}
	var taken *SlugTaken
	if err := sl.commit(ctx, c); !errors.As(err, &taken) {
		return err
	}
	return sl.postpone(ctx, t)
}

// postpone leaves a page whose slug is taken until it is known what becomes of the slug's holder.
func (sl *slice) postpone(ctx context.Context, t *target) error {
	again := t.entry
	again.Class = classSettle
	return sl.commit(ctx, &Change{Entry: t.entry, Then: &again, Facts: t.facts, Warnings: t.warn})
}

// aim decides what is to become of a page. It returns nil when there is nothing to write; the entry is finished then.
func (sl *slice) aim(ctx context.Context, e Entry) (*target, error) {
	known, err := sl.Store.Records(ctx, []string{e.ID, e.Parent})
	if err != nil {
		return nil, err
	}
	t := &target{entry: e, was: known[e.ID]}
	if e.Kind == workDerive {
		return sl.aimDerived(ctx, t)
	}
	if err := sl.object(ctx, t); err != nil {
		if !e.Limited || !errors.Is(err, ErrNotFound) && !(t.was == nil && permanent(err)) {
			return nil, fromSource(err)
		}
		what, err := sl.noPage(ctx, e.ID, err)
		if err != nil {
			return nil, err
		}
		return nil, sl.skip(ctx, t, t.unlessStrange(what))
	}
	where := placeOf(e)
	if e.Limited {
		if where, err = sl.locate(ctx, t); err != nil {
			return nil, fromSource(err)
		}
	}
	if t.object.Gone || where == nil {
		return nil, sl.leave(ctx, t)
	}
	if t.parent = known[where.parent]; where.parent != "" && t.parent == nil {
		more, err := sl.Store.Records(ctx, []string{where.parent})
		if err != nil {
			return nil, err
		}
		t.parent = more[where.parent]
	}
	if where.parent != "" && !t.parent.published() {
		return nil, sl.skip(ctx, t, "") // it stands under a page that is not published
	}
	if e.Limited {
		if err := sl.readAbove(ctx, t, where); err != nil {
			return nil, err
		}
	}
	if draft := t.place(where); draft {
		return nil, sl.leave(ctx, t)
	}
	if t.next.Content = sl.asked(); t.next.Content != "" && where.kind == page.KindChild {
		t.next.In = t.object.Parent.ID
		if !standsIn(t.object, where.parent) {
			return nil, sl.skip(ctx, t, "") // a tag for it in another page's Markdown does not move it
		}
	}
	if !sl.job.Scope.all() && !e.Force && t.unchanged() && sl.fresh(t.was, t.next.Edited) && len(e.Object) == 0 {
		intact, err := sl.intact(ctx, t)
		if err != nil {
			return nil, err
		}
		if intact {
			return nil, sl.skip(ctx, t, "")
		}
	}
	t.entry.Object = t.object.Raw // kept, should it have to wait
	t.entry.Page, t.entry.Collection, t.entry.Parent = where.kind, where.collection, where.parent
	t.entry.Source, t.entry.List, t.entry.Limited = where.source, where.list, false
	t.entry.Read = t.next.Fetched
	return t, nil
}

// object gets the page object, from the entry or from Notion. Where a list of blocks has given a stamp too the two are
// compared: that they agree is observed, not promised (facts: only two public recordings hold both).
func (sl *slice) object(ctx context.Context, t *target) (err error) {
	if len(t.entry.Object) > 0 {
		t.object, err = page.DecodeObject(t.entry.Object)
		return err
	}
	if sl.dry.knows(ctx, sl, t) {
		return nil
	}
	read := sl.now()
	if t.object, err = sl.Source.Page(ctx, t.entry.ID); err != nil {
		return err
	}
	listed := t.entry.Edited
	if !listed.IsZero() && !t.object.Edited.Equal(listed) && t.object.Edited.Before(t.entry.Read.Add(-clockSkew).Truncate(time.Minute)) {
		distrusted, err := sl.facts.get(ctx, sl.Store, FactStamps)
		if err != nil {
			return err
		}
		if distrusted == "" {
			t.facts = sl.facts.note(FactStamps, t.entry.ID)
			t.warn = append(t.warn, fmt.Sprintf("page %s and the block that shows it differ in their last edit; from now on "+
				"child pages are read one by one to see whether they changed", t.entry.ID))
		}
	}
	t.entry.Read, t.read = read, true
	return nil
}

// place is where a page stands.
type place struct{ kind, collection, parent, source, list string }

func placeOf(e Entry) *place {
	return &place{kind: e.Page, collection: e.Collection, parent: e.Parent, source: e.Source, list: e.indexOf()}
}

// indexOf is the index in which the entry's page will stand.
func (e Entry) indexOf() string {
	if e.Page == page.KindChild {
		return ""
	}
	return e.List
}

// place fills in the record to be, and reports whether the page is a draft.
func (t *target) place(p *place) (draft bool) {
	o := t.object
	t.next = &Record{
		ID: o.ID, Kind: p.kind, Collection: p.collection, Parent: p.parent, Source: p.source, List: p.list,
		Title: o.Title(), Created: o.Created, Edited: o.Edited, Fetched: t.entry.Read,
	}
	if t.was != nil {
		t.next.Slug, t.next.TakenIn = t.was.Slug, t.was.TakenIn
	}
	switch p.kind {
	case page.KindPage:
		t.next.Want, draft = page.CollectionSlug(o)
	case page.KindRow:
		if value, has := o.RawSlug(); has {
			t.next.SlugValue = &value
		}
		t.next.Want = t.next.wanted(t.parent)
	default:
		t.next.Want = t.next.wanted(t.parent)
	}
	return draft
}

// wanted is the slug that a page below parent should have.
func (r *Record) wanted(parent *Record) string {
	switch {
	case r.Kind == page.KindPage || parent == nil:
		return r.Want
	case r.Kind == page.KindRow && r.SlugValue != nil:
		return page.JoinRowSlug(parent.Slug, *r.SlugValue, r.Title, r.ID)
	default:
		return page.ChildSlug(parent.Slug, r.Title, r.ID)
	}
}

// unchanged reports whether the page is published as it should be already.
func (t *target) unchanged() bool {
	w, n := t.was, t.next
	return w != nil && w.Slug == n.Want && w.Kind == n.Kind && w.Parent == n.Parent && w.List == n.List &&
		w.Collection == n.Collection
}

// unlessStrange is a warning, or none where it would be about a page that was never published and that nobody but an event
// has named: Notion sends events about drafts, and about all else that is shared with the integration.
func (t *target) unlessStrange(warning string) string {
	if t.entry.Event && t.was == nil {
		return ""
	}
	return warning
}

// skip finishes an entry whose page stays as it is.
func (sl *slice) skip(ctx context.Context, t *target, warning string) error {
	kind := t.entry.Page
	c := &Change{Entry: t.entry, Facts: t.facts, Warnings: t.warn, DropParts: t.entry.parts()}
	if warning != "" {
		c.Warnings = append(c.Warnings, warning)
	}
	if t.was != nil {
		kind = cmp.Or(kind, t.was.Kind)
		if sl.job.Scope.Full {
			c.Add = sl.checks(t.was)
		}
	} else {
		c.Cleared = []string{t.entry.ID}
	}
	c.Count = Counts{CountPending: -t.entry.pending(), CountSkipped: t.entry.pending()}
	c.Count[CountOf(CountSkipped, kind)] += t.entry.pending()
	return sl.commit(ctx, c)
}

// leave finishes an entry whose page, as reading it has shown, is not to be published any more.
func (sl *slice) leave(ctx context.Context, t *target) error {
	if t.was == nil {
		return sl.skip(ctx, t, t.unlessStrange(
			fmt.Sprintf("page %s is in the trash, a draft, or in no collection that is synced", t.entry.ID)))
	}
	c := &Change{Entry: t.entry, Facts: t.facts, Warnings: t.warn, DropParts: t.entry.parts()}
	c.Count = Counts{CountPending: -t.entry.pending()}
	if err := sl.remove(ctx, c, t.was, nil); err != nil {
		return err
	}
	return sl.commit(ctx, c)
}
