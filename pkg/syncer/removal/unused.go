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
	if n := len(fresh); !e.Counted && tooMany(n, total) && !inv.Job.Scope.All() {
		return inv.Commit(ctx, c.Warn("%d of %d mirrored files are used by no page any more; that is more than half, so "+
			"none was removed; if it is right, run a full sync with force=1", n, total))
	}
	left, err := inv.dropAll(ctx, unused, fresh)
	if err == nil && left {
		again := e
		again.Counted = true
		return inv.Commit(ctx, model.Replace(e, again))
	}
	if err == nil {
		_, err = inv.dropAll(ctx, unused, late)
	}
	if err != nil {
		return err
	}
	return inv.Commit(ctx, c)
}

// dropAll drops copies, some in any case, until the slice must end. It reports whether that was before the last of them.
func (inv *Room) dropAll(ctx context.Context, files map[string]model.KeptFile, ids []string) (left bool, err error) {
	for len(ids) > 0 {
		batch := ids[:min(dropBatch, len(ids))]
		if err := inv.drop(ctx, files, batch); err != nil {
			return false, err
		}
		if ids = ids[len(batch):]; inv.Stopped(ctx) {
			break
		}
	}
	return len(ids) > 0, nil
}

// unusedFiles are the files that no record shows, and how many are kept in all. Where records are missing, or do not say
// which files they show, there are none.
func (inv *Room) unusedFiles(ctx context.Context) (unused map[string]model.KeptFile, total int, err error) {
	unused, err = inv.allFiles(ctx)
	if err != nil || len(unused) == 0 {
		return nil, 0, err
	}
	for _, file := range unused {
		if file.Dropped.IsZero() {
			total++
		}
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
	if err != nil || unread {
		return nil, total, err
	}
	whole, err := inv.allKnown(ctx, known)
	if err != nil || !whole {
		return nil, total, err
	}
	return unused, total, nil
}

// allFiles are the files that were copied, those too that have been dropped lately.
func (inv *Room) allFiles(ctx context.Context) (map[string]model.KeptFile, error) {
	files := map[string]model.KeptFile{}
	for cursor := ""; ; {
		some, next, err := inv.Store.ScanFiles(ctx, cursor)
		if err != nil {
			return nil, err
		}
		maps.Copy(files, some)
		if cursor = next; cursor == "" {
			return files, nil
		}
	}
}

// allKnown reports whether there is a record of every page that has a slug.
func (inv *Room) allKnown(ctx context.Context, known map[string]bool) (bool, error) {
	for cursor := ""; ; {
		owners, next, err := inv.Store.ScanOwners(ctx, cursor)
		if err != nil {
			return false, err
		}
		for _, id := range owners {
			if !known[id] {
				return false, nil
			}
		}
		if cursor = next; cursor == "" {
			return true, nil
		}
	}
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
	if err := inv.Commit(ctx, dropped); err != nil { // only who has the lease gets further
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
