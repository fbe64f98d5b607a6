package publish

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// restore finds out again what is published and whose it is, where Redis has lost the records of pages, whose the slugs are,
// or the inner databases. What is left of the two says it, and the bundles do. It comes before everything else: a page that was refused an
// address until now must not take it from the page that has it, and one that has left Notion must leave the site too:
// counted, and read before it goes, like any other.
func (inv *Room) restore(ctx context.Context, e model.Task) error {
	recorded := map[string]bool{} // slugs of published pages whose records are there
	err := inv.EachRecord(ctx, func(recs []*model.Record) error {
		owners := map[string]string{}
		for _, rec := range recs {
			if rec.Published() {
				owners[rec.Slug], recorded[rec.Slug] = rec.ID, true
			}
		}
		return inv.give(ctx, owners)
	})
	if err != nil {
		return err
	}
	strays := map[string]*stray{}
	for _, scan := range []func(context.Context, string) (map[string]string, string, error){inv.Store.ScanOwners, inv.Store.ScanBundles} {
		for cursor := ""; ; {
			slugs, next, err := scan(ctx, cursor)
			if err != nil {
				return err
			}
			for slug, owner := range slugs {
				if !recorded[slug] && strays[slug] == nil {
					strays[slug] = &stray{owner: owner}
				}
			}
			if cursor = next; cursor == "" {
				break
			}
		}
	}
	if err := inv.remake(ctx, strays); err != nil {
		return err
	}
	inner, err := inv.strayDatabases(ctx)
	if err != nil {
		return err
	}
	c := model.Finish(e)
	c.Databases = inner
	return inv.Commit(ctx, c)
}

// strayDatabases are the inner databases that have a db: entry but are not known. Which pages hold them shows when these are
// read; those that none does then go. The first, which is none, says that they are known from now on.
func (inv *Room) strayDatabases(ctx context.Context) ([]model.InnerDatabase, error) {
	known, err := inv.Store.Databases(ctx)
	if err != nil {
		return nil, err
	}
	strays := []model.InnerDatabase{{}}
	for cursor := ""; ; {
		ids, next, err := inv.Store.ScanEntries(ctx, cursor)
		if err != nil {
			return nil, err
		}
		for id := range ids {
			if !slices.ContainsFunc(known, func(db model.InnerDatabase) bool { return db.ID == id }) {
				strays = append(strays, model.InnerDatabase{ID: id})
			}
		}
		if cursor = next; cursor == "" {
			return strays, nil
		}
	}
}

// give says whose some slugs are.
func (inv *Room) give(ctx context.Context, owners map[string]string) error {
	if len(owners) == 0 {
		return nil
	}
	return inv.Commit(ctx, &model.Change{SlugChange: model.SlugChange{Give: owners}})
}

// stray is what is known of a slug at which no record is published.
type stray struct {
	owner string     // the page that has it, so far as Redis knows
	meta  *page.Meta // of the bundle that stands there; nil: none
}

// remake makes records for the pages whose bundles stand at some slugs, as far as these tell. All slugs are theirs first, by
// which the pages above them are found.
func (inv *Room) remake(ctx context.Context, strays map[string]*stray) error {
	owners := map[string]string{}
	for slug, found := range strays {
		raw, err := inv.Store.Bundle(ctx, slug)
		if err != nil {
			return err
		}
		var bundle struct{ Meta page.Meta }
		if raw == nil || json.Unmarshal(raw, &bundle) != nil || bundle.Meta.NotionID == "" {
			continue
		}
		found.meta = &bundle.Meta
		owners[slug] = bundle.Meta.NotionID
	}
	if err := inv.give(ctx, owners); err != nil {
		return err
	}
	for slug, found := range strays {
		c := &model.Change{}
		if err := inv.restoreStray(ctx, c, slug, found); err != nil {
			return err
		}
		if len(c.Remember)+len(c.Drop)+len(c.Unclaim) == 0 {
			continue
		}
		if err := inv.Commit(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// restoreStray makes a record for the page whose bundle stands at a slug. Where there is none to make, the slug is given up.
func (inv *Room) restoreStray(ctx context.Context, c *model.Change, slug string, found *stray) error {
	id := found.owner
	if found.meta != nil {
		id = found.meta.NotionID
	}
	known, err := inv.Store.Records(ctx, []string{id})
	if err != nil || id == "" {
		return err
	}
	rec := known[id]
	switch {
	case found.meta == nil && rec != nil && rec.Want == slug: // reserved
	case found.meta == nil:
		c.Unclaim = map[string]string{slug: found.owner}
	case rec.Published(): // elsewhere by now: what was left behind goes
		c.Drop = append(c.Drop, model.Removal{Record: &model.Record{ID: id, Slug: slug, Want: slug}, Keep: rec})
	case rec != nil:
		again := *rec
		again.Slug = slug
		c.Remember = []*model.Record{&again}
	default:
		made, err := inv.fromBundle(ctx, slug, found.meta)
		if err != nil {
			return err
		}
		c.Remember = []*model.Record{made}
	}
	return nil
}

// fromBundle is the record of a published page as far as its bundle tells. That it was never read has it read anew.
func (inv *Room) fromBundle(ctx context.Context, slug string, meta *page.Meta) (*model.Record, error) {
	rec := &model.Record{
		ID:         meta.NotionID,
		Slug:       slug,
		Want:       slug,
		Place:      model.Place{Kind: meta.Kind, Collection: meta.Collection},
		Properties: model.Properties{Title: meta.Title, Icon: meta.Icon},
	}
	rec.Created, _ = time.Parse(time.RFC3339, meta.CreatedTime)
	for _, child := range meta.ChildPages {
		rec.Children = append(rec.Children, model.Child{ID: child.ID, Shown: model.Summary{Slug: child.Slug, Title: child.Title, Icon: child.Icon}})
	}
	if meta.ParentSlug != nil {
		owners, err := inv.Store.Owners(ctx, []string{*meta.ParentSlug})
		if err != nil {
			return nil, err
		}
		rec.Parent = owners[*meta.ParentSlug]
	}
	switch rec.Kind {
	case page.KindPage:
		rec.List = rec.Collection + ":index"
	case page.KindRow:
		inner, err := inv.Store.Databases(ctx)
		if err != nil {
			return nil, err
		}
		for _, db := range inner {
			rows, err := inv.Store.Members(ctx, "db:"+db.ID)
			if err != nil {
				return nil, err
			}
			if slices.Contains(rows, rec.ID) {
				rec.List = "db:" + db.ID
				if len(db.Sources) == 1 { // else nobody knows which of them would show it: it stays
					rec.Source = db.Sources[0]
				}
			}
		}
	}
	return rec, nil
}
