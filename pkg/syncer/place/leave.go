package place

import (
	"cmp"
	"context"
	"fmt"

	"notionsync/pkg/syncer/model"
)

// Skip finishes a task whose page stays as it is. found is what has come to light for other pages.
func (inv *Room) Skip(ctx context.Context, t *Target, warning string, found ...string) error {
	kind := t.Task.Kind
	c := t.Finish()
	c.Complete = found
	if warning != "" {
		c.Warnings = append(c.Warnings, warning)
	}
	if t.Was != nil {
		kind = cmp.Or(kind, t.Was.Kind)
		if inv.Job.Scope.Full {
			c.Add = inv.Checks(t.Was)
		}
	} else {
		c.Cleared = []string{t.Task.ID}
	}
	c.Count = model.Counts{model.CountPending: -t.Task.PendingCount(), model.CountSkipped: t.Task.PendingCount()}
	c.Count[model.CountOf(model.CountSkipped, kind)] += t.Task.PendingCount()
	return inv.Commit(ctx, c)
}

// Unpublish finishes a task whose page, as reading it has shown, is not to be published any more. found is what has come to
// light for other pages.
func (inv *Room) Unpublish(ctx context.Context, t *Target, found ...string) error {
	if t.Was == nil {
		return inv.Skip(ctx, t, t.warnIfKnown(
			fmt.Sprintf("page %s is in the trash, a draft, or in no collection that is synced", t.Task.ID)), append(found, outside(t.Task.ID))...)
	}
	c := t.Finish()
	c.Complete = found
	c.Count = model.Counts{model.CountPending: -t.Task.PendingCount()}
	if t.Was.Published() {
		inv.markMissing(c, t.Was)
	} else if err := inv.Remove(ctx, c, t.Was); err != nil {
		return err
	}
	return inv.Commit(ctx, c)
}

// SweepAgain has the sweep repeated once all conflicts are resolved, for a page that is read after it: until then nobody
// could tell what it contains no more.
func (inv *Room) SweepAgain(c *model.Change, was *model.Record) {
	if !inv.Job.Scope.Full || was == nil || len(was.Children) == 0 {
		return
	}
	again, orphans := model.NewTask(model.WorkSweep, model.ClassConflicts, "settled"), model.NewTask(model.WorkOrphans, model.ClassConflicts, "settled")
	again.Order, orphans.Order = model.LastOrder-1, model.LastOrder
	c.Add = append(c.Add, again, orphans)
}

// Remove adds to a change that a page goes, and that what stands below it is looked at.
func (inv *Room) Remove(ctx context.Context, c *model.Change, rec *model.Record) error {
	c.Drop = append(c.Drop, model.Removal{Record: rec})
	c.Complete = append(c.Complete, outside(rec.ID))
	if rec.List != "" {
		c.PutIn(model.SetLists, rec.List)
	}
	c.PutIn(model.SetChanged, rec.ID)
	if rec.Parent != "" {
		c.PutIn(model.SetChanged, rec.Parent)
	}
	if rec.Slug != "" {
		c.Tally(model.CountRemoved, 1)
	}
	for _, child := range rec.Children {
		below := []string{child.ID}
		if child.Database {
			c.Add = append(c.Add, model.NewTask(model.WorkOrphans, model.ClassOrphans, ""))
			var err error
			if below, err = inv.Store.Members(ctx, "db:"+child.ID); err != nil {
				return err
			}
		}
		for _, id := range below {
			c.Add = append(c.Add, model.OrphanTask(id, rec.ID))
		}
	}
	return nil
}

// markMissing has a page go that was found gone when it was read: once the sweep has counted what stands below it.
func (inv *Room) markMissing(c *model.Change, rec *model.Record) {
	c.PutIn(model.SetMissing, rec.ID)
	c.Add = append(c.Add, model.NewTask(model.WorkSweep, model.ClassSweep, ""))
}
