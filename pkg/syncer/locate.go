package syncer

import (
	"cmp"
	"context"
	"slices"
	"time"

	"notionsync/pkg/page"
)

// maxClimb is how many blocks above a child page are looked at for the page that holds them.
const maxClimb = 32

// locate finds where a page that was asked for by name stands; nil: nowhere that is synced.
func (sl *slice) locate(ctx context.Context, t *target) (*place, error) {
	parent := t.object.Parent
	switch parent.Type {
	case "data_source_id":
		return sl.locateRow(ctx, t.object, parent.ID)
	case "page_id":
		return sl.locateChild(ctx, parent.ID)
	case "block_id":
		for range maxClimb {
			b, err := sl.Source.Block(ctx, parent.ID)
			if err != nil {
				return nil, err
			}
			if parent = b.Parent; parent.Type == "page_id" {
				return sl.locateChild(ctx, parent.ID)
			}
		}
	}
	return nil, nil
}

func (sl *slice) locateChild(ctx context.Context, parent string) (*place, error) {
	known, err := sl.Store.Records(ctx, []string{parent})
	if err != nil || known[parent] == nil {
		return nil, err
	}
	return &place{kind: page.KindChild, collection: known[parent].Collection, parent: parent}, nil
}

// readAbove has the page read in whose blocks a child page stands, if it is not known to stand there: blocks and list of
// child pages of that page have changed.
func (sl *slice) readAbove(ctx context.Context, t *target, where *place) error {
	if where.kind != page.KindChild || t.parent.holds(t.entry.ID) {
		return nil
	}
	above := pageEntry(t.parent.ID, classFetch, t.parent.Created)
	above.Limited, above.Force = true, true
	return sl.commit(ctx, &Change{Add: []Entry{above}})
}

func (sl *slice) locateRow(ctx context.Context, o page.Object, source string) (*place, error) {
	name, err := sl.facts.collectionOf(ctx, sl.Syncer, source)
	if err != nil {
		return nil, err
	}
	if name != "" {
		matches, err := sl.matches(ctx, name, o, source)
		if err != nil || !matches {
			return nil, err
		}
		return &place{kind: page.KindPage, collection: name, source: source, list: name + ":index"}, nil
	}
	inner, err := sl.Store.Databases(ctx)
	if err != nil {
		return nil, err
	}
	for _, db := range inner {
		if slices.Contains(db.Sources, source) {
			p, err := sl.locateChild(ctx, db.Page)
			if p != nil {
				p.kind, p.source, p.list = page.KindRow, source, "db:"+db.ID
			}
			return p, err
		}
	}
	return nil, nil
}

// matches reports whether a page passes its collection's filter. Only Notion can say: the page is looked for among the
// rows that were created at the time that the page shows, or up to a minute before or after, since Notion shows whole
// minutes and may compare seconds. Where it does not list all of these rows, what it leaves out may well match: a page of
// this collection that is on the site stays there.
func (sl *slice) matches(ctx context.Context, collection string, o page.Object, source string) (bool, error) {
	col, _ := sl.collection(collection)
	if col.Filter == nil {
		return true, nil
	}
	q := Query{
		DataSource: source, Since: o.Created.Add(-time.Minute), Until: o.Created.Add(time.Minute), Filter: col.Filter,
	}
	for {
		res, err := sl.Source.Rows(ctx, q)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(res.Pages, func(row page.Object) bool { return row.ID == o.ID }) {
			return true, nil
		}
		q.Size = cmp.Or(res.Size, q.Size)
		if q.Cursor = res.Next; q.Cursor != "" {
			continue
		}
		if !res.Incomplete {
			return false, nil
		}
		known, err := sl.Store.Records(ctx, []string{o.ID})
		rec := known[o.ID]
		return rec.published() && rec.Collection == collection, err
	}
}
