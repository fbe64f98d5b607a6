package removal

import (
	"context"
	"slices"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
)

// repair has published pages read anew of which Redis has lost something: the bundle, the line or the place in the index, the
// mark whose slug it is. A page's stamp does not tell. shown are pages that something has shown in this full job, unlisted others that stay.
func (inv *Room) repair(ctx context.Context, shown, unlisted []*model.Record) error {
	published := func(r *model.Record) bool { return r.Slug != "" && !r.Failed } // what has failed was tried in this job
	recs := slices.DeleteFunc(slices.Concat(shown, unlisted), func(r *model.Record) bool { return !published(r) })
	missing, err := inv.Store.Examine(ctx, recs)
	if err != nil {
		return err
	}
	c := &model.Change{}
	var lost []string
	for i, rec := range recs {
		if !missing[i] {
			continue
		}
		e := model.ReadAgain(rec)
		if slices.Contains(shown, rec) && rec.Fetched.Before(inv.Job.StartedAt) {
			e.Skipped = rec.Kind
		}
		c.Add = append(c.Add, e)
		if rec.List != "" { // its line may be as it was, but the index without it
			c.PutIn(model.SetLists, rec.List)
		}
		lost = append(lost, rec.Slug)
	}
	if len(lost) == 0 {
		return nil
	}
	return inv.Commit(ctx, c.Warn("%s", place.ContentLost(lost)))
}
