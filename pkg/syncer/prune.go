package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"notionsync/pkg/page"
)

// confirm reads a page that is to go, and removes it if that says so too.
func (inv *Invocation) confirm(ctx context.Context, e Task) error {
	known, err := inv.Store.Records(ctx, []string{e.ID})
	if err != nil {
		return err
	}
	c := &Change{Task: e}
	rec := known[e.ID]
	seen, err := inv.Store.Seen(ctx, inv.job.ID, []string{e.ID})
	if err != nil {
		return err
	}
	below := e.Orphan && rec != nil && rec.Parent == e.Parent
	if rec == nil || seen[0] && !e.Force && !below {
		return inv.commit(ctx, c)
	}
	o, err := inv.Source.Page(ctx, e.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fromSource(err)
	}
	if err == nil && !o.Gone {
		stays, err := inv.stays(ctx, c, e, rec, o)
		if err != nil {
			return err
		}
		if stays {
			c.Complete = append(c.Complete, alive(rec.ID))
			return inv.commit(ctx, c)
		}
	}
	if err := inv.remove(ctx, c, rec); err != nil {
		return err
	}
	return inv.commit(ctx, c)
}

// stays reports whether a page that nothing has shown, but that is alive, is to be kept. One that has moved below a
// page that is published is read there.
func (inv *Invocation) stays(ctx context.Context, c *Change, e Task, rec *Record, o page.Object) (bool, error) {
	where, err := inv.standing(ctx, o, Task{})
	if err != nil {
		return false, fromSource(err)
	}
	if where.outside {
		return false, nil
	}
	if where.place != nil {
		t := &Target{task: e, object: o, was: rec}
		t.task.Read = time.Time{}
		if draft := t.place(where.place); draft {
			return false, nil
		}
	}
	if where.place == nil && e.Force {
		return true, nil // it was found gone when it was read; now that cannot be told
	}
	if where.place == nil || where.place.parent != rec.Parent || where.place.list != rec.List {
		moved := locateTask(rec.ID)
		moved.Own, moved.Force, moved.Object, moved.Read = true, true, o.Raw, inv.now()
		c.Add = append(c.Add, moved)
		inv.sweepAgain(c, rec)
		return true, nil
	}
	if !e.Force { // else it was not missing: it was found gone, and came back since
		c.Warnings = append(c.Warnings, fmt.Sprintf("page %s (%q) was not listed, yet it is alive in its place; it stays",
			rec.ID, rec.Slug))
	}
	return true, nil
}

// orphans drops the lists of inner databases that no page holds any more. Of those that Redis had lost it is not known which
// page holds them: they go when all pages have been read since.
func (inv *Invocation) orphans(ctx context.Context, e Task) error {
	inner, err := inv.Store.Databases(ctx)
	if err != nil {
		return err
	}
	var holders []string
	lost := false
	for _, db := range inner {
		holders = append(holders, db.Page)
		lost = lost || db.Page == ""
	}
	known, err := inv.Store.Records(ctx, holders)
	if err != nil {
		return err
	}
	unread := false
	if lost {
		err = inv.eachRecord(ctx, func(recs []*Record) error {
			unread = unread || slices.ContainsFunc(recs, (*Record).remade)
			return nil
		})
		if err != nil {
			return err
		}
	}
	c := &Change{Task: e}
	for _, db := range inner {
		holder := known[db.Page]
		if !holder.contains(db.ID) && !holder.remade() && !(db.Page == "" && unread) {
			c.DropDatabases = append(c.DropDatabases, db.ID)
		}
	}
	return inv.commit(ctx, c)
}
