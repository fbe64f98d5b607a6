package syncer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// mend sees to it that what the store has lost of published pages comes back: met are those that this full job has met,
// unlisted others that stay. What is read of Notion anyway is not enough for that, since a page's stamp does not say
// what became of its bundle.
func (sl *slice) mend(ctx context.Context, c *Change, met, unlisted []*Record) error {
	published := func(r *Record) bool { return r.Slug != "" && !r.Failed } // what has failed was tried in this job
	recs := slices.DeleteFunc(slices.Concat(met, unlisted), func(r *Record) bool { return !published(r) })
	damage, err := sl.Store.Examine(ctx, recs)
	if err != nil {
		return err
	}
	var lost []string
	var unreserved []*Record
	moved := map[string][]string{} // index → pages put back into its list
	for i, rec := range recs {
		if damage[i].Content {
			e := again(rec)
			if slices.Contains(met, rec) && rec.Fetched.Before(sl.job.StartedAt) {
				e.Skipped = rec.Kind
			}
			c.Add = append(c.Add, e)
			lost = append(lost, rec.Slug)
		}
		if damage[i].List {
			c.Relist = append(c.Relist, rec)
			c.Put[SetLists] = append(c.Put[SetLists], rec.List)
			moved[rec.List] = append(moved[rec.List], rec.Slug)
		}
		if damage[i].Slug {
			unreserved = append(unreserved, rec)
		}
	}
	if len(lost) > 0 {
		c.Warnings = append(c.Warnings, contentLost(lost))
	}
	for list, slugs := range moved {
		c.Warnings = append(c.Warnings, fmt.Sprintf("Redis had lost the places of these pages in %s, which is written anew: %s",
			list, some(slugs)))
	}
	return sl.reserveAgain(ctx, c, unreserved)
}

// reserveAgain gives published pages their slugs back, unless another page is published there.
func (sl *slice) reserveAgain(ctx context.Context, c *Change, recs []*Record) error {
	if len(recs) == 0 {
		return nil
	}
	slugs := make([]string, len(recs))
	for i, rec := range recs {
		slugs[i] = rec.Slug
	}
	owners, err := sl.Store.Owners(ctx, slugs)
	if err != nil {
		return err
	}
	holders, err := sl.Store.Records(ctx, slices.Collect(maps.Values(owners)))
	if err != nil {
		return err
	}
	var again []string
	for _, rec := range recs {
		if holder := holders[owners[rec.Slug]]; holder != nil && holder.Slug == rec.Slug && holder.ID != rec.ID {
			continue
		}
		if c.Give == nil {
			c.Give = map[string]string{}
		}
		c.Give[rec.Slug] = rec.ID
		again = append(again, rec.Slug)
	}
	if len(again) > 0 {
		c.Warnings = append(c.Warnings, "Redis had lost whose these slugs are, they are reserved again: "+some(again))
	}
	return nil
}

func contentLost(slugs []string) string {
	return "what Redis held of these pages was missing or damaged, they are read anew: " + some(slugs)
}

// some names a few of many.
func some(slugs []string) string {
	const most = 5
	slugs = slices.Sorted(slices.Values(slugs))
	quoted := make([]string, min(most, len(slugs)))
	for i := range quoted {
		quoted[i] = strconv.Quote(slugs[i])
	}
	text := strings.Join(quoted, ", ")
	if n := len(slugs) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// intact reports whether the store has what is published of a page that was asked for by name and has not changed.
func (sl *slice) intact(ctx context.Context, t *target) (bool, error) {
	if !t.entry.Limited {
		return true, nil
	}
	damage, err := sl.Store.Examine(ctx, []*Record{t.was})
	if err != nil || !damage[0].Content {
		return true, err
	}
	t.warn = append(t.warn, contentLost([]string{t.was.Slug}))
	return false, nil
}

// survey has every index written that is not as it should be and that is not to be written anyway.
func (sl *slice) survey(ctx context.Context, e Entry) error {
	const all = 1 << 20
	waiting, err := sl.Store.Sample(ctx, sl.job.ID, SetLists, all)
	if err != nil {
		return err
	}
	indexes, err := sl.everyIndex(ctx)
	if err != nil {
		return err
	}
	indexes = slices.DeleteFunc(indexes, func(ix Index) bool { return slices.Contains(waiting, ix.List) })
	states, err := sl.Store.Survey(ctx, indexes)
	if err != nil {
		return err
	}
	again := e
	again.Counted = true
	c := &Change{Entry: e, Then: &again}
	for i, ix := range indexes {
		write := sl.indexEntry(ix.Name)
		if states[i] == IndexDamaged {
			write.Mend = true
			c.Warnings = append(c.Warnings, ix.Name+" was missing in Redis, or did not show what it should, and is written anew")
		}
		if states[i] != IndexSound || write.Mend {
			c.Add = append(c.Add, write)
		}
	}
	return sl.commit(ctx, c)
}

// everyIndex are the indexes that there should be. One whose pages only their records tell is marked by its Keep.
func (sl *slice) everyIndex(ctx context.Context) ([]Index, error) {
	var indexes []Index
	for _, col := range sl.Collections {
		sources, err := sl.facts.sources(ctx, sl.Store, col.Name)
		if err != nil {
			return nil, err
		}
		if len(sources) > 0 { // else it has never been seen
			indexes = append(indexes, plainIndex(col.Name+":index"))
		}
	}
	inner, err := sl.Store.Databases(ctx)
	if err != nil {
		return nil, err
	}
	for _, db := range inner {
		ix := db.index()
		sources, err := sl.facts.sources(ctx, sl.Store, db.Collection)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(sources, func(id string) bool { return !slices.Contains(db.Sources, id) }) {
			ix.Keep = nil // all of the collection
		}
		indexes = append(indexes, ix)
	}
	return indexes, nil
}

// unlist takes out of a list the pages that do not stand in it.
func (sl *slice) unlist(ctx context.Context, list string) error {
	ids, err := sl.Store.Members(ctx, list)
	if err != nil {
		return err
	}
	var strangers []string
	for batch := range slices.Chunk(ids, relinkBatch) {
		known, err := sl.Store.Records(ctx, batch)
		if err != nil {
			return err
		}
		for _, id := range batch {
			if rec := known[id]; rec == nil || rec.List != list {
				strangers = append(strangers, id)
			}
		}
	}
	if len(strangers) == 0 {
		return nil
	}
	return sl.commit(ctx, &Change{Unlist: map[string][]string{list: strangers}})
}
