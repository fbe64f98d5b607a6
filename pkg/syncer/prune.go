package syncer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"notionsync/pkg/page"
)

// confirm reads a page that is to go, and removes it if that says so too.
func (sl *slice) confirm(ctx context.Context, e Entry) error {
	known, err := sl.Store.Records(ctx, []string{e.ID})
	if err != nil {
		return err
	}
	c := &Change{Entry: e}
	rec := known[e.ID]
	seen, err := sl.Store.Seen(ctx, sl.job.ID, []string{e.ID})
	if err != nil {
		return err
	}
	below := e.Orphan && rec != nil && rec.Parent == e.Parent
	if rec == nil || seen[0] && !e.Force && !below {
		return sl.commit(ctx, c)
	}
	o, err := sl.Source.Page(ctx, e.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fromSource(err)
	}
	if err == nil && !o.Gone {
		stays, err := sl.stays(ctx, c, e, rec, o)
		if err != nil {
			return err
		}
		if stays {
			c.Complete = append(c.Complete, alive(rec.ID))
			return sl.commit(ctx, c)
		}
	}
	if err := sl.remove(ctx, c, rec); err != nil {
		return err
	}
	return sl.commit(ctx, c)
}

// stays reports whether a page that nothing has shown, but that is alive, is to be kept. One that has moved below a
// page that is published is read there.
func (sl *slice) stays(ctx context.Context, c *Change, e Entry, rec *Record, o page.Object) (bool, error) {
	where, err := sl.standing(ctx, o, Entry{})
	if err != nil {
		return false, fromSource(err)
	}
	if where.outside {
		return false, nil
	}
	if where.place != nil {
		t := &target{entry: e, object: o, was: rec}
		t.entry.Read = time.Time{}
		if draft := t.place(where.place); draft {
			return false, nil
		}
	}
	if where.place == nil && e.Force {
		return true, nil // it was found gone when it was read; now that cannot be told
	}
	if where.place == nil || where.place.parent != rec.Parent || where.place.list != rec.List {
		moved := namedEntry(rec.ID)
		moved.Own, moved.Force, moved.Object, moved.Read = true, true, o.Raw, sl.now()
		c.Add = append(c.Add, moved)
		sl.sweepAgain(c, rec)
		return true, nil
	}
	if !e.Force { // else it was not missing: it was found gone, and came back since
		c.Warnings = append(c.Warnings, fmt.Sprintf("page %s (%q) was not listed, yet it is alive in its place; it stays",
			rec.ID, rec.Slug))
	}
	return true, nil
}

// sweepAgain has the sweep repeated once everything is settled, for a page that is read after it: until then nobody
// could tell what it holds no more.
func (sl *slice) sweepAgain(c *Change, was *Record) {
	if !sl.job.Scope.Full || was == nil || len(was.Kids) == 0 {
		return
	}
	again, orphans := entry(workSweep, classSettle, "settled"), entry(workOrphans, classSettle, "settled")
	again.Order, orphans.Order = lastOrder-1, lastOrder
	c.Add = append(c.Add, again, orphans)
}

// remove adds to a change that a page goes, and that what stands below it is looked at.
func (sl *slice) remove(ctx context.Context, c *Change, rec *Record) error {
	c.Drop = append(c.Drop, Removal{Record: rec})
	c.Complete = append(c.Complete, outside(rec.ID))
	if c.Put == nil {
		c.Put = map[Set][]string{}
	}
	if rec.List != "" {
		c.Put[SetLists] = append(c.Put[SetLists], rec.List)
	}
	c.Put[SetFaces] = append(c.Put[SetFaces], rec.ID)
	if rec.Parent != "" {
		c.Put[SetFaces] = append(c.Put[SetFaces], rec.Parent)
	}
	if rec.Slug != "" {
		if c.Count == nil {
			c.Count = Counts{}
		}
		c.Count[CountRemoved]++
	}
	for _, kid := range rec.Kids {
		below := []string{kid.ID}
		if kid.Database {
			c.Add = append(c.Add, entry(workOrphans, classOrphans, ""))
			var err error
			if below, err = sl.Store.Members(ctx, "db:"+kid.ID); err != nil {
				return err
			}
		}
		for _, id := range below {
			c.Add = append(c.Add, orphanEntry(id, rec.ID))
		}
	}
	return nil
}

// orphanEntry is the work of reading a page that stands under one which has left the site, before it is removed.
func orphanEntry(id, parent string) Entry {
	e := entry(workConfirm, classConfirm, id)
	e.Orphan, e.Parent = true, parent
	return e
}

// orphans drops the lists of inner databases that no page holds any more.
func (sl *slice) orphans(ctx context.Context, e Entry) error {
	inner, err := sl.Store.Databases(ctx)
	if err != nil {
		return err
	}
	var holders []string
	for _, db := range inner {
		holders = append(holders, db.Page)
	}
	known, err := sl.Store.Records(ctx, holders)
	if err != nil {
		return err
	}
	c := &Change{Entry: e}
	for _, db := range inner {
		if !known[db.Page].holds(db.ID) {
			c.DropDatabases = append(c.DropDatabases, db.ID)
		}
	}
	return sl.commit(ctx, c)
}
