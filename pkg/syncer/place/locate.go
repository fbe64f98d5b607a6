package place

import (
	"context"
	"errors"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// locate sees to a page that was asked for by name, that stands above one, or that was not where something has shown it.
// It waits until its parent is published; then it reserves its slug and is read.
func (inv *Room) locate(ctx context.Context, e model.Task) error {
	known, err := inv.Store.Records(ctx, []string{e.ID})
	if err != nil {
		return err
	}
	t := &Target{Task: e, Was: known[e.ID]}
	seen, err := inv.Store.Seen(ctx, inv.Job.ID, []string{e.ID})
	switch {
	case err != nil:
		return err
	case e.Own:
		return inv.findPlace(ctx, t)
	case seen[0]:
		return inv.finishSeen(ctx, t)
	case inv.Job.Scope.Full && e.Class == model.ClassPlace:
		return inv.await(ctx, t, Standing{}) // what is read of the pages around it will show it
	}
	return inv.findPlace(ctx, t)
}

// findPlace decides by its page object, and by what is known of the pages above it, what is to become of a named page.
func (inv *Room) findPlace(ctx context.Context, t *Target) error {
	e := t.Task
	if err := inv.Object(ctx, t); err != nil {
		return inv.Unreadable(ctx, t, err)
	}
	if t.Object.Gone {
		return inv.Unpublish(ctx, t)
	}
	s, err := inv.Standing(ctx, t.Object, e)
	switch {
	case err != nil:
		return inv.unplaceable(ctx, t, err)
	case s.Outside && s.cause != "":
		return inv.Unpublish(ctx, t, outside(s.cause)) // so that whoever reads the page once more comes to the same
	case s.Outside:
		return inv.Unpublish(ctx, t)
	case s.Place != nil:
		t.Parent = s.above
		return inv.placeAt(ctx, t, *s.Place)
	case s.pending && e.Asked < maxClimb:
		return inv.await(ctx, t, s)
	}
	return inv.Skip(ctx, t, t.warnIfKnown("page "+e.ID+": it cannot be told whether it stands below a page of the site; it stays as it is"))
}

// finishSeen finishes a named page that the job has seen: it is read, or was, unless its stamp made it look unchanged.
func (inv *Room) finishSeen(ctx context.Context, t *Target) error {
	c := t.Finish()
	c.Tally(model.CountPending, -1)
	if rec := t.Was; t.Task.Force && rec.Published() && !rec.Failed && inv.readBefore(rec) {
		p := model.ReadAgain(rec)
		p.Skipped = rec.Kind
		c.Add = []model.Task{p}
	}
	return inv.Commit(ctx, c)
}

// await leaves a named page until everything else on the list is done. The page above it is named too, once.
func (inv *Room) await(ctx context.Context, t *Target, s Standing) error {
	again := t.Task
	again.Class, again.Object = model.ClassAwait, t.Object.Raw
	again.Asked++
	again.Order = int64(again.Asked)
	c := model.Replace(t.Task, again)
	c.Observed = t.Observed
	if s.Below != "" && s.Below != t.Task.Parent {
		c.Then.Parent = s.Below
		above := model.LocateTask(s.Below)
		above.Quiet = true
		if c.Add = []model.Task{above}; len(s.asks) > 0 {
			c.Add = s.asks
		}
	}
	return inv.Commit(ctx, c)
}

// placeAt has a named page read where it stands, unless it is published there as it is.
func (inv *Room) placeAt(ctx context.Context, t *Target, where model.Place) error {
	e := t.Task
	if draft := t.Place(where); draft {
		return inv.Unpublish(ctx, t)
	}
	if inv.AsItWas(t) {
		intact, err := inv.intact(ctx, t)
		if err != nil {
			return err
		}
		if intact {
			return inv.Skip(ctx, t, "")
		}
	}
	p := model.PageTask(e.ID, model.ReadClass(where.Kind), t.Object.Created)
	p.Place = where
	p.Object, p.Read, p.Force, p.Quiet = t.Object.Raw, t.Task.Read, e.Force, e.Quiet
	c := t.Finish()
	c.Tally(model.CountPending, -1)
	c.Sightings = []model.Sighting{{ID: e.ID, Task: &p}}
	if e.Own || e.Force {
		c.Add = append(c.Add, p) // it may have been seen where it is not, or before
	}
	if where.Kind == page.KindChild && !t.Parent.Contains(e.ID) && inv.readBefore(t.Parent) {
		c.Add = append(c.Add, model.ReadAgain(t.Parent)) // its blocks and its list of child pages have changed
	}
	if e.Class == model.ClassAwait {
		inv.SweepAgain(c, t.Was)
	}
	c.RequestSlug(t.Was, t.Next)
	return inv.CommitReserving(ctx, c)
}

// Unreadable finishes a task whose page cannot be read, where that is no failure: it was not shown by anything in this
// job, and is perhaps no page of ours, or none at all.
func (inv *Room) Unreadable(ctx context.Context, t *Target, failed error) error {
	e := t.Task
	if e.Work != model.WorkLocate && !e.Limited || !errors.Is(failed, model.ErrNotFound) && !(t.Was == nil && model.Permanent(failed)) {
		return model.FromSource(failed)
	}
	what, err := inv.explainMissing(ctx, e.ID, failed)
	if err != nil {
		return err
	}
	return inv.Skip(ctx, t, t.warnIfKnown(what))
}

// unplaceable finishes a named page that can be read, though what stands above it cannot: it stays as it is.
func (inv *Room) unplaceable(ctx context.Context, t *Target, failed error) error {
	if !model.Permanent(failed) {
		return model.FromSource(failed)
	}
	return inv.Skip(ctx, t, t.warnIfKnown("page "+t.Task.ID+" stays as it is, what stands above it could not be read: "+failed.Error()))
}

// Kinds are what does the work of finding out where a page stands.
func (inv *Room) Kinds() map[model.Work]work.Handler {
	return map[model.Work]work.Handler{
		model.WorkLocate: {Do: inv.locate, AsksNotion: true, GiveUp: inv.GiveUpPage},
	}
}
