package syncer

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"notionsync/pkg/page"
)

// followCopies has the pages read that show a copy of a synced block which has changed in this one: editing an original
// does not move the stamps of the pages on which its copies stand. Those know their originals among their links.
func (sl *slice) followCopies(ctx context.Context, c *Change, t *target, blocks json.RawMessage) error {
	now := page.Originals(blocks)
	t.next.Originals = slices.Sorted(maps.Keys(now))
	ids := t.next.Originals
	if t.was != nil {
		ids = slices.Concat(ids, t.was.Originals)
	}
	if all, err := sl.Store.Linkers(ctx, ids...); len(all) == 0 || err != nil {
		return err
	}
	showing := map[string][]string{} // original → pages with a copy of it
	for _, id := range ids {
		holders, err := sl.Store.Linkers(ctx, id)
		if err != nil {
			return err
		}
		if len(holders) > 0 {
			showing[id] = holders
		}
	}
	before, err := sl.originalsBefore(ctx, t)
	if err != nil {
		return err
	}
	maps.DeleteFunc(showing, func(id string, _ []string) bool {
		then, was := before[id]
		as, is := now[id]
		return was == is && then == as
	})
	known, err := sl.Store.Records(ctx, slices.Concat(slices.Collect(maps.Values(showing))...))
	if err != nil {
		return err
	}
	for id, rec := range known {
		if id != t.next.ID && rec.Slug != "" && rec.Fetched.Before(sl.lastChange(t)) {
			c.Add = append(c.Add, again(rec))
		}
	}
	return nil
}

// originalsBefore are the originals as they are published; none of a page that isn't.
func (sl *slice) originalsBefore(ctx context.Context, t *target) (map[string]string, error) {
	if !t.was.published() {
		return nil, nil
	}
	bundle, _, err := sl.stored(ctx, t.was)
	if err != nil || bundle == nil {
		return nil, err
	}
	return page.Originals(bundle.Blocks), nil
}

// lastChange is when a page must have been read to show what originals in this one are now. Of a page that is new to the
// site the stamp says nothing: it may be old, and was not shared.
func (sl *slice) lastChange(t *target) time.Time {
	if !t.was.published() {
		return sl.job.StartedAt
	}
	return t.next.Edited.Add(time.Minute)
}
