package syncer

import (
	"cmp"
	"context"
	"fmt"
)

// skip finishes an entry whose page stays as it is. found is what has come to light for other pages.
func (inv *Invocation) skip(ctx context.Context, t *Target, warning string, found ...string) error {
	kind := t.task.Page
	c := &Change{Task: t.task, Observed: t.observed, Warnings: t.warn, DropParts: t.task.parts(), Complete: found}
	if warning != "" {
		c.Warnings = append(c.Warnings, warning)
	}
	if t.was != nil {
		kind = cmp.Or(kind, t.was.Kind)
		if inv.job.Scope.Full {
			c.Add = inv.checks(t.was)
		}
	} else {
		c.Cleared = []string{t.task.ID}
	}
	c.Count = Counts{CountPending: -t.task.pending(), CountSkipped: t.task.pending()}
	c.Count[CountOf(CountSkipped, kind)] += t.task.pending()
	return inv.commit(ctx, c)
}

// unpublish finishes an entry whose page, as reading it has shown, is not to be published any more. found is what has come to
// light for other pages.
func (inv *Invocation) unpublish(ctx context.Context, t *Target, found ...string) error {
	if t.was == nil {
		return inv.skip(ctx, t, t.warnIfKnown(
			fmt.Sprintf("page %s is in the trash, a draft, or in no collection that is synced", t.task.ID)), append(found, outside(t.task.ID))...)
	}
	c := &Change{Task: t.task, Observed: t.observed, Warnings: t.warn, DropParts: t.task.parts(), Complete: found}
	c.Count = Counts{CountPending: -t.task.pending()}
	if t.was.published() {
		inv.markMissing(c, t.was)
	} else if err := inv.remove(ctx, c, t.was); err != nil {
		return err
	}
	return inv.commit(ctx, c)
}

// sweepAgain has the sweep repeated once everything is settled, for a page that is read after it: until then nobody
// could tell what it holds no more.
func (inv *Invocation) sweepAgain(c *Change, was *Record) {
	if !inv.job.Scope.Full || was == nil || len(was.Children) == 0 {
		return
	}
	again, orphans := newTask(workSweep, classConflicts, "settled"), newTask(workOrphans, classConflicts, "settled")
	again.Order, orphans.Order = lastOrder-1, lastOrder
	c.Add = append(c.Add, again, orphans)
}

// remove adds to a change that a page goes, and that what stands below it is looked at.
func (inv *Invocation) remove(ctx context.Context, c *Change, rec *Record) error {
	c.Drop = append(c.Drop, Removal{Record: rec})
	c.Complete = append(c.Complete, outside(rec.ID))
	if c.Put == nil {
		c.Put = map[Set][]string{}
	}
	if rec.List != "" {
		c.Put[SetLists] = append(c.Put[SetLists], rec.List)
	}
	c.Put[SetChanged] = append(c.Put[SetChanged], rec.ID)
	if rec.Parent != "" {
		c.Put[SetChanged] = append(c.Put[SetChanged], rec.Parent)
	}
	if rec.Slug != "" {
		if c.Count == nil {
			c.Count = Counts{}
		}
		c.Count[CountRemoved]++
	}
	for _, kid := range rec.Children {
		below := []string{kid.ID}
		if kid.Database {
			c.Add = append(c.Add, newTask(workOrphans, classOrphans, ""))
			var err error
			if below, err = inv.Store.Members(ctx, "db:"+kid.ID); err != nil {
				return err
			}
		}
		for _, id := range below {
			e := newTask(workConfirm, classConfirm, id)
			e.Orphan, e.Parent = true, rec.ID
			c.Add = append(c.Add, e)
		}
	}
	return nil
}

// markMissing has a page go that was found gone when it was read: once the sweep has counted what stands below it.
func (inv *Invocation) markMissing(c *Change, rec *Record) {
	c.Put = map[Set][]string{SetMissing: {rec.ID}}
	c.Add = append(c.Add, newTask(workSweep, classSweep, ""))
}
