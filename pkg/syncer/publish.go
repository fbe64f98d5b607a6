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

// indexes puts the writing of every index that has changed on the list.
func (sl *slice) indexes(ctx context.Context, e Entry) error {
	lists, err := sl.Store.Sample(ctx, sl.job.ID, SetLists, indexBatch)
	if err != nil {
		return err
	}
	c := &Change{Entry: e}
	if len(lists) == 0 {
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
	ix := Index{Name: e.ID, List: e.ID, Head: `{"items":`, Tail: `,"syncedAt":` + quoted(sl.now().Format(time.RFC3339Nano)) + `}`}
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
		db := inner[i]
		ix.Head = fmt.Sprintf(`{"id":%s,"title":%s,"items":`, quoted(db.ID), quoted(db.Title))
		if db.Collection != "" {
			ix.List = db.Collection + ":index"
			ix.Keep = func(r *Record) bool { return slices.Contains(db.Sources, r.Source) }
		}
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
	if err := sl.lease.BuildIndex(ctx, ix); err != nil {
		return err
	}
	c.Indexes = []string{ix.Name}
	return sl.commit(ctx, c)
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // a string always has a JSON form
	return string(b)
}
