package syncer

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mend has published pages read anew of which Redis has lost something: the bundle, the line or the place in the index, the
// note whose slug it is. A page's stamp does not tell. met are pages that this full job has met, unlisted others that stay.
func (sl *slice) mend(ctx context.Context, met, unlisted []*Record) error {
	published := func(r *Record) bool { return r.Slug != "" && !r.Failed } // what has failed was tried in this job
	recs := slices.DeleteFunc(slices.Concat(met, unlisted), func(r *Record) bool { return !published(r) })
	missing, err := sl.Store.Examine(ctx, recs)
	if err != nil {
		return err
	}
	c := &Change{Put: map[Set][]string{}}
	var lost []string
	for i, rec := range recs {
		if !missing[i] {
			continue
		}
		e := again(rec)
		if slices.Contains(met, rec) && rec.Fetched.Before(sl.job.StartedAt) {
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
	return sl.commit(ctx, c)
}

func contentLost(slugs []string) string {
	return "what Redis held of these pages was missing, they are read anew: " + some(slugs)
}

// some names a few of many.
func some(slugs []string) string {
	const most = 5
	slugs = slices.Sorted(slices.Values(slugs))
	quoted := make([]string, min(most, len(slugs)))
	for i := range quoted {
		quoted[i] = strconv.Quote(slugs[i])
	}
	text := strings.Join(quoted, ", ")
	if n := len(slugs) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// intact reports whether the store has what is published of a page that was asked for by name and has not changed.
func (sl *slice) intact(ctx context.Context, t *target) (bool, error) {
	if !t.was.published() {
		return true, nil
	}
	missing, err := sl.Store.Examine(ctx, []*Record{t.was})
	if err != nil || !missing[0] {
		return true, err
	}
	t.warn = append(t.warn, contentLost([]string{t.was.Slug}))
	return false, nil
}

// staleIndexes are the indexes that a full job writes though nothing in them has changed: those that are not there, by force
// all.
func (sl *slice) staleIndexes(ctx context.Context) ([]string, error) {
	var indexes []string
	for _, col := range sl.Collections {
		sources, err := sl.facts.sources(ctx, sl.Store, col.Name)
		if err != nil {
			return nil, err
		}
		if len(sources) > 0 { // else it has never been seen
			indexes = append(indexes, col.Name+":index")
		}
	}
	inner, err := sl.Store.Databases(ctx)
	if err != nil {
		return nil, err
	}
	for _, db := range inner {
		indexes = append(indexes, "db:"+db.ID)
	}
	if sl.job.Scope.all() {
		return indexes, nil
	}
	return sl.Store.Lacking(ctx, indexes)
}
