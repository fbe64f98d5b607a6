package removal

import (
	"context"
	"maps"
	"slices"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

const (
	brakeShare = 2  // nothing is removed if more than one in brakeShare pages would go …
	brakeCount = 10 // … and they are more than this
	sweepBatch = 200
)

// tooMany is the brake: so many at once are more likely a mishap than a wish.
func tooMany(gone, of int) bool { return gone > brakeCount && gone*brakeShare > of }

// census is what a sweep counts.
type census struct {
	above   map[string]string // published page → the page it stands under; empty for a collection page
	missing map[string]bool   // pages to be confirmed, then removed; true: reading has shown already that it goes
	unused  []model.Removal   // pages that were never published, and that nothing has shown
	again   bool              // it is not the job's first: what Redis had lost has been seen to
}

// sweep finds the pages that are to go. In a full job these are the known pages that nothing has shown, although
// everything that could show them was listed to its end; in every job, those that were found gone when they were read. It
// counts them with all that stands below them before the first is confirmed: too many at once are more likely a mishap
// than a wish. All is counted in one invocation, with a few commands for a thousand pages.
func (inv *Room) sweep(ctx context.Context, e model.Task) error {
	if e.ID == idBelow {
		return inv.sweepBelow(ctx, e)
	}
	found := &census{above: map[string]string{}, missing: map[string]bool{}}
	named, err := inv.Store.Sample(ctx, inv.Job.ID, model.SetMissing, all)
	if err != nil {
		return err
	}
	for _, id := range named {
		found.missing[id] = true
	}
	done, err := inv.Store.Complete(ctx, inv.Job.ID, []string{work.MarkSwept})
	if err != nil {
		return err
	}
	found.again = done[0]
	look := func(recs []*model.Record) error { return inv.look(ctx, found, recs) }
	if err := inv.EachRecord(ctx, look); err != nil {
		return err
	}
	c := model.Finish(e)
	c.Take, c.Complete = map[model.Set][]string{model.SetMissing: named}, []string{work.MarkSwept}
	intact, err := inv.Evidence(ctx)
	if err != nil {
		return err
	}
	if !intact {
		return inv.Commit(ctx, c.Warn(work.EvidenceLost))
	}
	if gone := found.gone(); tooMany(gone, len(found.above)) && !inv.Job.Scope.All() {
		return inv.Commit(ctx, c.Warn("%d of %d pages would go, with all that stands below them; that is more than half, "+
			"so none was removed; if it is right, run a full sync with force=1", gone, len(found.above)))
	}
	for batch := range slices.Chunk(found.unused, sweepBatch) {
		if err := inv.Commit(ctx, &model.Change{PageChange: model.PageChange{Drop: batch}}); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(found.missing)), sweepBatch) {
		if err := inv.Commit(ctx, &model.Change{ListChange: model.ListChange{Add: found.confirm(batch)}}); err != nil {
			return err
		}
	}
	if len(found.missing) > 0 {
		c.Add = []model.Task{model.NewTask(model.WorkSweep, model.ClassOrphans, idBelow)}
	}
	return inv.Commit(ctx, c)
}

const (
	idBelow   = "below" // the id of a sweep that looks for pages under those that went
	mostBelow = 10      // times, should pages that went have contained others that were not known
)

// sweepBelow finds published pages under pages that have left the site. Most went with these; but what a page was known to contain
// may have been older than where they stand.
func (inv *Room) sweepBelow(ctx context.Context, e model.Task) error {
	above := map[string]string{} // as in a census
	err := inv.EachRecord(ctx, func(recs []*model.Record) error {
		for _, rec := range recs {
			if rec.Published() {
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
	stay, err := inv.Store.Complete(ctx, inv.Job.ID, marks)
	if err != nil {
		return err
	}
	c := model.Finish(e)
	for i, id := range ids {
		if !stay[i] {
			c.Add = append(c.Add, model.OrphanTask(id, above[id]))
		}
	}
	if again := e; len(c.Add) > 0 && e.Asked < mostBelow {
		again.Asked++
		c.Then = &again
	}
	return inv.Commit(ctx, c)
}

// all is more than a set has members.
const all = 1 << 30

// look adds some records to what is counted. A full job also sees to what Redis has lost of them.
func (inv *Room) look(ctx context.Context, found *census, recs []*model.Record) error {
	var ids []string
	for _, rec := range recs {
		ids = append(ids, rec.ID)
		if rec.Published() {
			found.above[rec.ID] = rec.Parent
		}
	}
	if !inv.Job.Scope.Full {
		return nil
	}
	seen, err := inv.Store.Seen(ctx, inv.Job.ID, ids)
	if err != nil {
		return err
	}
	var shown, unshown []*model.Record
	for i, rec := range recs {
		if seen[i] {
			shown = append(shown, rec)
		} else {
			unshown = append(unshown, rec)
		}
	}
	listed, err := inv.listed(ctx, unshown...)
	if err != nil {
		return err
	}
	var unlisted []*model.Record
	for i, rec := range unshown {
		switch {
		case !listed[i]:
			unlisted = append(unlisted, rec)
		case !rec.Published():
			found.unused = append(found.unused, model.Removal{Record: rec}) // nobody misses it
		case !found.missing[rec.ID]:
			found.missing[rec.ID] = false
		}
	}
	if found.again {
		return nil
	}
	return inv.repair(ctx, shown, unlisted)
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
func (c *census) confirm(ids []string) (tasks []model.Task) {
	for _, id := range ids {
		e := model.NewTask(model.WorkConfirm, model.ClassConfirm, id)
		e.Force = c.missing[id]
		tasks = append(tasks, e)
	}
	return tasks
}

// Kinds are what does the work of finding what is gone.
func (inv *Room) Kinds() map[model.Work]work.Handler {
	return map[model.Work]work.Handler{
		model.WorkSweep:   {Do: inv.sweep},
		model.WorkConfirm: {Do: inv.confirm, AsksNotion: true, GiveUp: work.Says("page %s seems to be gone; it stays, reading it failed: %v")},
		model.WorkOrphans: {Do: inv.orphans},
		model.WorkFiles:   {Do: inv.dropFiles},
	}
}
