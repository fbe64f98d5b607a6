package syncer

import (
	"context"
	"slices"

	"notionsync/pkg/page"
)

// movesBelow is the holder of a slug where it has moved below the very page that wants the slug; nil if it has not. Each
// would wait for the other: the page for the slug, and the holder for a place below a page that is published. So the holder
// is moved first, to where it will be. One that the job has met elsewhere, or has moved already, is not asked about.
func (sl *slice) movesBelow(ctx context.Context, t *target, holder *Record) (*target, error) {
	if t.entry.Kind != workPage {
		return nil, nil
	}
	seen, err := sl.Store.Seen(ctx, sl.job.ID, []string{holder.ID})
	if err != nil || seen[0] {
		return nil, err
	}
	read := sl.now()
	o, err := sl.Source.Page(ctx, holder.ID)
	if permanent(err) {
		return nil, nil // not found, perhaps: what becomes of it is for others to say
	}
	if err != nil || o.Gone {
		return nil, fromSource(err)
	}
	where, err := sl.standing(ctx, o, Entry{})
	if err != nil || where.below != t.entry.ID {
		return nil, fromSource(err)
	}
	above := *t.next
	above.Slug = t.next.Want
	e := pageEntry(holder.ID, classSettle, o.Created)
	e.Page, e.Collection, e.Parent = page.KindChild, above.Collection, above.ID
	e.Object, e.Read, e.Force = o.Raw, read, true
	if err := sl.commit(ctx, &Change{Meet: []Meeting{{ID: holder.ID, Kind: e.Page, Entry: &e}}}); err != nil {
		return nil, err
	}
	moved := &target{entry: e, object: o, was: holder, parent: &above}
	moved.place(placeOf(e))
	return moved, nil
}

// checksBelow are the entries that look after what stands below a page that has changed, but is not read. What has come to
// stand on it is found too.
func (sl *slice) checksBelow(rec *Record) []Entry {
	top := entry(workList, classDiscover, rec.ID)
	top.Parent, top.Collection, top.Left = rec.ID, rec.Collection, toTheEnd
	if !sl.job.Scope.Full {
		return []Entry{top}
	}
	checks := slices.DeleteFunc(sl.checks(rec), func(e Entry) bool { return e.Key == top.Key })
	return append(checks, top)
}

// toTheEnd has a list be looked at to its end, however many child pages are known to stand in it.
const toTheEnd = 1 << 30
