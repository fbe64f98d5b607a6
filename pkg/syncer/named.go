package syncer

import (
	"context"
	"errors"

	"notionsync/pkg/page"
)

// namedEntry is the work of finding out where a page stands and having it read there. To be named is not to be met: whoever
// meets the page meanwhile has it read.
func namedEntry(id string) Entry { return entry(workNamed, classPlace, id) }

// named sees to a page that was asked for by name, that stands above one, or that was not where something has shown it.
// It waits until its parent is published; then it reserves its slug and is read.
func (sl *slice) named(ctx context.Context, e Entry) error {
	known, err := sl.Store.Records(ctx, []string{e.ID})
	if err != nil {
		return err
	}
	t := &target{entry: e, was: known[e.ID]}
	seen, err := sl.Store.Seen(ctx, sl.job.ID, []string{e.ID})
	switch {
	case err != nil:
		return err
	case e.Own:
		return sl.findPlace(ctx, t)
	case seen[0]:
		return sl.met(ctx, t)
	case sl.job.Scope.Full && e.Class == classPlace:
		return sl.await(ctx, t, standing{}) // what is read of the pages around it will show it
	}
	return sl.findPlace(ctx, t)
}

// findPlace decides by its page object, and by what is known of the pages above it, what is to become of a named page.
func (sl *slice) findPlace(ctx context.Context, t *target) error {
	e := t.entry
	if err := sl.object(ctx, t); err != nil {
		return sl.unreadable(ctx, t, err)
	}
	if t.object.Gone {
		return sl.leave(ctx, t)
	}
	s, err := sl.standing(ctx, t.object, e)
	switch {
	case err != nil:
		return sl.unplaceable(ctx, t, err)
	case s.outside && s.cause != "":
		return sl.leave(ctx, t, outside(s.cause)) // so that whoever reads the page once more comes to the same
	case s.outside:
		return sl.leave(ctx, t)
	case s.place != nil:
		t.parent = s.above
		return sl.placeAt(ctx, t, s.place)
	case s.pending && e.Asked < maxClimb:
		return sl.await(ctx, t, s)
	}
	return sl.skip(ctx, t, t.unlessStrange("page "+e.ID+": it cannot be told whether it stands below a page of the site; it stays as it is"))
}

// met finishes a named page that the job has met: it is read, or was, unless its stamp made it look unchanged.
func (sl *slice) met(ctx context.Context, t *target) error {
	c := &Change{Entry: t.entry, DropParts: t.entry.parts(), Count: Counts{CountPending: -1}}
	if rec := t.was; t.entry.Force && rec.published() && !rec.Failed && sl.readBefore(rec) {
		p := again(rec)
		p.Skipped = rec.Kind
		c.Add = []Entry{p}
	}
	return sl.commit(ctx, c)
}

// await leaves a named page until everything else on the list is done. The page above it is named too, once.
func (sl *slice) await(ctx context.Context, t *target, s standing) error {
	again := t.entry
	again.Class, again.Object = classAwait, t.object.Raw
	again.Asked++
	again.Order = int64(again.Asked)
	c := &Change{Entry: t.entry, Then: &again, Facts: t.facts}
	if s.below != "" && s.below != t.entry.Parent {
		again.Parent = s.below
		above := namedEntry(s.below)
		above.Event = true
		if c.Add = []Entry{above}; len(s.asks) > 0 {
			c.Add = s.asks
		}
	}
	return sl.commit(ctx, c)
}

// placeAt has a named page read where it stands, unless it is published there as it is.
func (sl *slice) placeAt(ctx context.Context, t *target, where *place) error {
	e := t.entry
	if draft := t.place(where); draft {
		return sl.leave(ctx, t)
	}
	if sl.asItWas(t) {
		intact, err := sl.intact(ctx, t)
		if err != nil {
			return err
		}
		if intact {
			return sl.skip(ctx, t, "")
		}
	}
	p := pageEntry(e.ID, readClass(where.kind), t.object.Created)
	p.Page, p.Collection, p.Parent, p.Source, p.List = where.kind, where.collection, where.parent, where.source, where.list
	p.Object, p.Read, p.Force, p.Event = t.object.Raw, t.entry.Read, e.Force, e.Event
	c := &Change{Entry: e, Facts: t.facts, Warnings: t.warn, Count: Counts{CountPending: -1}}
	c.Meet = []Meeting{{ID: e.ID, Entry: &p}}
	if e.Own || e.Force {
		c.Add = append(c.Add, p) // it may have been met where it is not, or before
	}
	if where.kind == page.KindChild && !t.parent.holds(e.ID) && sl.readBefore(t.parent) {
		c.Add = append(c.Add, again(t.parent)) // its blocks and its list of child pages have changed
	}
	if e.Class == classAwait {
		sl.sweepAgain(c, t.was)
	}
	c.wants(t.was, t.next)
	return sl.commitReserving(ctx, c)
}

// unreadable finishes an entry whose page cannot be read, where that is no failure: it was not shown by anything in this
// job, and is perhaps no page of ours, or none at all.
func (sl *slice) unreadable(ctx context.Context, t *target, failed error) error {
	e := t.entry
	if e.Kind != workNamed && !e.Limited || !errors.Is(failed, ErrNotFound) && !(t.was == nil && permanent(failed)) {
		return fromSource(failed)
	}
	what, err := sl.noPage(ctx, e.ID, failed)
	if err != nil {
		return err
	}
	return sl.skip(ctx, t, t.unlessStrange(what))
}

// unplaceable finishes a named page that can be read, though what stands above it cannot: it stays as it is.
func (sl *slice) unplaceable(ctx context.Context, t *target, failed error) error {
	if !permanent(failed) {
		return fromSource(failed)
	}
	return sl.skip(ctx, t, t.unlessStrange("page "+t.entry.ID+" stays as it is, what stands above it could not be read: "+failed.Error()))
}
