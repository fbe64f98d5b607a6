package syncer

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"notionsync/pkg/page"
)

// strays finds what stands on the site although no record says so, because Redis has lost the record: by the slugs that
// pages have and, by force, by the bundles themselves. From its bundle each gets a record again, as far as that tells, so
// that a page that has left Notion leaves the site too: counted, and read before it goes, like any other.
func (sl *slice) strays(ctx context.Context, found *census) error {
	scan := func(do func(context.Context, string) (map[string]string, string, error)) error {
		for cursor := ""; ; {
			owners, next, err := do(ctx, cursor)
			if err != nil {
				return err
			}
			if err := sl.remake(ctx, found, owners); err != nil {
				return err
			}
			if cursor = next; cursor == "" {
				return nil
			}
		}
	}
	if err := scan(sl.Store.ScanOwners); err != nil || !sl.job.Scope.all() {
		return err
	}
	return scan(sl.Store.ScanBundles)
}

// remake sees to those of some slugs at which no record is published. owners has whose they are; empty: nobody's.
func (sl *slice) remake(ctx context.Context, found *census, owners map[string]string) error {
	var recs []*Record
	c := &Change{Unclaim: map[string]string{}}
	for slug, owner := range owners {
		if found.slugs[slug] {
			continue
		}
		rec, err := sl.stray(ctx, c, slug, owner)
		if err != nil {
			return err
		}
		if rec != nil {
			recs = append(recs, rec)
		}
	}
	c.Note = recs
	if len(c.Note)+len(c.Drop)+len(c.Unclaim) > 0 {
		if err := sl.commit(ctx, c); err != nil {
			return err
		}
	}
	return sl.look(ctx, found, recs)
}

// stray returns a record for the page whose bundle stands at a slug. Where there is none to make, it adds to a change that
// the slug is given up.
func (sl *slice) stray(ctx context.Context, c *Change, slug, owner string) (*Record, error) {
	raw, err := sl.Store.Bundle(ctx, slug)
	if err != nil {
		return nil, err
	}
	var bundle struct{ Meta page.Meta }
	if raw != nil && json.Unmarshal(raw, &bundle) != nil {
		return nil, nil // nobody's that we know
	}
	meta, id := bundle.Meta, bundle.Meta.NotionID
	if raw == nil {
		id = owner
	}
	known, err := sl.Store.Records(ctx, []string{id})
	if err != nil || id == "" {
		return nil, err
	}
	rec := known[id]
	switch {
	case raw == nil && rec != nil && rec.Want == slug:
		return nil, nil // reserved
	case raw == nil:
		c.Unclaim[slug] = owner
		return nil, nil
	case rec.published(): // elsewhere by now: what was left behind goes
		c.Drop = append(c.Drop, Removal{Record: &Record{ID: id, Slug: slug, Want: slug}, Keep: rec})
		return nil, nil
	case rec != nil:
		again := *rec
		again.Slug = slug
		return &again, nil
	}
	return sl.fromBundle(ctx, slug, &meta)
}

// fromBundle is the record of a published page as far as its bundle tells. That it was never read has it read anew.
func (sl *slice) fromBundle(ctx context.Context, slug string, meta *page.Meta) (*Record, error) {
	rec := &Record{
		ID: meta.NotionID, Slug: slug, Want: slug, Kind: meta.Kind, Collection: meta.Collection, Title: meta.Title, Icon: meta.Icon,
	}
	rec.Created, _ = time.Parse(time.RFC3339, meta.CreatedTime)
	for _, child := range meta.ChildPages {
		rec.Kids = append(rec.Kids, Kid{ID: child.ID, Face: Face{Slug: child.Slug, Title: child.Title, Icon: child.Icon}})
	}
	if meta.ParentSlug != nil {
		owners, err := sl.Store.Owners(ctx, []string{*meta.ParentSlug})
		if err != nil {
			return nil, err
		}
		rec.Parent = owners[*meta.ParentSlug]
	}
	switch rec.Kind {
	case page.KindPage:
		rec.List = rec.Collection + ":index"
	case page.KindRow:
		inner, err := sl.Store.Databases(ctx)
		if err != nil {
			return nil, err
		}
		for _, db := range inner {
			rows, err := sl.Store.Members(ctx, "db:"+db.ID)
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
