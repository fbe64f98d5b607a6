package store_test

import (
	"errors"
	"testing"
	"time"

	"notionsync/pkg/syncer/model"
)

// turn returns which job runs, and which waits.
func (r *rig) turn() (running, waiting string) {
	r.t.Helper()
	turn, err := r.Schedule(r.t.Context())
	r.must(err)
	return turn.Running, turn.Waiting.ID
}

func (r *rig) wait(id string) {
	r.t.Helper()
	turn, err := r.Schedule(r.t.Context())
	r.must(err)
	if ok, err := r.SetWaiting(r.t.Context(), turn.Waiting, model.Waiting{ID: id, At: epoch}); !ok || err != nil {
		r.t.Fatalf("SetWaiting(%q) = %t, %v", id, ok, err)
	}
}

// A job's way: it waits, runs, is saved while another waits, and ends; then the other does.
func TestLease_SaveJob(t *testing.T) {
	for _, end := range []model.State{model.Done, model.Failed} {
		t.Run(string(end), func(t *testing.T) {
			onBoth(t, func(r *rig) { testSaveJob(r, end) })
		})
	}
}

func testSaveJob(r *rig, end model.State) {
	l := r.acquire()
	j := r.create(newJob(jobID))
	r.create(newJob("msg_10"))
	save := func(state model.State, add model.Counts) {
		r.t.Helper()
		j.State, j.Slice = state, j.Slice+1
		if err := l.SaveJob(r.t.Context(), j, add); err != nil {
			r.t.Fatalf("SaveJob: %v", err)
		}
		got := r.job(jobID)
		same(r.t, "Raw after SaveJob", j.Raw, got.Raw)
		same(r.t, "state", got.State, state)
		same(r.t, "slice", got.Slice, j.Slice)
	}
	check := func(wantRunning, wantWaiting string) {
		r.t.Helper()
		running, waiting := r.turn()
		same(r.t, "who runs and who waits", []string{running, waiting}, []string{wantRunning, wantWaiting})
	}
	r.wait(jobID)
	check("", jobID)
	save(model.Running, nil)
	check(jobID, "")
	r.wait("msg_10") // its id begins with the other's
	save(model.Running, model.Counts{model.CountFunction: 5, model.CountRequests: 2})
	check(jobID, "msg_10")
	save(end, model.Counts{model.CountFunction: 6})
	check("", "msg_10")
	same(r.t, "counters", r.counts(), model.Counts{model.CountFunction: 11, model.CountRequests: 2})

	next := r.job("msg_10")
	next.State = model.Running
	r.must(l.SaveJob(r.t.Context(), next, nil))
	check("msg_10", "")
	save(end, nil) // something is still owed by the job before
	check("msg_10", "")
}

// A trigger that is publishing has no job yet: nobody's beginning takes that away.
func TestLease_SaveJob_WhilePublishing(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		l := r.acquire()
		mine := model.Waiting{By: jobID, At: epoch}
		if ok, err := r.SetWaiting(ctx, model.Waiting{}, mine); !ok || err != nil {
			r.t.Fatalf("SetWaiting = %t, %v", ok, err)
		}
		j := r.create(newJob(jobID))
		j.State = model.Running
		r.must(l.SaveJob(ctx, j, nil))
		turn, err := r.Schedule(ctx)
		r.must(err)
		same(r.t, "who is publishing", turn.Waiting.By, jobID)
	})
}

// A document that somebody has changed meanwhile is not overwritten, unless the lease alone is to count.
func TestLease_SaveJob_Stale(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		l := r.acquire()
		read := r.create(newJob(jobID))
		changed := *read
		changed.Slice = 9
		if ok, err := r.SwapJob(ctx, read, &changed); !ok || err != nil {
			r.t.Fatalf("SwapJob = %t, %v", ok, err)
		}
		before := r.snapshot()
		read.State = model.Running
		raw := read.Raw
		if err := l.SaveJob(ctx, read, model.Counts{model.CountFunction: 1}); !errors.Is(err, model.ErrStale) {
			r.t.Errorf("SaveJob = %v, want ErrStale", err)
		}
		r.unchanged(before)
		same(r.t, "Raw after a refusal", read.Raw, raw)

		read.Raw = ""
		r.must(l.SaveJob(ctx, read, nil))
		same(r.t, "state saved whatever there was", r.job(jobID).State, model.Running)
		same(r.t, "slice", r.job(jobID).Slice, 1)
		r.must(l.SaveJob(ctx, read, nil)) // as it stands there by now
	})
}

// While a job runs all of its keys last as long as it does; what only a running job needs goes when it ends.
func TestLease_SaveJob_Lifetimes(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		lasting := []string{jobKey, jobKey + ":errors", jobKey + ":warnings"}
		working := []string{":todo", ":entries", ":seen", ":drafts", ":complete", ":set:faces", ":set:lists", ":set:missing"}
		check := func(lastingFor, workingFor time.Duration) {
			r.t.Helper()
			for _, key := range lasting {
				r.lasts(key, lastingFor)
			}
			for _, name := range working {
				r.lasts(jobKey+name, workingFor)
			}
		}
		l := r.acquire()
		r.create(newJob(jobID))
		e := todo("p1", 1)
		r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{e, todo("p2", 1)}}})
		c := everything()
		c.Task = e
		c.Put = map[model.Set][]string{model.SetChanged: {"a"}, model.SetLists: {"b"}, model.SetMissing: {"c"}}
		r.commit(l, c)
		j := r.job(jobID)
		j.State = model.Running
		r.must(l.SaveJob(ctx, j, nil))
		check(week, week)
		for _, key := range r.keys() {
			r.do("PERSIST", key)
		}
		j.Slice = 64 // once in a while a slice's end begins the time of all anew
		r.must(l.SaveJob(ctx, j, nil))
		check(week, week)
		j.State = model.Done
		r.must(l.SaveJob(ctx, j, nil))
		check(week, 0)
		same(r.t, "Todo of an ended job", r.list(10), nil)
		r.lasts(jobsKey, -1)
		r.lasts("sync:pages", -1)
	})
}
