package syncer

import (
	"context"
	"slices"
	"time"

	"notionsync/pkg/page"
)

// restore finds out again what is published and whose it is, where Redis has lost the records of pages, whose the slugs are,
// the inner databases, who links to whom, or what stands in the indexes. What is left of these says it, and what the site reads. It
// comes before everything else: a page that was refused an address until now must not take it from the page that has it, one
// that has left Notion must leave the site too: counted, and read before it goes, like any other; and an index that is
// written from a list must show all that stands there.
func (sl *slice) restore(ctx context.Context, e Entry) error {
	recorded := map[string]bool{} // slugs of published pages whose records are there
	err := sl.eachRecord(ctx, func(recs []*Record) error {
		owners := map[string]string{}
		for _, rec := range recs {
			if rec.published() {
				owners[rec.Slug], recorded[rec.Slug] = rec.ID, true
			}
		}
		return sl.give(ctx, owners)
	})
	if err != nil {
		return err
	}
	strays := map[string]*stray{}
	for _, scan := range []func(context.Context, string) (map[string]string, string, error){sl.Store.ScanOwners, sl.Store.ScanBundles} {
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
	known, lost, err := sl.innerDatabases(ctx)
	if err != nil {
		return err
	}
	if err := sl.remake(ctx, strays, slices.Concat(known, lost)); err != nil {
		return err
	}
	lists, err := sl.relist(ctx, known, lost)
	if err != nil {
		return err
	}
	// The first, which is none, says that inner databases are known from now on.
	c := &Change{Entry: e, Databases: append([]InnerDatabase{{}}, lost...), Put: map[Set][]string{}, Linked: true}
	for name, pages := range lists {
		c.Lists = append(c.Lists, name)
		if len(pages) > 0 { // the index may have been written from less
			c.Put[SetLists] = append(c.Put[SetLists], name)
		}
	}
	return sl.commit(ctx, c)
}

// give says whose some slugs are.
func (sl *slice) give(ctx context.Context, owners map[string]string) error {
	if len(owners) == 0 {
		return nil
	}
	return sl.commit(ctx, &Change{Give: owners})
}

// stray is what is known of a slug at which no record is published.
type stray struct {
	owner  string       // the page that has it, so far as Redis knows
	bundle *page.Bundle // what stands there; nil: nothing
}

// remake makes records for the pages whose bundles stand at some slugs, as far as these tell. All slugs are theirs first, by
// which the pages above them are found.
func (sl *slice) remake(ctx context.Context, strays map[string]*stray, inner []InnerDatabase) error {
	owners, rows := map[string]string{}, false
	for slug, found := range strays {
		raw, err := sl.Store.Bundle(ctx, slug)
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
	if err := sl.give(ctx, owners); err != nil {
		return err
	}
	tables := map[string]InnerDatabase{}
	if rows {
		var err error
		if tables, err = sl.tablesOfRows(ctx, inner); err != nil {
			return err
		}
	}
	for slug, found := range strays {
		c := &Change{}
		if err := sl.settleStray(ctx, c, slug, found, tables); err != nil {
			return err
		}
		if len(c.Note)+len(c.Drop)+len(c.Unclaim) == 0 {
			continue
		}
		if err := sl.commit(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// settleStray makes a record for the page whose bundle stands at a slug. Where there is none to make, the slug is given up.
func (sl *slice) settleStray(ctx context.Context, c *Change, slug string, found *stray, tables map[string]InnerDatabase) error {
	id := found.owner
	if found.bundle != nil {
		id = found.bundle.Meta.NotionID
	}
	known, err := sl.Store.Records(ctx, []string{id})
	if err != nil || id == "" {
		return err
	}
	rec := known[id]
	switch {
	case found.bundle == nil && rec != nil && rec.Want == slug: // reserved
	case found.bundle == nil:
		c.Unclaim = map[string]string{slug: found.owner}
	case rec.published(): // elsewhere by now: what was left behind goes
		c.Drop = append(c.Drop, Removal{Record: &Record{ID: id, Slug: slug, Want: slug}, Keep: rec})
	case rec != nil:
		again := *rec
		again.Slug = slug
		c.Note = []*Record{&again}
	default:
		made, err := sl.fromBundle(ctx, slug, found.bundle, tables[id])
		if err != nil {
			return err
		}
		c.Note = []*Record{made}
	}
	return nil
}

// fromBundle is the record of a published page as far as its bundle tells, and the database in which it stands, if it is a
// row. That it was never read has it read anew.
func (sl *slice) fromBundle(ctx context.Context, slug string, bundle *page.Bundle, table InnerDatabase) (*Record, error) {
	meta := &bundle.Meta
	rec := &Record{
		ID: meta.NotionID, Slug: slug, Want: slug, Kind: meta.Kind, Collection: meta.Collection, Title: meta.Title, Icon: meta.Icon,
		Kids: kidsIn(bundle), Links: meta.Links,
	}
	rec.Created, _ = time.Parse(time.RFC3339, meta.CreatedTime)
	if meta.ParentSlug != nil {
		owners, err := sl.Store.Owners(ctx, []string{*meta.ParentSlug})
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

// kidsIn are the child pages and inner databases that stand in what is published of a page.
func kidsIn(bundle *page.Bundle) (kids []Kid) {
	var found []foundKid
	if bundle.Content == page.ContentMarkdown {
		found = nativeKids(bundle.Meta.NotionID, bundle.Markdown)
	} else if blocks, err := page.DecodeTree(bundle.Blocks); err == nil {
		found = new(treeReader).found(bundle.Meta.NotionID, blocks)
	}
	for _, kid := range found {
		k := Kid{ID: kid.ID, Database: kid.Type == "child_database", List: kid.list}
		for _, shown := range bundle.Meta.ChildPages {
			if shown.ID == kid.ID {
				k.Face = Face{Slug: shown.Slug, Title: shown.Title, Icon: shown.Icon}
			}
		}
		kids = append(kids, k)
	}
	return kids
}
