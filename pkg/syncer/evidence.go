package syncer

import (
	"context"
	"slices"
)

// What a job has met, and what it has listed to its end, is evidence against pages that it has not met. Redis may have
// lost that. So each of the two sets begins with a member that is no page: where it is missing, the set is not what the
// job has put there, and nothing follows from what is not in it.
const (
	markBegun = "begun" // in both sets, from the job's first entries on
	markSwept = "swept" // among what is listed to its end: all records have been looked at once
	allDone   = "all"   // among what is listed to its end: the job has come to the end of its to-do list
)

// evidenceLost is what is said in place of removing anything.
const evidenceLost = "Redis has lost which pages this job had met, so none was removed; the next full sync looks again"

// markMeeting has the job's first entry meet the mark. It is committed with the others.
func markMeeting(e Entry) Meeting { return Meeting{ID: markBegun, Entry: &e} }

// evidence reports whether Redis still has what the job has met and what it has listed to its end.
func (sl *slice) evidence(ctx context.Context) (intact bool, err error) {
	seen, err := sl.Store.Seen(ctx, sl.job.ID, []string{markBegun})
	if err != nil || slices.Contains(seen, false) {
		return false, err
	}
	complete, err := sl.Store.Complete(ctx, sl.job.ID, []string{markBegun})
	return err == nil && !slices.Contains(complete, false), err
}

// gone reports whether an empty to-do list does not mean that everything is done.
func (sl *slice) gone(ctx context.Context) (bool, error) {
	done, err := sl.Store.Complete(ctx, sl.job.ID, []string{allDone})
	return err == nil && slices.Contains(done, false), err
}

// noted stands for a collection whose data sources the job has found, among what is listed to its end.
func noted(collection string) string { return factSources(collection) }

// lostSources asks Notion for the data sources of a collection that the job has found before, but that Redis has lost; nil
// if it has found none.
func (sl *slice) lostSources(ctx context.Context, collection string) ([]string, error) {
	col, configured := sl.collection(collection)
	if !configured {
		return nil, nil
	}
	found, err := sl.Store.Complete(ctx, sl.job.ID, []string{noted(collection), markBegun})
	if err != nil || !found[0] && found[1] {
		return nil, err
	}
	db, err := withSources(ctx, sl.Source, col.ID)
	if err != nil {
		return nil, fromSource(err)
	}
	var ids []string
	for _, src := range db.Sources {
		ids = append(ids, src.ID)
	}
	return ids, nil
}
