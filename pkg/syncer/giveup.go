package syncer

import (
	"cmp"
	"context"
)

// giveUpPage ends a page's part in the job. The site keeps it as it was; the next job reads it whatever its stamp.
func (inv *Invocation) giveUpPage(ctx context.Context, c *Change, e Task, failed error) error {
	known, err := inv.Store.Records(ctx, []string{e.ID})
	if err != nil {
		return err
	}
	c.Errors = []PageError{{PageID: e.ID, Error: failed.Error(), At: inv.now(), Unknown: e.Kind == workLocate && known[e.ID] == nil}}
	kind := e.Page
	if rec := known[e.ID]; rec != nil {
		kind = cmp.Or(kind, rec.Kind)
		c.Errors[0].Slug = cmp.Or(rec.Slug, rec.Want)
		next := *rec
		next.Failed = true
		c.Remember = []*Record{&next}
	}
	c.DropParts = e.parts()
	n := e.pending() // what only derives has been counted already
	c.Count = Counts{CountFailed: n, CountOf(CountFailed, kind): n, CountPending: -n}
	return nil
}
