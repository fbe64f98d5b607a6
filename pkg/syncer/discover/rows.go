package discover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
	"notionsync/pkg/syncer/work"
)

// rowsAtOnce is how many pages of a listing are committed together, as long as they show nothing new: an unchanged row
// costs little more than the request then, and a crash loses no more than these.
const rowsAtOnce = 10

// rows lists a page of a data source, or a few, and sorts out which of its rows are to be read.
func (inv *Room) rows(ctx context.Context, e model.Task) error {
	if another, err := inv.listedAs(ctx, e); err != nil {
		return err
	} else if another != "" {
		return inv.Commit(ctx, model.Finish(e).Warn("%s", shared(e, another)))
	}
	c, next := model.Finish(e), e
	for n := 1; ; n++ {
		again, err := inv.rowsPage(ctx, next, c)
		var trouble *model.SourceError
		switch {
		case err != nil && (n == 1 || !errors.As(err, &trouble)):
			return err
		case err != nil:
			again = &next // what has been listed counts; the next attempt gets the error again
		case again != nil && n < rowsAtOnce && !c.Brings() && !inv.Stopped(ctx):
			next = *again
			continue
		}
		c.Then = again
		return inv.CommitReserving(ctx, c)
	}
}

// rowsPage lists one page and adds to a change what follows from it. It returns where the listing goes on; nil: nowhere.
func (inv *Room) rowsPage(ctx context.Context, e model.Task, c *model.Change) (again *model.Task, err error) {
	col, _ := inv.Configured(e.Collection)
	q := model.Query{DataSource: e.ID, Cursor: e.Cursor, Since: e.Since, Size: e.Size}
	if e.Parent == "" {
		q.Filter = col.Filter
	}
	read := inv.Time()
	res, err := inv.Source.Rows(ctx, q)
	if again, ok := e.Restarted(err); ok { // what is listed twice is seen once
		return &again, nil
	}
	if err != nil {
		return nil, model.FromSource(err)
	}
	if err := inv.sortRows(ctx, e, res.Pages, read, c); err != nil {
		return nil, err
	}
	next := e
	next.Size = cmp.Or(res.Size, e.Size)
	switch {
	case res.Next != "":
		next.Cursor = res.Next
		return &next, nil
	case res.Incomplete && pastLimit(&next, res.Pages, c):
		return &next, nil
	case next.Short:
		c.Complete = append(c.Complete, work.ShortOf(e.ID))
		return nil, nil
	}
	c.Complete = append(c.Complete, e.ID)
	return nil, nil
}

// pastLimit has a listing go on where Notion stopped at its limit of rows, with those created when the last one was; false
// if there is nothing to go on with.
func pastLimit(e *model.Task, rows []page.Object, c *model.Change) bool {
	last := lastCreated(rows)
	switch {
	case last.After(e.Since):
		e.Since = last
	case !last.IsZero() && last.Equal(e.Since):
		c.Warn("data source %s holds over 10,000 rows created at %s; Notion lists "+
			"no more of them, nothing of it is removed", e.ID, e.Since.Format(time.RFC3339))
		e.Since, e.Short = e.Since.Add(time.Minute), true // Notion's stamps are whole minutes
	default:
		c.Warn("data source %s: Notion stopped listing it and did not show where to go on; "+
			"rows are missing, nothing of it is removed", e.ID)
		e.Short = true
		return false
	}
	e.Cursor = ""
	return true
}

// listedAs is the other collection as which a collection's data source is listed; empty if there is none. Listed as both,
// its pages would move from one index to the other with each sync.
func (inv *Room) listedAs(ctx context.Context, e model.Task) (string, error) {
	if e.Parent != "" {
		return "", nil
	}
	owner, err := inv.Observed.CollectionOf(ctx, inv.Options, e.ID)
	if owner == e.Collection {
		owner = ""
	}
	return owner, err
}

func shared(e model.Task, another string) string {
	return fmt.Sprintf("collection %s: its data source %s is that of collection %s too, and its pages stand in that one's index "+
		"only; unset NOTION_%s_DB or NOTION_%s_DB", e.Collection, e.ID, another, strings.ToUpper(e.Collection), strings.ToUpper(another))
}

// lastCreated is when the last of these rows was created whose stamp is known; the zero time if there is none.
func lastCreated(rows []page.Object) time.Time {
	for _, row := range slices.Backward(rows) {
		if !row.Created.IsZero() {
			return row.Created
		}
	}
	return time.Time{}
}

// sortRows compares rows with what is known of them.
func (inv *Room) sortRows(ctx context.Context, e model.Task, rows []page.Object, read time.Time, c *model.Change) error {
	ids := []string{e.Parent}
	for _, o := range rows {
		ids = append(ids, o.ID)
	}
	known, err := inv.Store.Records(ctx, ids)
	if err != nil {
		return err
	}
	for _, o := range rows {
		if o.Whole() {
			inv.sortRow(e, o, known[o.ID], known[e.Parent], read, c)
		} else { // the page is there; what it is like only reading it tells
			c.Sightings = append(c.Sightings, model.Sighting{ID: o.ID, Kind: e.Kind, Task: new(rowTask(e, o, known[o.ID]))})
		}
	}
	return nil
}

// sortRow compares a row with what is known of it, rec. parent is the page in which its database stands; nil for that of
// a collection.
func (inv *Room) sortRow(e model.Task, o page.Object, rec, parent *model.Record, read time.Time, c *model.Change) {
	next := &model.Record{ID: o.ID, Place: e.Place}
	draft := false
	if e.Parent == "" {
		next.Want, draft = page.CollectionSlug(o)
	} else if parent != nil {
		next.Want = page.RowSlug(parent.Slug, o)
	}
	switch {
	case o.Gone:
		return
	case draft:
		c.Sightings = append(c.Sightings, model.Sighting{ID: o.ID, Draft: true})
		return
	case !inv.Job.Scope.All() && inv.Fresh(rec, o.Edited) && (&place.Target{Was: rec, Next: next}).Unchanged():
		m := model.Sighting{ID: o.ID, Kind: next.Kind}
		if inv.Job.Scope.Full || e.Parent != "" {
			m.Add = inv.Checks(rec) // else only rows are asked for
		}
		c.Sightings = append(c.Sightings, m)
		return
	}
	p := rowTask(e, o, rec)
	p.Object, p.Read = o.Raw, read
	c.Sightings = append(c.Sightings, model.Sighting{ID: o.ID, Kind: next.Kind, Task: &p})
	next.Title, next.Created = o.Title(), o.Created
	c.RequestSlug(rec, next)
}

// rowTask is the work of reading a page that a listing of rows has shown, and writing it.
func rowTask(e model.Task, o page.Object, rec *model.Record) model.Task {
	created := o.Created
	if created.IsZero() && rec != nil {
		created = rec.Created
	}
	p := model.PageTask(o.ID, model.ReadClass(e.Kind), created)
	p.Place = e.Place
	return p
}
