package store_test

import (
	"slices"
	"testing"

	"notionsync/pkg/syncer"
)

// What a job has changed and not yet shown everywhere outlives it, unless it is done: then only what is left in its own
// sets does.
func TestCommit_Inherit(t *testing.T) {
	for _, end := range []syncer.State{syncer.Done, syncer.Failed} {
		t.Run(string(end), func(t *testing.T) {
			onBoth(t, func(r *rig) { testInherit(r, end) })
		})
	}
}

func testInherit(r *rig, end syncer.State) {
	ctx := r.t.Context()
	l := r.acquire()
	j := r.create(newJob(jobID))
	j.Scope.Full = true
	r.commit(l, &syncer.Change{Inherit: true})
	j.State = syncer.Running
	r.must(l.SaveJob(ctx, j, nil))
	faces, lists := syncer.SetChanged, syncer.SetLists
	r.commit(l, &syncer.Change{Put: map[syncer.Set][]string{faces: {"p1", "p2"}, lists: {"i1"}, syncer.SetMissing: {"p9"}}})
	r.commit(l, &syncer.Change{Take: map[syncer.Set][]string{faces: {"p1", "p2"}, lists: {"i1"}, syncer.SetMissing: {"p9"}}})
	r.commit(l, &syncer.Change{Put: map[syncer.Set][]string{lists: {"i2"}}})
	j.State = end
	r.must(l.SaveJob(ctx, j, nil))
	want := map[syncer.Set][]string{lists: {"i2"}}
	if end == syncer.Failed {
		want = map[syncer.Set][]string{faces: {"p1", "p2"}, lists: {"i1", "i2"}}
	}

	next := "msg_2"
	c := &syncer.Change{Job: next, Inherit: true}
	r.must(l.Commit(ctx, c))
	r.must(l.Commit(ctx, c)) // killed before it has begun, a job is begun again
	for _, set := range []syncer.Set{faces, lists, syncer.SetMissing} {
		got, err := r.Sample(ctx, next, set, 10)
		r.must(err)
		slices.Sort(got)
		if !slices.Equal(got, want[set]) {
			r.t.Errorf("the next job's %s are %q, want %q", set, got, want[set])
		}
	}
}
