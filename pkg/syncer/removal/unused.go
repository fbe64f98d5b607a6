package removal

import (
	"context"
	"maps"
	"slices"
	"time"

	"notionsync/pkg/syncer/model"
)

const (
	dropBatch   = 100            // copies removed at once
	rememberFor = 24 * time.Hour // a copy that was dropped: far longer than an invocation lives that may still remove it
)

// dropFiles removes the copies that no page shows, under the same brake as pages. That a copy is dropped is written first,
// and then it is removed: whatever happens in between, nobody takes it for kept. What could not be removed is removed by
// the next full job.
func (inv *Room) dropFiles(ctx context.Context, e model.Task) error {
	c := model.Finish(e)
	if inv.Media == nil {
		return inv.Commit(ctx, c)
	}
	unused, total, err := inv.unusedFiles(ctx)
	if err != nil {
		return err
	}
	var fresh, late []string // to be dropped; dropped by an earlier job
	for _, id := range slices.Sorted(maps.Keys(unused)) {
		if unused[id].Dropped.IsZero() {
			fresh = append(fresh, id)
		} else if unused[id].Dropped.Before(inv.Job.StartedAt) {
			late = append(late, id)
		}
	}
	if n := len(fresh); !e.Counted && n > brakeCount && n*brakeShare > total && !inv.Job.Scope.All() {
		return inv.Commit(ctx, c.Warn("%d of %d mirrored files are used by no page any more; that is more than half, so "+
			"none was removed; if it is right, run a full sync with force=1", n, total))
	}
	for batch := range slices.Chunk(fresh, dropBatch) {
		if err := inv.drop(ctx, unused, batch); err != nil {
			return err
		}
		if inv.Stopped(ctx) {
			again := e
			again.Counted = true
			c.Then = &again
			return inv.Commit(ctx, c)
		}
	}
	for batch := range slices.Chunk(late, dropBatch) {
		if inv.Stopped(ctx) {
			break
		}
		if err := inv.drop(ctx, unused, batch); err != nil {
			return err
		}
	}
	return inv.Commit(ctx, c)
}

// unusedFiles are the files that no record shows, and how many are kept in all. Where records are missing, or do not say
// which files they show, there are none.
func (inv *Room) unusedFiles(ctx context.Context) (unused map[string]model.KeptFile, total int, err error) {
	unused = map[string]model.KeptFile{}
	for cursor := ""; ; {
		some, next, err := inv.Store.ScanFiles(ctx, cursor)
		if err != nil {
			return nil, 0, err
		}
		maps.Copy(unused, some)
		if cursor = next; cursor == "" {
			break
		}
	}
	for _, file := range unused {
		if file.Dropped.IsZero() {
			total++
		}
	}
	if len(unused) == 0 {
		return nil, 0, nil
	}
	known, unread := map[string]bool{}, false
	err = inv.EachRecord(ctx, func(recs []*model.Record) error {
		for _, rec := range recs {
			known[rec.ID] = true
			unread = unread || rec.Remade()
			for _, id := range rec.Files {
				delete(unused, id)
			}
		}
		return nil
	})
	for cursor := ""; err == nil && !unread; {
		var owners map[string]string
		if owners, cursor, err = inv.Store.ScanOwners(ctx, cursor); err != nil {
			break
		}
		for _, id := range owners {
			unread = unread || !known[id]
		}
		if cursor == "" {
			break
		}
	}
	if unread {
		unused = nil
	}
	return unused, total, err
}

// drop removes copies, and forgets those that were dropped long ago. What cannot be removed is a warning.
func (inv *Room) drop(ctx context.Context, files map[string]model.KeptFile, ids []string) error {
	dropped := &model.Change{KeptChange: model.KeptChange{Files: map[string]model.KeptFile{}}}
	var keys, old []string
	for _, id := range ids {
		file := files[id]
		switch {
		case file.Dropped.IsZero():
			file.Dropped = inv.Time()
			dropped.Files[id] = file
		case file.Dropped.Before(inv.Time().Add(-rememberFor)):
			old = append(old, id)
		}
		keys = append(keys, file.Key)
	}
	if err := inv.Commit(ctx, dropped); err != nil { // only who holds the lease gets further
		return err
	}
	limit, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := inv.Media.Drop(limit, keys); err != nil {
		return inv.Commit(ctx, (&model.Change{}).Warn("mirrored files that no page uses any more could not be "+
			"removed; it is tried again in the next full sync: %v", err))
	}
	if len(old) == 0 {
		return nil
	}
	return inv.Commit(ctx, &model.Change{KeptChange: model.KeptChange{DropFiles: old}})
}
