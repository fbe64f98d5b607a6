package work

import (
	"context"
	"slices"

	"notionsync/pkg/syncer/model"
)

// What a job has seen, and what it has listed to its end, is evidence against pages that it has not seen. Redis may have
// lost that. So each of the two sets begins with a member that is no page: where it is missing, the set is not what the
// job has put there, and nothing follows from what is not in it.
const (
	MarkBegun = "begun" // in both sets, from the job's first tasks on
	MarkSwept = "swept" // among what is listed to its end: all records have been looked at once
	AllDone   = "all"   // among what is listed to its end: the job has come to the end of its to-do list
)

// EvidenceLost is what is said in place of removing anything.
const EvidenceLost = "Redis has lost which pages this job had met, so none was removed; the next full sync looks again"

// FirstSighting has the mark seen with the job's first task. It is committed with the others.
func FirstSighting(e model.Task) model.Sighting { return model.Sighting{ID: MarkBegun, Task: &e} }

// Evidence reports whether Redis still has what the job has seen and what it has listed to its end.
func (inv *Invocation) Evidence(ctx context.Context) (intact bool, err error) {
	seen, err := inv.Store.Seen(ctx, inv.Job.ID, []string{MarkBegun})
	if err != nil || slices.Contains(seen, false) {
		return false, err
	}
	complete, err := inv.Store.Complete(ctx, inv.Job.ID, []string{MarkBegun})
	return err == nil && !slices.Contains(complete, false), err
}

// ListLost reports whether the to-do list is empty because Redis has lost it. A job that came to its end has left a mark.
func (inv *Invocation) ListLost(ctx context.Context) (bool, error) {
	done, err := inv.Store.Complete(ctx, inv.Job.ID, []string{AllDone})
	return err == nil && slices.Contains(done, false), err
}

// SourcesFound stands for a collection whose data sources the job has found, among what is listed to its end.
func SourcesFound(collection string) string { return sourcesOf(collection) }

// lostSources asks Notion for the data sources of a collection that the job has found before, but that Redis has lost; nil
// if it has found none.
func (inv *Invocation) lostSources(ctx context.Context, collection string) ([]string, error) {
	col, configured := inv.Configured(collection)
	if !configured {
		return nil, nil
	}
	found, err := inv.Store.Complete(ctx, inv.Job.ID, []string{SourcesFound(collection), MarkBegun})
	if err != nil || !found[0] && found[1] {
		return nil, err
	}
	db, err := model.WithSources(ctx, inv.Source, col.ID)
	if err != nil {
		return nil, model.FromSource(err)
	}
	var ids []string
	for _, src := range db.Sources {
		ids = append(ids, src.ID)
	}
	return ids, nil
}

// collectionSeen reports whether a collection was listed as far as Notion lists it.
func (inv *Invocation) collectionSeen(ctx context.Context, name string) (bool, error) {
	ids, err := inv.Observed.Sources(ctx, inv.Store, name)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	for _, id := range ids {
		done, err := inv.Store.Complete(ctx, inv.Job.ID, []string{id, ShortOf(id)})
		if err != nil || !done[0] && !done[1] {
			return false, err
		}
	}
	return true, nil
}

// AnyListed reports whether one of the collections was listed, if that was to be. Where Redis has lost what the job had
// listed, that none is known to be is no evidence.
func (inv *Invocation) AnyListed(ctx context.Context) (bool, error) {
	if !inv.Job.Scope.Full || len(inv.Collections) == 0 {
		return true, nil
	}
	for _, col := range inv.Collections {
		if ok, err := inv.collectionSeen(ctx, col.Name); ok || err != nil {
			return ok, err
		}
	}
	intact, err := inv.Evidence(ctx)
	return err == nil && !intact, err
}

// ShortOf stands for a data source that was listed as far as Notion lists it, but not to its end.
func ShortOf(source string) string { return "short:" + source }
