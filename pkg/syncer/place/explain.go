package place

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"notionsync/pkg/syncer/model"
)

// explainMissing says what somebody has named instead of a page that is known, given why Notion would not show it as one. The
// error is that of asking.
func (inv *Room) explainMissing(ctx context.Context, id string, refusal error) (string, error) {
	what, err := inv.tableOfOurs(ctx, id)
	if err != nil || what != "" {
		return what, err
	}
	if errors.Is(refusal, model.ErrNotFound) {
		return fmt.Sprintf("page %s was not found or is not shared with the integration; if it is published, the next full sync "+
			"removes it", id), nil
	}
	db, err := inv.Source.Database(ctx, id)
	switch {
	case model.Permanent(err):
		return fmt.Sprintf("page %s could not be read: %v", id, refusal), nil
	case err != nil:
		return "", model.FromSource(err)
	}
	for _, src := range db.Sources {
		if what, err := inv.tableOfOurs(ctx, src.ID); err != nil || what != "" {
			return fmt.Sprintf("%s is the database %q: %s", id, db.Title, what), err
		}
	}
	return fmt.Sprintf("%s is the database %q, not a page, and in no collection that is synced", id, db.Title), nil
}

// tableOfOurs says what a database or data source is that is synced; empty if it is none.
func (inv *Room) tableOfOurs(ctx context.Context, id string) (string, error) {
	for _, col := range inv.Collections {
		sources, err := inv.Observed.Sources(ctx, inv.Store, col.Name)
		if err != nil {
			return "", err
		}
		if col.ID == id || slices.Contains(sources, id) {
			return fmt.Sprintf("%s is the database of collection %s, not a page; leave page out to sync all", id, col.Name), nil
		}
	}
	inner, err := inv.Store.Databases(ctx)
	if err != nil {
		return "", err
	}
	for _, db := range inner {
		if db.ID != id && !slices.Contains(db.Sources, id) {
			continue
		}
		above, err := inv.pageName(ctx, db.Page)
		return fmt.Sprintf("%s is the database %q inside page %s, not a page; name one of its rows, or that page", id, db.Title, above), err
	}
	return "", nil
}

// pageName is what people know a page by: its slug, or where it has none its id.
func (inv *Room) pageName(ctx context.Context, id string) (string, error) {
	known, err := inv.Store.Records(ctx, []string{id})
	if rec := known[id]; rec.Published() {
		return strconv.Quote(rec.Slug), err
	}
	return id, err
}

// TableName is what people know by which a task lists: a collection, or the page that a database stands in.
func (inv *Room) TableName(ctx context.Context, e model.Task) (string, error) {
	if e.Parent == "" {
		return "collection " + e.Collection, nil
	}
	above, err := inv.pageName(ctx, e.Parent)
	return "database " + cmp.Or(strings.TrimPrefix(e.List, "db:"), e.ID) + " inside page " + above, err
}
