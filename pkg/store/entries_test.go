package store_test

import (
	"fmt"
	"testing"

	"notionsync/pkg/syncer"
)

// Entries that have gone from the list come back in line as they were; what stands there stays where it is.
func TestCommit_Line(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		lost, kept := todo("p1", 11), todo("p2", 12)
		r.commit(l, &syncer.Change{Add: []syncer.Entry{lost, kept}})
		r.do("ZREM", r.prefix+"sync:job:"+jobID+":todo", lost.Key)
		entries, next, err := r.ScanEntries(r.t.Context(), jobID, "")
		r.must(err)
		if len(entries) != 2 || next != "" {
			r.t.Fatalf("entries are %+v, cursor %q, want both and the end", entries, next)
		}
		for i := range entries {
			entries[i].Class = 3
		}
		r.commit(l, &syncer.Change{Line: entries})
		same(r.t, "first on the list", keysOf(r.list(10)), []string{kept.Key})
		r.commit(l, &syncer.Change{Entry: kept})
		same(r.t, "then", r.list(10), []syncer.Entry{{Key: lost.Key, Kind: lost.Kind, ID: "p1", Class: 3, Rev: 11}})
		r.commit(l, &syncer.Change{Entry: r.list(10)[0]})
		if entries, _, err := r.ScanEntries(r.t.Context(), jobID, ""); len(entries) > 0 || err != nil {
			r.t.Errorf("entries of a finished list are %+v, error %v", entries, err)
		}
	})
}

func TestStore_ScanEntries_Many(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		c := &syncer.Change{}
		for i := range 900 {
			c.Add = append(c.Add, todo(fmt.Sprint("p", i), 1))
		}
		r.commit(l, c)
		found := map[string]bool{}
		for cursor := ""; ; {
			entries, next, err := r.ScanEntries(r.t.Context(), jobID, cursor)
			r.must(err)
			for _, e := range entries {
				found[e.Key] = true
			}
			if cursor = next; cursor == "" {
				break
			}
		}
		same(r.t, "entries found", len(found), 900)
	})
}

// Where Redis has lost a job's hash under way, what is counted down from then on is not shown as less than nothing.
func TestStore_Job_CountsBelowZero(t *testing.T) {
	onBoth(t, func(r *rig) {
		r.create(newJob(jobID))
		r.do("HSET", r.prefix+"sync:job:"+jobID, "n:pending", -7, "n:synced", 3)
		same(r.t, "counts", r.counts(), syncer.Counts{syncer.CountPending: 0, syncer.CountSynced: 3})
	})
}
