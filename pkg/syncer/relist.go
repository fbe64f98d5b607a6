package syncer

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
)

// innerDatabases are the inner databases that are known, and those that have an entry on the site but are not known. The
// page that holds one of these is found in what is known of pages; what else there is to know shows when that page is read.
// Those that no page holds go when everything has been read.
func (sl *slice) innerDatabases(ctx context.Context) (known, lost []InnerDatabase, err error) {
	if known, err = sl.Store.Databases(ctx); err != nil {
		return nil, nil, err
	}
	entries := map[string]string{}
	for cursor := ""; ; {
		some, next, err := sl.Store.ScanEntries(ctx, cursor)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(entries, some)
		if cursor = next; cursor == "" {
			break
		}
	}
	for id := range entries {
		if slices.ContainsFunc(known, func(db InnerDatabase) bool { return db.ID == id }) {
			continue
		}
		shown, err := sl.tableShown(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		lost = append(lost, InnerDatabase{ID: id, Title: shown.Title})
	}
	return known, lost, nil
}

// table is what the site is shown of an inner database.
type table struct {
	Title string
	Items []struct{ NotionID string }
}

// tableShown reads back the entry of an inner database. What is damaged shows nothing.
func (sl *slice) tableShown(ctx context.Context, id string) (shown table, err error) {
	raw, err := sl.Store.Index(ctx, "db:"+id)
	_ = json.Unmarshal(raw, &shown)
	return shown, err
}

// tablesOfRows says of each row in which inner database it stands, as far as their lists and entries tell.
func (sl *slice) tablesOfRows(ctx context.Context, inner []InnerDatabase) (map[string]InnerDatabase, error) {
	tables := map[string]InnerDatabase{}
	for _, db := range inner {
		shown, err := sl.tableShown(ctx, db.ID)
		if err != nil {
			return nil, err
		}
		listed, err := sl.Store.Members(ctx, "db:"+db.ID)
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
// records name. On the way it notes who links to whom, and finds the pages that hold the lost databases.
func (sl *slice) relist(ctx context.Context, known, lost []InnerDatabase) (map[string][]*Record, error) {
	lists := map[string][]*Record{}
	for _, name := range sl.lists(slices.Concat(known, lost)) {
		lists[name] = nil
	}
	err := sl.eachRecord(ctx, func(recs []*Record) error {
		for _, rec := range recs {
			if rec.published() && rec.List != "" {
				lists[rec.List] = append(lists[rec.List], &Record{ID: rec.ID, Created: rec.Created})
			}
			for i, db := range lost {
				if rec.holds(db.ID) {
					lost[i].Page = rec.ID
				}
			}
		}
		for batch := range slices.Chunk(recs, sweepBatch) {
			if err := sl.commit(ctx, &Change{Links: batch}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for name, pages := range lists {
		if err := sl.lease.BuildList(ctx, name, pages); err != nil {
			return nil, err
		}
	}
	return lists, nil
}

// lists are the indexes that there are to be: of the collections, and of inner databases.
func (s *Syncer) lists(inner []InnerDatabase) (names []string) {
	for _, col := range s.Collections {
		names = append(names, col.Name+":index")
	}
	for _, db := range inner {
		names = append(names, "db:"+db.ID)
	}
	return names
}
