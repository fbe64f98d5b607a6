package store_test

import (
	"slices"
	"testing"

	"notionsync/pkg/syncer/model"
)

// What a job has changed and not yet shown everywhere outlives it, unless it is done: then only what is left in its own
// sets does.
func TestCommit_Inherit(t *testing.T) {
	for _, end := range []model.State{model.Done, model.Failed} {
		t.Run(string(end), func(t *testing.T) {
			onBoth(t, func(r *rig) { testInherit(r, end) })
		})
	}
}

func testInherit(r *rig, end model.State) {
	ctx := r.t.Context()
	l := r.acquire()
	j := r.create(newJob(jobID))
	j.Scope.Full = true
	r.commit(l, &model.Change{EvidenceChange: model.EvidenceChange{Inherit: true}})
	j.State = model.Running
	r.must(l.SaveJob(ctx, j, nil))
	faces, lists := model.SetChanged, model.SetLists
	r.commit(l, &model.Change{EvidenceChange: model.EvidenceChange{Put: map[model.Set][]string{faces: {"p1", "p2"}, lists: {"i1"}, model.SetMissing: {"p9"}}}})
	r.commit(l, &model.Change{EvidenceChange: model.EvidenceChange{Take: map[model.Set][]string{faces: {"p1", "p2"}, lists: {"i1"}, model.SetMissing: {"p9"}}}})
	r.commit(l, &model.Change{EvidenceChange: model.EvidenceChange{Put: map[model.Set][]string{lists: {"i2"}}}})
	j.State = end
	r.must(l.SaveJob(ctx, j, nil))
	want := map[model.Set][]string{lists: {"i2"}}
	if end == model.Failed {
		want = map[model.Set][]string{faces: {"p1", "p2"}, lists: {"i1", "i2"}}
	}

	next := "msg_2"
	c := &model.Change{Job: next, EvidenceChange: model.EvidenceChange{Inherit: true}}
	r.must(l.Commit(ctx, c))
	r.must(l.Commit(ctx, c)) // killed before it has begun, a job is begun again
	for _, set := range []model.Set{faces, lists, model.SetMissing} {
		got, err := r.Sample(ctx, next, set, 10)
		r.must(err)
		slices.Sort(got)
		if !slices.Equal(got, want[set]) {
			r.t.Errorf("the next job's %s are %q, want %q", set, got, want[set])
		}
	}
}
