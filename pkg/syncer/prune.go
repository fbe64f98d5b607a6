package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"notionsync/pkg/page"
)

const (
	brakeShare = 2  // nothing is removed if more than one in brakeShare pages would go …
	brakeCount = 10 // … and they are more than this
	sweepBatch = 200
)

// sweep finds the known pages that nothing in this full job has shown, although everything that could show them was
// listed to its end. It first counts them all: too many at once are more likely a mishap than a wish.
func (sl *slice) sweep(ctx context.Context, e Entry) error {
	if e.Counted {
		return sl.sweepCounted(ctx, e)
	}
	recs, cursor, err := sl.Store.ScanRecords(ctx, e.Cursor)
	if err != nil {
		return err
	}
	ids := make([]string, len(recs))
	for i, rec := range recs {
		ids[i] = rec.ID
	}
	seen, err := sl.Store.Seen(ctx, sl.job.ID, ids)
	if err != nil {
		return err
	}
	again := e
	again.Cursor = cursor
	c := &Change{Entry: e, Then: &again, Put: map[Set][]string{}}
	var met, unlisted []*Record
	for i, rec := range recs {
		if rec.Slug != "" {
			again.Known++
		}
		if seen[i] {
			met = append(met, rec)
			continue
		}
		listed, err := sl.listed(ctx, rec)
		if err != nil {
			return err
		}
		switch {
		case !listed:
			unlisted = append(unlisted, rec)
		case rec.Slug == "":
			c.Drop = append(c.Drop, Removal{Record: rec}) // never published: nobody misses it
		default:
			c.Put[SetMissing] = append(c.Put[SetMissing], rec.ID)
		}
	}
	intact, err := sl.evidence(ctx) // after it was gone by
	if err != nil {
		return err
	}
	if !intact {
		return sl.commit(ctx, &Change{Entry: e, Warnings: []string{evidenceLost}})
	}
	again.Counted = cursor == ""
	if err := sl.mend(ctx, c, met, unlisted); err != nil {
		return err
	}
	return sl.commit(ctx, c)
}

// sweepCounted has the missing pages read one by one, unless they are too many.
func (sl *slice) sweepCounted(ctx context.Context, e Entry) error {
	c := &Change{Entry: e}
	if e.Cursor == "" {
		missing, err := sl.Store.Size(ctx, sl.job.ID, SetMissing)
		if err != nil {
			return err
		}
		if missing > brakeCount && missing*brakeShare > e.Known && !sl.job.Scope.all() {
			c.Warnings = []string{fmt.Sprintf("%d of %d pages are not in Notion any more; that is more than half, so none "+
				"was removed; if it is right, run a full sync with force=1", missing, e.Known)}
			return sl.commit(ctx, c)
		}
	}
	ids, err := sl.Store.Sample(ctx, sl.job.ID, SetMissing, sweepBatch)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return sl.commit(ctx, c)
	}
	for _, id := range ids {
		c.Add = append(c.Add, entry(workConfirm, classConfirm, id))
	}
	c.Take = map[Set][]string{SetMissing: ids}
	again := e
	again.Cursor = "confirm" // the brake has been looked at
	c.Then = &again
	return sl.commit(ctx, c)
}

// listed reports whether everything that could show a page was listed to its end in this job.
func (sl *slice) listed(ctx context.Context, rec *Record) (bool, error) {
	switch rec.Kind {
	case page.KindPage:
		if _, configured := sl.collection(rec.Collection); configured {
			return sl.collectionListed(ctx, rec.Collection)
		}
		for _, col := range sl.Collections {
			if listed, err := sl.collectionListed(ctx, col.Name); err != nil || !listed {
				return false, err
			}
		}
		return true, nil
	case page.KindRow:
		if done, err := sl.Store.Complete(ctx, sl.job.ID, []string{rec.Source}); err != nil || done[0] {
			return err == nil, err
		}
	}
	return sl.offParent(ctx, rec)
}

// offParent reports whether the page above was read, or its list of child pages checked, without showing this one.
func (sl *slice) offParent(ctx context.Context, rec *Record) (bool, error) {
	known, err := sl.Store.Records(ctx, []string{rec.Parent})
	if err != nil {
		return false, err
	}
	parent := known[rec.Parent]
	if parent == nil {
		return true, nil
	}
	lists := []string{parent.ID, checked(rec.ID)}
	for _, kid := range parent.Kids {
		if kid.ID == rec.ID {
			lists = append(lists, kid.List)
		}
		if rec.List == "db:"+kid.ID {
			return false, nil // its database still stands there
		}
	}
	done, err := sl.Store.Complete(ctx, sl.job.ID, lists)
	return err == nil && slices.Contains(done, true), err
}

func (sl *slice) collectionListed(ctx context.Context, name string) (bool, error) {
	ids, err := sl.facts.sources(ctx, sl.Store, name)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	done, err := sl.Store.Complete(ctx, sl.job.ID, ids)
	return err == nil && !slices.Contains(done, false), err
}

// collectionSeen reports whether a collection was listed as far as Notion lists it.
func (sl *slice) collectionSeen(ctx context.Context, name string) (bool, error) {
	ids, err := sl.facts.sources(ctx, sl.Store, name)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	for _, id := range ids {
		done, err := sl.Store.Complete(ctx, sl.job.ID, []string{id, shortOf(id)})
		if err != nil || !slices.Contains(done, true) {
			return false, err
		}
	}
	return true, nil
}

// confirm reads a page that nothing has shown, and removes it if that says so too.
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
	if rec == nil || seen[0] && (!e.Orphan || rec.Parent != e.Parent) {
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
			return sl.commit(ctx, c)
		}
	}
	if err := sl.remove(ctx, c, rec, nil); err != nil {
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
	if where.place == nil || where.place.parent != rec.Parent || where.place.list != rec.List {
		moved := namedEntry(rec.ID)
		moved.Own, moved.Force, moved.Object, moved.Read = true, true, o.Raw, sl.now()
		c.Add = append(c.Add, moved)
		sl.sweepAgain(c, rec)
		return true, nil
	}
	t := &target{entry: e, object: o, was: rec}
	t.entry.Read = time.Time{}
	if draft := t.place(where.place); draft {
		return false, nil
	}
	c.Warnings = append(c.Warnings, fmt.Sprintf("page %s (%q) was not listed, yet it is alive in its place; it stays",
		rec.ID, rec.Slug))
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

// remove adds to a change that a page goes, and that what stands below it is looked at. keep is what is remembered of
// it; nil: nothing.
func (sl *slice) remove(ctx context.Context, c *Change, rec, keep *Record) error {
	c.Drop = append(c.Drop, Removal{Record: rec, Keep: keep})
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
	if rec.Slug != "" && keep == nil {
		if c.Count == nil {
			c.Count = Counts{}
		}
		c.Count[CountRemoved]++
	}
	for _, kid := range rec.Kids {
		below := []string{kid.ID}
		if kid.Database {
			var err error
			if below, err = sl.Store.Members(ctx, "db:"+kid.ID); err != nil {
				return err
			}
		}
		for _, id := range below {
			e := entry(workConfirm, classConfirm, id)
			e.Orphan, e.Parent = true, rec.ID
			c.Add = append(c.Add, e)
		}
	}
	return nil
}

// orphans drops the lists of inner databases that no page holds any more.
func (sl *slice) orphans(ctx context.Context, e Entry) error {
	inner, err := sl.Store.Databases(ctx)
	if err != nil {
		return err
	}
	c := &Change{Entry: e}
	for _, db := range inner {
		known, err := sl.Store.Records(ctx, []string{db.Page})
		if err != nil {
			return err
		}
		holder := known[db.Page]
		if !holder.holds(db.ID) {
			c.DropDatabases = append(c.DropDatabases, db.ID)
		}
	}
	return sl.commit(ctx, c)
}
