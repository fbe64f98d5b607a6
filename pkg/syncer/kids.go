package syncer

import (
	"context"
	"notionsync/pkg/page"
	"time"
)

// checks are the entries that look after what stands below a page that has not changed itself: its stamp does not move
// when a child page changes.
func (sl *slice) checks(rec *Record) []Entry {
	var entries []Entry
	left := map[string]int{}
	for _, kid := range rec.Kids {
		if kid.Database {
			e := entry(workDatabase, classDiscover, kid.ID)
			e.Collection, e.Parent = rec.Collection, rec.ID
			entries = append(entries, e)
		} else {
			left[kid.List]++
		}
	}
	for list, n := range left {
		e := entry(workList, classDiscover, list)
		e.Parent, e.Collection, e.Left = rec.ID, rec.Collection, n
		entries = append(entries, e)
	}
	return entries
}

// list compares the child pages that stand in one list of a page's blocks with what is known of them, up to a hundred
// with one request.
func (sl *slice) list(ctx context.Context, e Entry) error {
	read := sl.now()
	res, err := sl.Source.Children(ctx, e.ID, e.Cursor)
	if again, ok := e.restarted(err); ok {
		return sl.commit(ctx, &Change{Entry: e, Then: &again})
	}
	if err != nil {
		return fromSource(err)
	}
	again := e
	var kids []foundKid
	for _, b := range res.Blocks {
		if isKid(b) {
			kids = append(kids, foundKid{Block: b, list: e.ID, read: read})
			if b.Type == "child_page" {
				again.Left--
			}
		}
	}
	c := &Change{Entry: e}
	if err := sl.meetKids(ctx, c, e.Parent, e.Collection, kids); err != nil {
		return err
	}
	switch {
	case again.Left <= 0, res.Next == "":
		c.Complete = []string{e.ID}
	default:
		again.Cursor = res.Next
		c.Then = &again
	}
	return sl.commit(ctx, c)
}

// foundKid is a child page or inner database as it stands in a list of blocks.
type foundKid struct {
	page.Block
	list string    // the list's owner
	read time.Time // when the list was read
}

func isKid(b page.Block) bool {
	return !b.Gone && (b.Type == "child_page" || b.Type == "child_database")
}

// meetKids sorts out which child pages and inner databases found in a page's blocks are to be read.
func (sl *slice) meetKids(ctx context.Context, c *Change, parent, collection string, kids []foundKid) error {
	ids := []string{parent}
	for _, kid := range kids {
		ids = append(ids, kid.ID)
	}
	known, err := sl.Store.Records(ctx, ids)
	if err != nil {
		return err
	}
	distrust, err := sl.facts.get(ctx, sl.Store, FactStamps)
	if err != nil {
		return err
	}
	limited := !sl.job.Scope.Full
	for _, kid := range kids {
		rec := known[kid.ID]
		switch {
		case kid.Type == "child_database" && c.Entry.Kind == workList && known[parent].holds(kid.ID):
			continue // it is on the list beside this one, or was
		case kid.Type == "child_database":
			e := entry(workDatabase, classFetch, kid.ID)
			e.Collection, e.Parent = collection, parent
			if c.Entry.Class == classDiscover {
				e.Class = classDiscover
			}
			c.Add = append(c.Add, e)
		case limited && rec != nil && rec.Slug != "" && rec.Parent == parent:
			continue // not asked for
		case !sl.job.Scope.all() && distrust == "" && sl.fresh(rec, kid.Edited) && rec.Parent == parent && rec.Slug != "":
			c.Meet = append(c.Meet, Meeting{ID: kid.ID, Kind: page.KindChild, Add: sl.checks(rec)})
		default:
			e := pageEntry(kid.ID, classFetch, kid.Created)
			e.Page, e.Collection, e.Parent = page.KindChild, collection, parent
			e.Edited, e.Read = kid.Edited, kid.read
			c.Meet = append(c.Meet, Meeting{ID: kid.ID, Kind: page.KindChild, Entry: &e})
		}
	}
	return nil
}
