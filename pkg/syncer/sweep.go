package syncer

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

const (
	brakeShare = 2  // nothing is removed if more than one in brakeShare pages would go …
	brakeCount = 10 // … and they are more than this
	sweepBatch = 200
)

// census is what a sweep counts.
type census struct {
	above   map[string]string // published page → the page it stands under; empty for a collection page
	missing map[string]bool   // pages to be confirmed, then removed; true: reading has shown already that it goes
	unused  []Removal         // pages that were never published, and that nothing has shown
	again   bool              // it is not the job's first: what Redis had lost has been seen to
}

// sweep finds the pages that are to go. In a full job these are the known pages that nothing has shown, although
// everything that could show them was listed to its end; in every job, those that were found gone when they were read. It
// counts them with all that stands below them before the first is confirmed: too many at once are more likely a mishap
// than a wish. All is counted in one invocation, with a few commands for a thousand pages.
func (sl *slice) sweep(ctx context.Context, e Entry) error {
	if e.ID == idBelow {
		return sl.sweepBelow(ctx, e)
	}
	found := &census{above: map[string]string{}, missing: map[string]bool{}}
	named, err := sl.Store.Sample(ctx, sl.job.ID, SetMissing, all)
	if err != nil {
		return err
	}
	for _, id := range named {
		found.missing[id] = true
	}
	done, err := sl.Store.Complete(ctx, sl.job.ID, []string{markSwept})
	if err != nil {
		return err
	}
	found.again = done[0]
	look := func(recs []*Record) error { return sl.look(ctx, found, recs) }
	if err := sl.eachRecord(ctx, look); err != nil {
		return err
	}
	c := &Change{Entry: e, Take: map[Set][]string{SetMissing: named}, Complete: []string{markSwept}}
	intact, err := sl.evidence(ctx)
	if err != nil {
		return err
	}
	if !intact {
		c.Warnings = []string{evidenceLost}
		return sl.commit(ctx, c)
	}
	if gone := found.gone(); gone > brakeCount && gone*brakeShare > len(found.above) && !sl.job.Scope.all() {
		c.Warnings = []string{fmt.Sprintf("%d of %d pages would go, with all that stands below them; that is more than half, "+
			"so none was removed; if it is right, run a full sync with force=1", gone, len(found.above))}
		return sl.commit(ctx, c)
	}
	for batch := range slices.Chunk(found.unused, sweepBatch) {
		if err := sl.commit(ctx, &Change{Drop: batch}); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(found.missing)), sweepBatch) {
		if err := sl.commit(ctx, &Change{Add: found.confirm(batch)}); err != nil {
			return err
		}
	}
	if len(found.missing) > 0 {
		c.Add = []Entry{entry(workSweep, classOrphans, idBelow)}
	}
	return sl.commit(ctx, c)
}

const (
	idBelow   = "below" // the id of a sweep that looks for pages under those that went
	mostBelow = 10      // times, should pages that went have held others that were not known
)

// sweepBelow finds published pages under pages that have left the site. Most went with these; but what a page was known to hold
// may have been older than where they stand.
func (sl *slice) sweepBelow(ctx context.Context, e Entry) error {
	above := map[string]string{} // as in a census
	err := sl.eachRecord(ctx, func(recs []*Record) error {
		for _, rec := range recs {
			if rec.published() {
				above[rec.ID] = rec.Parent
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var ids, marks []string
	for id, parent := range above {
		if _, published := above[parent]; parent != "" && !published {
			ids, marks = append(ids, id), append(marks, alive(id))
		}
	}
	stay, err := sl.Store.Complete(ctx, sl.job.ID, marks)
	if err != nil {
		return err
	}
	c := &Change{Entry: e}
	for i, id := range ids {
		if !stay[i] {
			c.Add = append(c.Add, orphanEntry(id, above[id]))
		}
	}
	if again := e; len(c.Add) > 0 && e.Asked < mostBelow {
		again.Asked++
		c.Then = &again
	}
	return sl.commit(ctx, c)
}

// all is more than a set has members.
const all = 1 << 30

// eachRecord walks all records. One that changes meanwhile may come twice.
func (sl *slice) eachRecord(ctx context.Context, do func([]*Record) error) error {
	for cursor := ""; ; {
		recs, next, err := sl.Store.ScanRecords(ctx, cursor)
		if err != nil {
			return err
		}
		if err := do(recs); err != nil {
			return err
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// look adds some records to what is counted. A full job also sees to what Redis has lost of them.
func (sl *slice) look(ctx context.Context, found *census, recs []*Record) error {
	var ids []string
	for _, rec := range recs {
		ids = append(ids, rec.ID)
		if rec.published() {
			found.above[rec.ID] = rec.Parent
		}
	}
	if !sl.job.Scope.Full {
		return nil
	}
	seen, err := sl.Store.Seen(ctx, sl.job.ID, ids)
	if err != nil {
		return err
	}
	var met, unmet []*Record
	for i, rec := range recs {
		if seen[i] {
			met = append(met, rec)
		} else {
			unmet = append(unmet, rec)
		}
	}
	listed, err := sl.listed(ctx, unmet...)
	if err != nil {
		return err
	}
	var unlisted []*Record
	for i, rec := range unmet {
		switch {
		case !listed[i]:
			unlisted = append(unlisted, rec)
		case !rec.published():
			found.unused = append(found.unused, Removal{Record: rec}) // nobody misses it
		case !found.missing[rec.ID]:
			found.missing[rec.ID] = false
		}
	}
	if found.again {
		return nil
	}
	return sl.mend(ctx, met, unlisted)
}

// gone counts the published pages that would go: those missing, and all whose way up leads to one of them.
func (c *census) gone() (n int) {
	goes := map[string]bool{}
	for id := range c.above {
		var way []string
		gone := false
		for at := id; ; at = c.above[at] {
			if _, gone = c.missing[at]; gone {
				break
			}
			known, counted := goes[at]
			if _, published := c.above[at]; counted || !published {
				gone = known
				break
			}
			goes[at] = false // so that a way that leads back to itself ends
			way = append(way, at)
		}
		for _, at := range way {
			goes[at] = gone
		}
		if gone {
			n++
		}
	}
	return n
}

// confirm is the work of reading missing pages before they are removed.
func (c *census) confirm(ids []string) (entries []Entry) {
	for _, id := range ids {
		e := entry(workConfirm, classConfirm, id)
		e.Force = c.missing[id]
		entries = append(entries, e)
	}
	return entries
}

// unpublish has a page go that was found gone when it was read: once the sweep has counted what stands below it.
func (sl *slice) unpublish(c *Change, rec *Record) {
	c.Put = map[Set][]string{SetMissing: {rec.ID}}
	c.Add = append(c.Add, entry(workSweep, classSweep, ""))
}
