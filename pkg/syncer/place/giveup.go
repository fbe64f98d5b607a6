package place

import (
	"cmp"
	"context"

	"notionsync/pkg/syncer/model"
)

// GiveUpPage ends a page's part in the job. The site keeps it as it was; the next job reads it whatever its stamp.
func (inv *Room) GiveUpPage(ctx context.Context, c *model.Change, e model.Task, failed error) error {
	known, err := inv.Store.Records(ctx, []string{e.ID})
	if err != nil {
		return err
	}
	c.Errors = []model.PageError{{PageID: e.ID, Error: failed.Error(), At: inv.Time(), Unknown: e.Work == model.WorkLocate && known[e.ID] == nil}}
	kind := e.Kind
	if rec := known[e.ID]; rec != nil {
		kind = cmp.Or(kind, rec.Kind)
		c.Errors[0].Slug = cmp.Or(rec.Slug, rec.Want)
		next := *rec
		next.Failed = true
		c.Remember = []*model.Record{&next}
	}
	c.DropParts = e.WithParts()
	n := e.PendingCount() // a bundle to be refreshed has been counted already
	c.Count = model.Counts{model.CountFailed: n, model.CountOf(model.CountFailed, kind): n, model.CountPending: -n}
	return nil
}
