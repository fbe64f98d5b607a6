package syncer

import (
	"context"
	"errors"

	"notionsync/pkg/page"
)

// locate sees to a page that was asked for by name, that stands above one, or that was not where something has shown it.
// It waits until its parent is published; then it reserves its slug and is read.
func (inv *Invocation) locate(ctx context.Context, e Task) error {
	known, err := inv.Store.Records(ctx, []string{e.ID})
	if err != nil {
		return err
	}
	t := &Target{task: e, was: known[e.ID]}
	seen, err := inv.Store.Seen(ctx, inv.job.ID, []string{e.ID})
	switch {
	case err != nil:
		return err
	case e.Own:
		return inv.findPlace(ctx, t)
	case seen[0]:
		return inv.finishSeen(ctx, t)
	case inv.job.Scope.Full && e.Class == classPlace:
		return inv.await(ctx, t, standing{}) // what is read of the pages around it will show it
	}
	return inv.findPlace(ctx, t)
}

// findPlace decides by its page object, and by what is known of the pages above it, what is to become of a named page.
func (inv *Invocation) findPlace(ctx context.Context, t *Target) error {
	e := t.task
	if err := inv.object(ctx, t); err != nil {
		return inv.unreadable(ctx, t, err)
	}
	if t.object.Gone {
		return inv.unpublish(ctx, t)
	}
	s, err := inv.standing(ctx, t.object, e)
	switch {
	case err != nil:
		return inv.unplaceable(ctx, t, err)
	case s.outside && s.cause != "":
		return inv.unpublish(ctx, t, outside(s.cause)) // so that whoever reads the page once more comes to the same
	case s.outside:
		return inv.unpublish(ctx, t)
	case s.place != nil:
		t.parent = s.above
		return inv.placeAt(ctx, t, s.place)
	case s.pending && e.Asked < maxClimb:
		return inv.await(ctx, t, s)
	}
	return inv.skip(ctx, t, t.warnIfKnown("page "+e.ID+": it cannot be told whether it stands below a page of the site; it stays as it is"))
}

// finishSeen finishes a named page that the job has met: it is read, or was, unless its stamp made it look unchanged.
func (inv *Invocation) finishSeen(ctx context.Context, t *Target) error {
	c := &Change{Task: t.task, DropParts: t.task.parts(), Count: Counts{CountPending: -1}}
	if rec := t.was; t.task.Force && rec.published() && !rec.Failed && inv.readBefore(rec) {
		p := readAgain(rec)
		p.Skipped = rec.Kind
		c.Add = []Task{p}
	}
	return inv.commit(ctx, c)
}

// await leaves a named page until everything else on the list is done. The page above it is named too, once.
func (inv *Invocation) await(ctx context.Context, t *Target, s standing) error {
	again := t.task
	again.Class, again.Object = classAwait, t.object.Raw
	again.Asked++
	again.Order = int64(again.Asked)
	c := &Change{Task: t.task, Then: &again, Observed: t.observed}
	if s.below != "" && s.below != t.task.Parent {
		again.Parent = s.below
		above := locateTask(s.below)
		above.Event = true
		if c.Add = []Task{above}; len(s.asks) > 0 {
			c.Add = s.asks
		}
	}
	return inv.commit(ctx, c)
}

// placeAt has a named page read where it stands, unless it is published there as it is.
func (inv *Invocation) placeAt(ctx context.Context, t *Target, where *place) error {
	e := t.task
	if draft := t.place(where); draft {
		return inv.unpublish(ctx, t)
	}
	if inv.asItWas(t) {
		intact, err := inv.intact(ctx, t)
		if err != nil {
			return err
		}
		if intact {
			return inv.skip(ctx, t, "")
		}
	}
	p := pageTask(e.ID, readClass(where.kind), t.object.Created)
	p.Page, p.Collection, p.Parent, p.Source, p.List = where.kind, where.collection, where.parent, where.source, where.list
	p.Object, p.Read, p.Force, p.Event = t.object.Raw, t.task.Read, e.Force, e.Event
	c := &Change{Task: e, Observed: t.observed, Warnings: t.warn, Count: Counts{CountPending: -1}}
	c.Sightings = []Sighting{{ID: e.ID, Task: &p}}
	if e.Own || e.Force {
		c.Add = append(c.Add, p) // it may have been met where it is not, or before
	}
	if where.kind == page.KindChild && !t.parent.contains(e.ID) && inv.readBefore(t.parent) {
		c.Add = append(c.Add, readAgain(t.parent)) // its blocks and its list of child pages have changed
	}
	if e.Class == classAwait {
		inv.sweepAgain(c, t.was)
	}
	c.requestSlug(t.was, t.next)
	return inv.commitReserving(ctx, c)
}

// unreadable finishes an entry whose page cannot be read, where that is no failure: it was not shown by anything in this
// job, and is perhaps no page of ours, or none at all.
func (inv *Invocation) unreadable(ctx context.Context, t *Target, failed error) error {
	e := t.task
	if e.Kind != workLocate && !e.Limited || !errors.Is(failed, ErrNotFound) && !(t.was == nil && permanent(failed)) {
		return fromSource(failed)
	}
	what, err := inv.explainMissing(ctx, e.ID, failed)
	if err != nil {
		return err
	}
	return inv.skip(ctx, t, t.warnIfKnown(what))
}

// unplaceable finishes a named page that can be read, though what stands above it cannot: it stays as it is.
func (inv *Invocation) unplaceable(ctx context.Context, t *Target, failed error) error {
	if !permanent(failed) {
		return fromSource(failed)
	}
	return inv.skip(ctx, t, t.warnIfKnown("page "+t.task.ID+" stays as it is, what stands above it could not be read: "+failed.Error()))
}

// placing is the work of finding out where a page stands.
func (inv *Invocation) placing() map[Kind]handler {
	return map[Kind]handler{
		workLocate: {do: inv.locate, asksNotion: true, giveUp: inv.giveUpPage},
	}
}
