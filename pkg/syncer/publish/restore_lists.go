package publish

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"notionsync/pkg/syncer/model"
)

const linksBatch = 200 // pages whose links are made known at once

// innerDatabases are the inner databases that are known, and those that have an entry on the site but are not known. The
// page that contains one of these is found in what is known of pages; what else there is to know shows when that page is read.
// Those that no page contains go when everything has been read.
func (inv *Room) innerDatabases(ctx context.Context) (known, lost []model.InnerDatabase, err error) {
	if known, err = inv.Store.Databases(ctx); err != nil {
		return nil, nil, err
	}
	entries := map[string]string{}
	for cursor := ""; ; {
		some, next, err := inv.Store.ScanEntries(ctx, cursor)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(entries, some)
		if cursor = next; cursor == "" {
			break
		}
	}
	for id := range entries {
		if slices.ContainsFunc(known, func(db model.InnerDatabase) bool { return db.ID == id }) {
			continue
		}
		shown, err := inv.tableShown(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		lost = append(lost, model.InnerDatabase{ID: id, Title: shown.Title})
	}
	return known, lost, nil
}

// table is what the site is shown of an inner database.
type table struct {
	Title string
	Items []struct{ NotionID string }
}

// tableShown reads back the entry of an inner database. What is damaged shows nothing.
func (inv *Room) tableShown(ctx context.Context, id string) (shown table, err error) {
	raw, err := inv.Store.Index(ctx, "db:"+id)
	_ = json.Unmarshal(raw, &shown)
	return shown, err
}

// tablesOfRows says of each row in which inner database it stands, as far as their lists and entries tell.
func (inv *Room) tablesOfRows(ctx context.Context, inner []model.InnerDatabase) (map[string]model.InnerDatabase, error) {
	tables := map[string]model.InnerDatabase{}
	for _, db := range inner {
		shown, err := inv.tableShown(ctx, db.ID)
		if err != nil {
			return nil, err
		}
		listed, err := inv.Store.Members(ctx, "db:"+db.ID)
		if err != nil {
			return nil, err
		}
		for _, row := range shown.Items {
			tables[row.NotionID] = db
		}
		for _, id := range listed {
			tables[id] = db
		}
	}
	return tables, nil
}

// relist writes the lists of all indexes anew: those of the collections, of the inner databases, and of whatever else the
// records name. On the way it has remembered who links to whom, and finds the pages that contain the lost databases.
func (inv *Room) relist(ctx context.Context, known, lost []model.InnerDatabase) (map[string][]*model.Record, error) {
	lists := map[string][]*model.Record{}
	for _, name := range inv.IndexNames(slices.Concat(known, lost)) {
		lists[name] = nil
	}
	err := inv.EachRecord(ctx, func(recs []*model.Record) error {
		for _, rec := range recs {
			if rec.Published() && rec.List != "" {
				lists[rec.List] = append(lists[rec.List], &model.Record{ID: rec.ID, Properties: model.Properties{Created: rec.Created}})
			}
			for i, db := range lost {
				if rec.Contains(db.ID) {
					lost[i].Page = rec.ID
				}
			}
		}
		for batch := range slices.Chunk(recs, linksBatch) {
			if err := inv.Commit(ctx, &model.Change{IndexChange: model.IndexChange{Links: batch}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for name, pages := range lists {
		if err := inv.Lease.BuildList(ctx, name, pages); err != nil {
			return nil, err
		}
	}
	return lists, nil
}
