package syncer

import (
	"context"
	"slices"
)

// lineUp looks, once the to-do list is empty, for work that is still to be done: Redis may have lost the list, or a part of
// it, but hardly the entries too. It reports whether there was any; what follows all other work comes back with it.
func (sl *slice) lineUp(ctx context.Context) (found bool, err error) {
	for cursor := ""; ; {
		entries, next, err := sl.Store.ScanEntries(ctx, sl.job.ID, cursor)
		if err != nil {
			return false, err
		}
		if len(entries) > 0 {
			found = true
			for i := range entries {
				entries[i].Class = classOf(entries[i])
			}
			err = sl.commit(ctx, &Change{
				Line:     entries,
				Add:      []Entry{entry(workRelink, classRelink, ""), entry(workIndexes, classIndexes, "")},
				Warnings: []string{"Redis had lost the job's to-do list, or a part of it; it was made anew"},
			})
		}
		if cursor = next; cursor == "" || err != nil {
			return found, err
		}
	}
}

// classOf is the class in which an entry is well placed whatever was done so far.
func classOf(e Entry) int {
	if e.Attempts > 0 {
		return classRetry
	}
	switch e.Kind {
	case workRef:
		return classRef
	case workDatabase:
		if e.Parent == "" {
			return classRef
		}
		return classDiscover
	case workNamed:
		return classPlace
	case workRows, workList, workCheck:
		return classDiscover
	case workSweep:
		return classSweep
	case workConfirm:
		return classConfirm
	case workOrphans:
		return classOrphans
	case workDerive:
		return classDerive
	case workRelink:
		return classRelink
	case workIndexes:
		return classIndexes
	case workIndex:
		return classIndex
	case workFiles:
		return classFiles
	default:
		return classFetch
	}
}

// allDone marks, among what a job has listed to its end, that it has come to the end of its to-do list.
const allDone = "all"

// gone reports whether an empty to-do list does not mean that everything is done.
func (sl *slice) gone(ctx context.Context) (bool, error) {
	done, err := sl.Store.Complete(ctx, sl.job.ID, []string{allDone})
	return err == nil && slices.Contains(done, false), err
}
