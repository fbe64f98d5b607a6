package publish

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
)

// Editing a synced block does not move the stamps of the pages on which its copies stand; those know their originals
// among their links. So the page of an original says, when it is written, which of its synced blocks have changed, and
// once no page is being read any more those with a copy are read that were read before. Asked earlier, a page that is
// being read at this moment would not be known to have a copy, or would seem to be read already.

// copiesOf is the member of SetChanged that says since when pages with a copy of a synced block must have been read.
func copiesOf(original string, since time.Time) string {
	return copiesPrefix + original + "@" + strconv.FormatInt(since.UnixMilli(), 10)
}

const copiesPrefix = "copies:"

// splitChanged tells pages from synced blocks, and of these since when their copies must have been read.
func splitChanged(changed []string) (pages []string, originals map[string]time.Time) {
	originals = map[string]time.Time{}
	for _, summary := range changed {
		id, isCopy := strings.CutPrefix(summary, copiesPrefix)
		if !isCopy {
			pages = append(pages, summary)
			continue
		}
		id, at, _ := strings.Cut(id, "@")
		ms, _ := strconv.ParseInt(at, 10, 64)
		if since := time.UnixMilli(ms); since.After(originals[id]) {
			originals[id] = since
		}
	}
	return pages, originals
}

// staleCopies are the pages that were read before an original of which they show a copy had changed. The original's own
// page is none of them.
func (inv *Room) staleCopies(ctx context.Context, originals map[string]time.Time) ([]model.Task, error) {
	if len(originals) == 0 {
		return nil, nil
	}
	ids, err := inv.Store.Linkers(ctx, slices.Collect(maps.Keys(originals))...)
	if err != nil {
		return nil, err
	}
	known, err := inv.Store.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	var stale []model.Task
	for _, rec := range known {
		for id, since := range originals {
			_, shows := rec.Links[id]
			if shows && rec.Published() && rec.Fetched.Before(since) && !slices.Contains(rec.Originals, id) {
				stale = append(stale, model.ReadAgain(rec))
				break
			}
		}
	}
	return stale, nil
}

// followCopies finds which synced blocks of a page are not what they were when it was read before.
func (inv *Room) followCopies(ctx context.Context, c *model.Change, t *place.Target, tree []page.Block, blocks json.RawMessage) error {
	now := page.Originals(blocks)
	t.Next.Originals = slices.Sorted(maps.Keys(now))
	before, err := inv.originalsBefore(ctx, t)
	if err != nil {
		return err
	}
	for _, id := range unionOf(before, now) {
		then, was := before[id]
		if as, is := now[id]; was != is || then != as {
			c.PutIn(model.SetChanged, copiesOf(id, inv.changedBy(t, tree)))
		}
	}
	return nil
}

func unionOf(a, b map[string]string) []string {
	all := maps.Clone(b)
	maps.Copy(all, a)
	return slices.Sorted(maps.Keys(all))
}

// originalsBefore are the originals as they are published; none of a page that isn't, or that had none.
func (inv *Room) originalsBefore(ctx context.Context, t *place.Target) (map[string]string, error) {
	if !t.Was.Published() || len(t.Was.Originals) == 0 {
		return map[string]string{}, nil
	}
	bundle, _, err := inv.stored(ctx, t.Was)
	if err != nil || bundle == nil {
		return map[string]string{}, err
	}
	return page.Originals(bundle.Blocks), nil
}

// changedBy is a time by which the originals in a page were what they are now. Who begins to read a page now sees that. Of
// a page that is new to the site all originals are new, so it pays to be exact: an edit leaves stamps, but a page may also
// be old and was not shared before the job.
func (inv *Room) changedBy(t *place.Target, tree []page.Block) time.Time {
	now := inv.Time()
	if t.Was.Published() {
		return now
	}
	by := latest(t.Next.Edited, tree).Add(time.Minute)
	if by.Before(inv.Job.StartedAt) {
		by = inv.Job.StartedAt
	}
	if by.After(now) {
		return now
	}
	return by
}

// latest is the newest of a stamp and those of blocks.
func latest(stamp time.Time, blocks []page.Block) time.Time {
	for _, b := range blocks {
		if b.Edited.After(stamp) {
			stamp = b.Edited
		}
		stamp = latest(stamp, b.Children)
	}
	return stamp
}
