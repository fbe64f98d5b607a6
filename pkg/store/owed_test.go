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
	j.Era, j.Scope.Full = "msg_0", true
	r.commit(l, &syncer.Change{Inherit: true})
	j.State = syncer.Running
	r.must(l.SaveJob(ctx, j, nil))
	faces, lists := syncer.SetFaces, syncer.SetLists
	r.commit(l, &syncer.Change{Put: map[syncer.Set][]string{faces: {"p1", "p2"}, lists: {"i1"}, syncer.SetMissing: {"p9"}}})
	r.commit(l, &syncer.Change{Take: map[syncer.Set][]string{faces: {"p1", "p2"}, lists: {"i1"}, syncer.SetMissing: {"p9"}}})
	r.commit(l, &syncer.Change{Put: map[syncer.Set][]string{lists: {"i2"}}})
	j.State = end
	r.must(l.SaveJob(ctx, j, nil))
	want, era := map[syncer.Set][]string{lists: {"i2"}}, ""
	if end == syncer.Failed {
		want, era = map[syncer.Set][]string{faces: {"p1", "p2"}, lists: {"i1", "i2"}}, "msg_0"
	}
	if got, err := r.Fact(ctx, syncer.FactEra); got != era || err != nil {
		r.t.Errorf("Fact(%q) = %q, %v; want %q", syncer.FactEra, got, err, era)
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

// A limited job that is done ends no era that another began: a full one has yet to come.
func TestSaveJob_EraOfAnother(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		for _, tt := range []struct {
			era  string
			full bool
			want string
		}{{"msg_0", false, "msg_0"}, {jobID, false, ""}, {"msg_0", true, ""}} {
			j := r.create(newJob(jobID))
			j.Era, j.Scope.Full, j.State, j.Raw = tt.era, tt.full, syncer.Done, ""
			r.commit(l, &syncer.Change{Facts: map[string]string{syncer.FactEra: tt.era}})
			r.must(l.SaveJob(r.t.Context(), j, nil))
			if got, err := r.Fact(r.t.Context(), syncer.FactEra); got != tt.want || err != nil {
				r.t.Errorf("full %t, era %q: Fact = %q, %v; want %q", tt.full, tt.era, got, err, tt.want)
			}
		}
	})
}
