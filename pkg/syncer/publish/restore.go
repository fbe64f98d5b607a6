package publish

import (
	"context"
	"slices"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/discover"
	"notionsync/pkg/syncer/model"
)

// restore finds out again what is published and whose it is, where Redis has lost the records of pages, whose the slugs are,
// the inner databases, who links to whom, or what stands in the indexes. What is left of these says it, and what the site reads. It
// comes before everything else: a page that was refused an address until now must not take it from the page that has it, one
// that has left Notion must leave the site too: counted, and read before it goes, like any other; and an index that is
// written from a list must show all that stands there.
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
	strays, err := inv.strays(ctx, recorded)
	if err != nil {
		return err
	}
	known, lost, err := inv.innerDatabases(ctx)
	if err != nil {
		return err
	}
	if err := inv.remake(ctx, strays, slices.Concat(known, lost)); err != nil {
		return err
	}
	lists, err := inv.relist(ctx, known, lost)
	if err != nil {
		return err
	}
	// The first, which is none, says that inner databases are known from now on.
	c := model.Finish(e)
	c.Databases, c.Linked = append([]model.InnerDatabase{{}}, lost...), true
	for name, pages := range lists {
		c.Lists = append(c.Lists, name)
		if len(pages) > 0 { // the index may have been written from less
			c.PutIn(model.SetLists, name)
		}
	}
	return inv.Commit(ctx, c)
}

// strays are, by slug, the pages that have a slug or a bundle, but no record.
func (inv *Room) strays(ctx context.Context, recorded map[string]bool) (map[string]*stray, error) {
	strays := map[string]*stray{}
	for _, scan := range []func(context.Context, string) (map[string]string, string, error){inv.Store.ScanOwners, inv.Store.ScanBundles} {
		for cursor := ""; ; {
			slugs, next, err := scan(ctx, cursor)
			if err != nil {
				return nil, err
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
	return strays, nil
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
	owner  string       // the page that has it, so far as Redis knows
	bundle *page.Bundle // what stands there; nil: nothing
}

// remake makes records for the pages whose bundles stand at some slugs, as far as these tell. All slugs are theirs first, by
// which the pages above them are found.
func (inv *Room) remake(ctx context.Context, strays map[string]*stray, inner []model.InnerDatabase) error {
	owners, rows := map[string]string{}, false
	for slug, found := range strays {
		raw, err := inv.Store.Bundle(ctx, slug)
		if err != nil {
			return err
		}
		bundle, err := page.DecodeBundle(raw)
		if err != nil || bundle.Meta.NotionID == "" {
			continue
		}
		found.bundle = bundle
		owners[slug] = bundle.Meta.NotionID
		rows = rows || bundle.Meta.Kind == page.KindRow
	}
	if err := inv.give(ctx, owners); err != nil {
		return err
	}
	tables := map[string]model.InnerDatabase{}
	if rows {
		var err error
		if tables, err = inv.tablesOfRows(ctx, inner); err != nil {
			return err
		}
	}
	for slug, found := range strays {
		c := &model.Change{}
		if err := inv.restoreStray(ctx, c, slug, found, tables); err != nil {
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
func (inv *Room) restoreStray(ctx context.Context, c *model.Change, slug string, found *stray, tables map[string]model.InnerDatabase) error {
	id := found.owner
	if found.bundle != nil {
		id = found.bundle.Meta.NotionID
	}
	known, err := inv.Store.Records(ctx, []string{id})
	if err != nil || id == "" {
		return err
	}
	rec := known[id]
	switch {
	case found.bundle == nil && rec != nil && rec.Want == slug: // reserved
	case found.bundle == nil:
		c.Unclaim = map[string]string{slug: found.owner}
	case rec.Published(): // elsewhere by now: what was left behind goes
		c.Drop = append(c.Drop, model.Removal{Record: &model.Record{ID: id, Slug: slug, Want: slug}, Keep: rec})
	case rec != nil:
		again := *rec
		again.Slug = slug
		c.Remember = []*model.Record{&again}
	default:
		made, err := inv.fromBundle(ctx, slug, found.bundle, tables[id])
		if err != nil {
			return err
		}
		c.Remember = []*model.Record{made}
	}
	return nil
}

// fromBundle is the record of a published page as far as its bundle tells, and the database in which it stands, if it is a
// row. That it was never read has it read anew.
func (inv *Room) fromBundle(ctx context.Context, slug string, bundle *page.Bundle, table model.InnerDatabase) (*model.Record, error) {
	meta := &bundle.Meta
	rec := &model.Record{
		ID:         meta.NotionID,
		Slug:       slug,
		Want:       slug,
		Place:      model.Place{Kind: meta.Kind, Collection: meta.Collection},
		Properties: model.Properties{Title: meta.Title, Icon: meta.Icon},
		Contents:   model.Contents{Children: childrenIn(bundle), Links: meta.Links},
	}
	rec.Created, _ = time.Parse(time.RFC3339, meta.CreatedTime)
	if meta.ParentSlug != nil {
		owners, err := inv.Store.Owners(ctx, []string{*meta.ParentSlug})
		if err != nil {
			return nil, err
		}
		rec.Parent = owners[*meta.ParentSlug]
	}
	switch {
	case rec.Kind == page.KindPage:
		rec.List = rec.Collection + ":index"
	case rec.Kind == page.KindRow && table.ID != "":
		rec.List = "db:" + table.ID
		if len(table.Sources) == 1 { // else nobody knows which of them would show it
			rec.Source = table.Sources[0]
		}
	}
	return rec, nil
}

// childrenIn are the child pages and inner databases that stand in what is published of a page.
func childrenIn(bundle *page.Bundle) (children []model.Child) {
	var found []discover.FoundChild
	if bundle.Content == page.ContentMarkdown {
		found = nativeChildren(bundle.Meta.NotionID, bundle.Markdown)
	} else if blocks, err := page.DecodeTree(bundle.Blocks); err == nil {
		found = new(treeReader).found(bundle.Meta.NotionID, blocks)
	}
	for _, child := range found {
		k := model.Child{ID: child.ID, Database: child.Type == "child_database", List: child.List}
		for _, shown := range bundle.Meta.ChildPages {
			if shown.ID == child.ID {
				k.Shown = model.Summary{Slug: shown.Slug, Title: shown.Title, Icon: shown.Icon}
			}
		}
		children = append(children, k)
	}
	return children
}
