package syncer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

const indexBatch = 100

// indexes puts the writing of every index that has changed on the list. In a full job also of those that are missing.
func (sl *slice) indexes(ctx context.Context, e Entry) error {
	if e.Class == classFiles {
		return sl.commit(ctx, &Change{Entry: e, Complete: []string{allDone}})
	}
	if sl.job.Scope.Full && !e.Counted {
		names, err := sl.staleIndexes(ctx)
		if err != nil {
			return err
		}
		again := e
		again.Counted = true
		return sl.commit(ctx, &Change{Entry: e, Then: &again, Put: map[Set][]string{SetLists: names}})
	}
	lists, err := sl.Store.Sample(ctx, sl.job.ID, SetLists, indexBatch)
	if err != nil {
		return err
	}
	c := &Change{Entry: e}
	if len(lists) == 0 {
		last := e
		last.Class = classFiles // when those put on the list are written
		c.Then = &last
		return sl.commit(ctx, c)
	}
	inner, err := sl.Store.Databases(ctx)
	if err != nil {
		return err
	}
	for _, list := range lists {
		c.Add = append(c.Add, entry(workIndex, classIndex, list))
		for _, db := range inner { // a collection that stands inside a page has a second index
			if db.Collection != "" && list == db.Collection+":index" {
				c.Add = append(c.Add, entry(workIndex, classIndex, "db:"+db.ID))
			}
		}
	}
	c.Take = map[Set][]string{SetLists: lists}
	again := e
	c.Then = &again
	return sl.commit(ctx, c)
}

// index writes one index.
func (sl *slice) index(ctx context.Context, e Entry) error {
	c := &Change{Entry: e}
	ix := plainIndex(e.ID)
	if id, ok := strings.CutPrefix(e.ID, "db:"); ok {
		inner, err := sl.Store.Databases(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(inner, func(db InnerDatabase) bool { return db.ID == id })
		if i < 0 {
			c.DropIndexes = []string{e.ID}
			return sl.commit(ctx, c)
		}
		ix = inner[i].index()
	} else if _, ok := sl.collection(strings.TrimSuffix(e.ID, ":index")); !ok {
		left, err := sl.Store.Members(ctx, e.ID)
		if err != nil {
			return err
		}
		if len(left) == 0 { // of a collection no longer configured
			c.DropIndexes = []string{e.ID}
			return sl.commit(ctx, c)
		}
	}
	ix.Tail = `,"syncedAt":` + quoted(sl.now().Format(time.RFC3339Nano)) + `}`
	if err := sl.lease.BuildIndex(ctx, ix); err != nil {
		return err
	}
	c.Indexes = []string{ix.Name}
	return sl.commit(ctx, c)
}

// plainIndex is an index of all pages that stand in the list of its name.
func plainIndex(name string) Index { return Index{Name: name, List: name, Head: `{"items":`} }

// index is the db: entry of a database inside a page.
func (d InnerDatabase) index() Index {
	ix := plainIndex("db:" + d.ID)
	ix.Head = fmt.Sprintf(`{"id":%s,"title":%s,"items":`, quoted(d.ID), quoted(d.Title))
	if d.Collection != "" {
		ix.List = d.Collection + ":index"
		ix.Keep = func(r *Record) bool { return slices.Contains(d.Sources, r.Source) }
	}
	return ix
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // a string always has a JSON form
	return string(b)
}
