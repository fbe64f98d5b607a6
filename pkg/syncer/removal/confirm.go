package removal

import (
	"context"
	"errors"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
)

// confirm reads a page that is to go, and removes it if that says so too.
func (inv *Room) confirm(ctx context.Context, e model.Task) error {
	known, err := inv.Store.Records(ctx, []string{e.ID})
	if err != nil {
		return err
	}
	c := model.Finish(e)
	rec := known[e.ID]
	seen, err := inv.Store.Seen(ctx, inv.Job.ID, []string{e.ID})
	if err != nil {
		return err
	}
	below := e.Orphan && rec != nil && rec.Parent == e.Parent
	if rec == nil || seen[0] && !e.Force && !below {
		return inv.Commit(ctx, c)
	}
	stays, err := inv.isAlive(ctx, c, e, rec)
	if err != nil {
		return err
	}
	if stays {
		c.Complete = append(c.Complete, alive(rec.ID))
	} else if err := inv.Remove(ctx, c, rec); err != nil {
		return err
	}
	return inv.Commit(ctx, c)
}

// isAlive reads a page, and reports whether it is to be kept.
func (inv *Room) isAlive(ctx context.Context, c *model.Change, e model.Task, rec *model.Record) (bool, error) {
	o, err := inv.Source.Page(ctx, e.ID)
	switch {
	case errors.Is(err, model.ErrNotFound), err == nil && o.Gone:
		return false, nil
	case err != nil:
		return false, model.FromSource(err)
	}
	return inv.stays(ctx, c, e, rec, o)
}

// stays reports whether a page that nothing has shown, but that is alive, is to be kept. One that has moved below a
// page that is published is read there.
func (inv *Room) stays(ctx context.Context, c *model.Change, e model.Task, rec *model.Record, o page.Object) (bool, error) {
	where, err := inv.Standing(ctx, o, model.Task{})
	if err != nil {
		return false, model.FromSource(err)
	}
	if where.Outside {
		return false, nil
	}
	if where.Place != nil {
		t := &place.Target{Task: e, Object: o, Was: rec}
		t.Task.Read = time.Time{}
		if draft := t.Place(*where.Place); draft {
			return false, nil
		}
	}
	if where.Place == nil && e.Force {
		return true, nil // it was found gone when it was read; now that cannot be told
	}
	if where.Place == nil || where.Place.Parent != rec.Parent || where.Place.List != rec.List {
		moved := model.LocateTask(rec.ID)
		moved.Own, moved.Force, moved.Object, moved.Read = true, true, o.Raw, inv.Time()
		c.Add = append(c.Add, moved)
		inv.SweepAgain(c, rec)
		return true, nil
	}
	if !e.Force { // else it was not missing: it was found gone, and came back since
		c.Warn("page %s (%q) was not listed, yet it is alive in its place; it stays", rec.ID, rec.Slug)
	}
	return true, nil
}

// orphans drops the lists of inner databases that no page contains any more.
func (inv *Room) orphans(ctx context.Context, e model.Task) error {
	inner, err := inv.Store.Databases(ctx)
	if err != nil {
		return err
	}
	var holders []string
	for _, db := range inner {
		holders = append(holders, db.Page)
	}
	known, err := inv.Store.Records(ctx, holders)
	if err != nil {
		return err
	}
	c := model.Finish(e)
	for _, db := range inner {
		if !known[db.Page].Contains(db.ID) {
			c.DropDatabases = append(c.DropDatabases, db.ID)
		}
	}
	return inv.Commit(ctx, c)
}
