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
	stays  bool        // it is made anew where it is published, though it wants another slug
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
	if owner := owners[t.next.Want]; owner != e.ID && (owner != "" || e.Kind != workDerive) {
		return sl.postpone(ctx, t) // before a request is spent on it; what is free now may be another's by right
	}
	c, err := sl.compose(ctx, t)
	if err != nil {
		return err
	}
	var taken *SlugTaken
	if err := sl.commitReserving(ctx, c); !errors.As(err, &taken) {
		return err
	}
	return sl.postpone(ctx, t)
}

// postpone leaves a page that has not got its slug reserved until it is known which pages go and which move, those too
// that only follow another. Then those that outrank others come first.
func (sl *slice) postpone(ctx context.Context, t *target) error {
	again := t.entry
	again.Class, again.Order = classSettle, t.next.Created.Unix()
	if t.next.Kind != page.KindPage {
		again.Order += afterPages
	}
	return sl.commit(ctx, &Change{
		Entry: t.entry, Then: &again, Facts: t.facts, Warnings: t.warn,
		Add: []Entry{entry(workRelink, classEarlyRelink, "early")},
	})
}

// afterPages, added to the order of a page's entry, puts it behind those of collection pages.
const afterPages = 1 << 39

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
		return nil, sl.unreadable(ctx, t, err)
	}
	if t.object.Gone {
		return nil, sl.leave(ctx, t)
	}
	where := placeOf(e)
	t.parent = known[where.parent]
	if where.parent != "" && !t.parent.published() || t.read && !where.agrees(t.object) {
		return nil, sl.standsElsewhere(ctx, t)
	}
	if draft := t.place(where); draft {
		return nil, sl.leave(ctx, t)
	}
	if t.next.Content = sl.asked(); t.next.Content != "" && where.kind == page.KindChild {
		t.next.In = t.object.Parent.ID
	}
	if t.read && sl.asItWas(t) {
		return nil, sl.skip(ctx, t, "")
	}
	t.entry.Object, t.entry.Read = t.object.Raw, t.next.Fetched // kept, should it have to wait
	return t, nil
}

// standsElsewhere leaves a page that is not where something has shown it: where it stands its own word says.
func (sl *slice) standsElsewhere(ctx context.Context, t *target) error {
	e, moved := t.entry, namedEntry(t.entry.ID)
	moved.Own, moved.Force, moved.Event, moved.Object, moved.Read = true, e.Force, true, t.object.Raw, e.Read
	return sl.commit(ctx, &Change{
		Entry: e, Add: []Entry{moved}, Facts: t.facts, Warnings: t.warn, DropParts: e.parts(), Count: Counts{CountPending: -1},
	})
}

// asItWas reports whether a page need not be read: it is published where it should be, and has not changed.
func (sl *slice) asItWas(t *target) bool {
	return !sl.job.Scope.all() && !t.entry.Force && t.unchanged() && sl.fresh(t.was, t.next.Edited)
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

// agrees reports whether a page stands at a place, as far as its page object tells.
func (p *place) agrees(o page.Object) bool {
	if p.kind == page.KindChild {
		return standsIn(o, p.parent)
	}
	return o.Parent.Type == "data_source_id" && o.Parent.ID == p.source
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
		t.next.Slug, t.next.Anchors = t.was.Slug, t.was.Anchors
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

// skip finishes an entry whose page stays as it is. found is what has come to light for other pages.
func (sl *slice) skip(ctx context.Context, t *target, warning string, found ...string) error {
	kind := t.entry.Page
	c := &Change{Entry: t.entry, Facts: t.facts, Warnings: t.warn, DropParts: t.entry.parts(), Complete: found}
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

// leave finishes an entry whose page, as reading it has shown, is not to be published any more. found is what has come to
// light for other pages.
func (sl *slice) leave(ctx context.Context, t *target, found ...string) error {
	if t.was == nil {
		return sl.skip(ctx, t, t.unlessStrange(
			fmt.Sprintf("page %s is in the trash, a draft, or in no collection that is synced", t.entry.ID)), append(found, outside(t.entry.ID))...)
	}
	c := &Change{Entry: t.entry, Facts: t.facts, Warnings: t.warn, DropParts: t.entry.parts(), Complete: found}
	c.Count = Counts{CountPending: -t.entry.pending()}
	if t.was.published() {
		sl.unpublish(c, t.was)
	} else if err := sl.remove(ctx, c, t.was); err != nil {
		return err
	}
	return sl.commit(ctx, c)
}
