package syncer

import (
	"context"
	"slices"
)

// repair has published pages read anew of which Redis has lost something: the bundle, the line or the place in the index, the
// note whose slug it is. A page's stamp does not tell. met are pages that this full job has met, unlisted others that stay.
func (inv *Invocation) repair(ctx context.Context, met, unlisted []*Record) error {
	published := func(r *Record) bool { return r.Slug != "" && !r.Failed } // what has failed was tried in this job
	recs := slices.DeleteFunc(slices.Concat(met, unlisted), func(r *Record) bool { return !published(r) })
	missing, err := inv.Store.Examine(ctx, recs)
	if err != nil {
		return err
	}
	c := &Change{Put: map[Set][]string{}}
	var lost []string
	for i, rec := range recs {
		if !missing[i] {
			continue
		}
		e := readAgain(rec)
		if slices.Contains(met, rec) && rec.Fetched.Before(inv.job.StartedAt) {
			e.Skipped = rec.Kind
		}
		c.Add = append(c.Add, e)
		if rec.List != "" { // its line may be as it was, but the index without it
			c.Put[SetLists] = append(c.Put[SetLists], rec.List)
		}
		lost = append(lost, rec.Slug)
	}
	if len(lost) == 0 {
		return nil
	}
	c.Warnings = []string{contentLost(lost)}
	return inv.commit(ctx, c)
}
