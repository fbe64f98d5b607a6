package place

import (
	"cmp"
	"context"
	"slices"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// maxClimb is how many blocks above a child page are looked at for the page that contains them, and how often a page waits
// for what is above it.
const maxClimb = 32

// Standing is what is known of where a page stands. All of it is zero where nothing can be told.
type Standing struct {
	Place   *model.Place  // there; the page above it is published
	above   *model.Record // that page; nil for a collection page
	Below   string        // below this page, of which it is not known yet whether it is published
	asks    []model.Task  // work that may find out more
	Outside bool          // certainly nowhere that is synced
	cause   string        // outside: the page or data source that was found to be no part of the site; empty: the page itself says so
	pending bool          // something else on the list may tell
}

// outside names, among what a job has listed to its end, a page or data source that certainly is no part of the site.
func outside(id string) string { return "outside:" + id }

// Standing finds out where a page stands by its page object. e is the task that waits for the answer, if it has waited.
func (inv *Room) Standing(ctx context.Context, o page.Object, e model.Task) (Standing, error) {
	switch parent := o.Parent; parent.Type {
	case "workspace":
		return Standing{Outside: true}, nil
	case "data_source_id":
		return inv.rowStanding(ctx, o, e)
	case "page_id", "block_id":
		above, err := inv.pageAbove(ctx, parent, e.Parent)
		if err != nil || above == "" {
			return Standing{}, err
		}
		return inv.below(ctx, above, model.Place{Kind: page.KindChild})
	}
	return Standing{}, nil
}

// pageAbove is the page that contains what has this parent; empty if it is too far up, or no page does. It is not
// looked for again if it is known.
func (inv *Room) pageAbove(ctx context.Context, parent page.Parent, known string) (string, error) {
	if known != "" {
		return known, nil
	}
	for range maxClimb {
		switch parent.Type {
		case "page_id":
			return parent.ID, nil
		case "block_id":
			b, err := inv.Source.Block(ctx, parent.ID)
			if err != nil {
				return "", err
			}
			parent = b.Parent
		default:
			return "", nil
		}
	}
	return "", nil
}

// below completes the place of a page that stands below another, as far as that one is known.
func (inv *Room) below(ctx context.Context, above string, p model.Place) (Standing, error) {
	known, err := inv.Store.Records(ctx, []string{above})
	if err != nil {
		return Standing{}, err
	}
	if rec := known[above]; rec.Published() {
		p.Collection, p.Parent = rec.Collection, above
		return Standing{Place: &p, above: rec}, nil
	}
	is, err := inv.isOutside(ctx, above)
	return Standing{Below: above, Outside: is, pending: !is}, err
}

func (inv *Room) isOutside(ctx context.Context, id string) (bool, error) {
	done, err := inv.Store.Complete(ctx, inv.Job.ID, []string{outside(id)})
	return err == nil && done[0], err
}

// rowStanding finds out where a row of a data source stands.
func (inv *Room) rowStanding(ctx context.Context, o page.Object, e model.Task) (Standing, error) {
	source := o.Parent.ID
	name, err := inv.Observed.CollectionOf(ctx, inv.Options, source)
	if err != nil {
		return Standing{}, err
	}
	if name != "" {
		matches, err := inv.matches(ctx, name, o, source)
		if err != nil || !matches {
			return Standing{Outside: err == nil}, err
		}
		return Standing{Place: &model.Place{Kind: page.KindPage, Collection: name, Source: source, List: name + ":index"}}, nil
	}
	inner, err := inv.Store.Databases(ctx)
	if err != nil {
		return Standing{}, err
	}
	for _, db := range inner {
		if !slices.Contains(db.Sources, source) {
			continue
		}
		holder, err := inv.Store.Records(ctx, []string{db.Page})
		if err != nil {
			return Standing{}, err
		}
		if holder[db.Page].Contains(db.ID) {
			return inv.below(ctx, db.Page, model.Place{Kind: page.KindRow, Source: source, List: "db:" + db.ID})
		}
	}
	return inv.containerStanding(ctx, o, e)
}

// containerStanding looks for the page that contains the database of a row, where nobody knows the database yet. That page
// is read, which shows the database and lists its rows. What else is on the list may do so without a request, and goes
// first.
func (inv *Room) containerStanding(ctx context.Context, o page.Object, e model.Task) (Standing, error) {
	source, above := o.Parent.ID, e.Parent
	if is, err := inv.isOutside(ctx, source); err != nil || is {
		return Standing{Outside: is}, err
	}
	if e.Class != model.ClassAwait {
		return Standing{pending: true}, nil
	}
	if above == "" {
		db, err := inv.Source.Database(ctx, cmp.Or(o.Parent.DatabaseID, source))
		switch {
		case err != nil:
			return Standing{}, err
		case db.Gone, db.Parent.Type == "workspace":
			configured := slices.ContainsFunc(inv.Collections, func(col model.Collection) bool { return col.ID == db.ID })
			return Standing{Outside: !configured, cause: source}, nil
		}
		if above, err = inv.pageAbove(ctx, db.Parent, ""); err != nil || above == "" {
			return Standing{}, err
		}
	}
	s, err := inv.below(ctx, above, model.Place{})
	if err != nil || s.Place == nil {
		s.cause = source
		return s, err
	}
	known, err := inv.Store.Records(ctx, []string{above})
	if rec := known[above]; err == nil && inv.readBefore(rec) {
		return Standing{Below: above, pending: true, asks: []model.Task{model.ReadAgain(rec)}}, nil
	}
	return Standing{}, err
}

// readBefore reports whether a page was last read before this job.
func (inv *Room) readBefore(r *model.Record) bool { return r.Fetched.Before(inv.Job.StartedAt) }

// matches reports whether a page passes its collection's filter. Only Notion can say: the page is looked for among the
// rows that were created at the time that the page shows, or up to a minute before or after, since Notion shows whole
// minutes and may compare seconds. Where it does not list all of these rows, what it leaves out may well match: a page of
// this collection that is on the site stays there.
func (inv *Room) matches(ctx context.Context, collection string, o page.Object, source string) (bool, error) {
	col, _ := inv.Configured(collection)
	if col.Filter == nil {
		return true, nil
	}
	q := model.Query{
		DataSource: source, Since: o.Created.Add(-time.Minute), Until: o.Created.Add(time.Minute), Filter: col.Filter,
	}
	for {
		res, err := inv.Source.Rows(ctx, q)
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
		known, err := inv.Store.Records(ctx, []string{o.ID})
		rec := known[o.ID]
		return rec.Published() && rec.Collection == collection, err
	}
}
