package publish

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

const indexBatch = 100 // changed indexes put on the list at once

// indexes puts the writing of every index that has changed on the list. In a full job also of those that are missing.
func (inv *Room) indexes(ctx context.Context, e model.Task) error {
	if e.Class == model.ClassFiles {
		c := model.Finish(e)
		c.Complete = []string{work.AllDone}
		return inv.Commit(ctx, c)
	}
	if inv.Job.Scope.Full && !e.Counted {
		names, err := inv.staleIndexes(ctx)
		if err != nil {
			return err
		}
		again := e
		again.Counted = true
		c := model.Replace(e, again)
		c.PutIn(model.SetLists, names...)
		return inv.Commit(ctx, c)
	}
	lists, err := inv.Store.Sample(ctx, inv.Job.ID, model.SetLists, indexBatch)
	if err != nil {
		return err
	}
	c := model.Finish(e)
	if len(lists) == 0 {
		last := e
		last.Class = model.ClassFiles // when those put on the list are written
		c.Then = &last
		return inv.Commit(ctx, c)
	}
	inner, err := inv.Store.Databases(ctx)
	if err != nil {
		return err
	}
	for _, list := range lists {
		c.Add = append(c.Add, model.NewTask(model.WorkIndex, model.ClassIndex, list))
		for _, db := range inner { // a collection that stands inside a page has a second index
			if db.Collection != "" && list == db.Collection+":index" {
				c.Add = append(c.Add, model.NewTask(model.WorkIndex, model.ClassIndex, "db:"+db.ID))
			}
		}
	}
	c.Take = map[model.Set][]string{model.SetLists: lists}
	again := e
	c.Then = &again
	return inv.Commit(ctx, c)
}

// index writes one index.
func (inv *Room) index(ctx context.Context, e model.Task) error {
	c := model.Finish(e)
	ix := plainIndex(e.ID)
	if id, ok := strings.CutPrefix(e.ID, "db:"); ok {
		inner, err := inv.Store.Databases(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(inner, func(db model.InnerDatabase) bool { return db.ID == id })
		if i < 0 {
			c.DropIndexes = []string{e.ID}
			return inv.Commit(ctx, c)
		}
		ix = databaseIndex(inner[i])
	} else if _, ok := inv.Configured(strings.TrimSuffix(e.ID, ":index")); !ok {
		left, err := inv.Store.Members(ctx, e.ID)
		if err != nil {
			return err
		}
		if len(left) == 0 { // of a collection no longer configured
			c.DropIndexes = []string{e.ID}
			return inv.Commit(ctx, c)
		}
	}
	ix.Tail = `,"syncedAt":` + quoted(inv.Time().Format(time.RFC3339Nano)) + `}`
	if err := inv.Lease.BuildIndex(ctx, ix); err != nil {
		return err
	}
	c.Indexes = []string{ix.Name}
	return inv.Commit(ctx, c)
}

// plainIndex is an index of all pages that stand in the list of its name.
func plainIndex(name string) model.Index {
	return model.Index{Name: name, List: name, Head: `{"items":`}
}

// databaseIndex is the db: entry of a database inside a page.
func databaseIndex(d model.InnerDatabase) model.Index {
	ix := plainIndex("db:" + d.ID)
	ix.Head = fmt.Sprintf(`{"id":%s,"title":%s,"items":`, quoted(d.ID), quoted(d.Title))
	if d.Collection != "" {
		ix.List = d.Collection + ":index"
		ix.Keep = func(r *model.Record) bool { return slices.Contains(d.Sources, r.Source) }
	}
	return ix
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // a string always has a JSON form
	return string(b)
}

// staleIndexes are the indexes that a full job writes though nothing in them has changed: those that are not there, by force
// all.
func (inv *Room) staleIndexes(ctx context.Context) ([]string, error) {
	var indexes []string
	for _, col := range inv.Collections {
		sources, err := inv.Observed.Sources(ctx, inv.Store, col.Name)
		if err != nil {
			return nil, err
		}
		if len(sources) > 0 { // else it has never been seen
			indexes = append(indexes, col.Name+":index")
		}
	}
	inner, err := inv.Store.Databases(ctx)
	if err != nil {
		return nil, err
	}
	for _, db := range inner {
		indexes = append(indexes, "db:"+db.ID)
	}
	if inv.Job.Scope.All() {
		return indexes, nil
	}
	return inv.Store.Lacking(ctx, indexes)
}

// giveUpIndex leaves an index to the next job.
func giveUpIndex(_ context.Context, c *model.Change, e model.Task, failed error) error {
	c.PutIn(model.SetLists, e.ID)
	c.Warn("%s could not be written, it is tried again in the next job: %v", e.ID, failed)
	return nil
}
