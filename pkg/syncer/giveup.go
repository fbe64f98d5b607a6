package syncer

import (
	"cmp"
	"context"
	"fmt"
)

// giveUpPage ends a page's part in the job. The site keeps it as it was; the next job reads it whatever its stamp.
func (sl *slice) giveUpPage(ctx context.Context, c *Change, e Entry, failed error) error {
	known, err := sl.Store.Records(ctx, []string{e.ID})
	if err != nil {
		return err
	}
	c.Errors = []PageError{{PageID: e.ID, Error: failed.Error(), At: sl.now(), Unknown: e.Kind == workNamed && known[e.ID] == nil}}
	kind := e.Page
	if rec := known[e.ID]; rec != nil {
		kind = cmp.Or(kind, rec.Kind)
		c.Errors[0].Slug = cmp.Or(rec.Slug, rec.Want)
		next := *rec
		next.Failed = true
		c.Note = []*Record{&next}
	}
	c.DropParts = e.parts()
	n := e.pending() // what only derives has been counted already
	c.Count = Counts{CountFailed: n, CountOf(CountFailed, kind): n, CountPending: -n}
	return nil
}

// giveUpListing ends work that was to list a collection, or a database inside a page.
func (sl *slice) giveUpListing(ctx context.Context, c *Change, e Entry, failed error) error {
	what, err := sl.tableName(ctx, e)
	if err != nil {
		return err
	}
	c.Warnings = []string{fmt.Sprintf("%s could not be listed, nothing of it is removed: %v", what, failed)}
	if e.Parent == "" {
		c.Failure = failed.Error()
	}
	return nil
}

// giveUpIndex leaves an index to the next job.
func giveUpIndex(_ context.Context, c *Change, e Entry, failed error) error {
	c.Put = map[Set][]string{SetLists: {e.ID}}
	c.Warnings = []string{fmt.Sprintf("%s could not be written, it is tried again in the next job: %v", e.ID, failed)}
	return nil
}
