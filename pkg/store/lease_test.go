package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"notionsync/pkg/store"
	"notionsync/pkg/syncer/model"
)

const leaseKey = "sync:lease"

func TestStore_Acquire(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		r.held(false)
		l := r.acquire()
		r.held(true)
		if ttl := r.ttl(leaseKey); ttl <= 9*time.Second || ttl > 10*time.Second {
			r.t.Errorf("the lease lasts %s, want 10s", ttl)
		}
		if _, err := r.another(r.url).Acquire(ctx); !errors.Is(err, model.ErrHeld) {
			r.t.Errorf("Acquire by another process = %v, want ErrHeld", err)
		}
		if _, err := r.Acquire(ctx); !errors.Is(err, model.ErrHeld) {
			r.t.Errorf("Acquire by the same process = %v, want ErrHeld", err)
		}
		r.must(l.Extend(ctx)) // those who were refused have not harmed it
		r.must(l.Release(ctx))
		r.held(false)
		r.must(r.acquire().Extend(ctx))
	})
}

// Whoever gets the lease, but not the answer that says so, has it all the same: nobody waits until it runs out.
func TestStore_Acquire_AnswerLost(t *testing.T) {
	onBoth(t, func(r *rig) {
		p := newProxy(r.t, r.url)
		s := r.another(p.url())
		_, err := s.Held(r.t.Context()) // there is a connection from now on
		r.must(err)
		p.loseAnswer(0)
		l, err := s.Acquire(r.t.Context())
		r.must(err)
		if !p.lost() {
			r.t.Fatal("no answer was lost")
		}
		r.must(l.Extend(r.t.Context()))
	})
}

func (r *rig) held(want bool) {
	r.t.Helper()
	if got, err := r.Held(r.t.Context()); err != nil || got != want {
		r.t.Errorf("Held = %t, %v; want %t", got, err, want)
	}
}

// A lease that nobody holds is free in a while at the latest.
func TestStore_Acquire_EndlessLease(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		r.do("SET", r.prefix+leaseKey, "for ever")
		if _, err := r.Acquire(ctx); !errors.Is(err, model.ErrHeld) {
			r.t.Errorf("Acquire = %v, want ErrHeld", err)
		}
		if ttl := r.ttl(leaseKey); ttl <= 0 || ttl > 10*time.Second {
			r.t.Errorf("a lease for ever now lasts %s, want 10s", ttl)
		}
		r.lapse(leaseKey)
		r.must(r.acquire().Release(ctx))
	})
}

// Whoever only looks for the lease does not make it last longer.
func TestStore_Acquire_HeldLeaseRunsOut(t *testing.T) {
	onBoth(t, func(r *rig) {
		r.acquire()
		r.do("PEXPIRE", r.prefix+leaseKey, 5000)
		if _, err := r.Acquire(r.t.Context()); !errors.Is(err, model.ErrHeld) {
			r.t.Errorf("Acquire = %v, want ErrHeld", err)
		}
		if ttl := r.ttl(leaseKey); ttl > 5*time.Second {
			r.t.Errorf("the lease lasts %s after another has asked for it, want less than 5s", ttl)
		}
	})
}

func TestStore_Acquire_AtTheSameTime(t *testing.T) {
	onBoth(t, func(r *rig) {
		var all sync.WaitGroup
		errs := make(chan error, 20)
		for range 2 {
			s := r.another(r.url)
			for range cap(errs) / 2 {
				all.Go(func() {
					_, err := s.Acquire(r.t.Context())
					errs <- err
				})
			}
		}
		all.Wait()
		close(errs)
		got := 0
		for err := range errs {
			if err == nil {
				got++
			} else if !errors.Is(err, model.ErrHeld) {
				r.t.Errorf("Acquire = %v, want nil or ErrHeld", err)
			}
		}
		if got != 1 {
			r.t.Errorf("%d of %d got the lease, want 1", got, cap(errs))
		}
	})
}

func TestLease_Extend(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.do("PEXPIRE", r.prefix+leaseKey, 2000)
		r.must(l.Extend(r.t.Context()))
		if ttl := r.ttl(leaseKey); ttl <= 9*time.Second || ttl > 10*time.Second {
			r.t.Errorf("an extended lease lasts %s, want 10s", ttl)
		}
	})
}

// One goroutine extends the lease beside the commits of many workers.
func TestLease_Extend_WhileCommitting(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 5 {
					c := &model.Change{Job: jobID, Report: model.Report{Count: model.Counts{model.CountSynced: 1}}}
					if err := l.Commit(r.t.Context(), c); err != nil {
						r.t.Errorf("Commit: %v", err)
					}
				}
			})
		}
		for range 20 {
			if err := l.Extend(r.t.Context()); err != nil {
				r.t.Errorf("Extend: %v", err)
			}
		}
		all.Wait()
		r.create(newJob(jobID))
		same(r.t, "synced", r.counts()[model.CountSynced], 40)
	})
}

// A lease that has run out, or is another's by now, lets its old holder do nothing, and do no harm.
func TestLease_Lost(t *testing.T) {
	for _, taken := range []bool{false, true} {
		t.Run(map[bool]string{false: "run out", true: "taken over"}[taken], func(t *testing.T) {
			onBoth(t, func(r *rig) { testLost(r, taken) })
		})
	}
}

func testLost(r *rig, taken bool) {
	ctx := r.t.Context()
	job := r.create(newJob(jobID))
	old := r.acquire()
	r.commit(old, published(record("p1", "one")))
	r.place(old, postsIndex)
	r.lapse(leaseKey)
	r.held(false)
	var next model.Lease
	if taken {
		next = r.acquire()
	}
	before := r.snapshot()
	if err := old.Extend(ctx); !errors.Is(err, model.ErrLeaseLost) {
		r.t.Errorf("Extend = %v, want ErrLeaseLost", err)
	}
	r.refused(old, published(record("p2", "two")), model.ErrLeaseLost)
	r.refused(old, &model.Change{Report: model.Report{Count: model.Counts{model.CountSynced: 1}}}, model.ErrLeaseLost)
	job.State = model.Running
	if err := old.SaveJob(ctx, job, model.Counts{model.CountFunction: 1}); !errors.Is(err, model.ErrLeaseLost) {
		r.t.Errorf("SaveJob = %v, want ErrLeaseLost", err)
	}
	if err := old.Release(ctx); err != nil {
		r.t.Errorf("Release = %v, want nil", err)
	}
	r.unchanged(before)
	if taken {
		r.must(next.Extend(ctx))
	}
}

// Whoever has lost the lease while building an index cannot put it in place, nor into the successor's.
func TestLease_Lost_WhileBuilding(t *testing.T) {
	onBoth(t, func(r *rig) {
		ix := model.Index{Name: postsIndex, List: postsIndex, Head: `{"items":`, Tail: `}`}
		old := r.acquire()
		r.commit(old, published(record("p1", "one")))
		r.lapse(leaseKey)
		next := r.acquire()
		r.must(next.BuildIndex(r.t.Context(), ix))
		r.commit(next, published(record("p2", "two")))
		r.must(old.BuildIndex(r.t.Context(), ix))
		r.refused(old, &model.Change{IndexChange: model.IndexChange{Indexes: []string{postsIndex}}}, model.ErrLeaseLost)
		r.commit(next, &model.Change{IndexChange: model.IndexChange{Indexes: []string{postsIndex}}})
		same(r.t, "the index", r.index(postsIndex), []string{"one"})
	})
}

func TestLease_Release_Twice(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.must(l.Release(r.t.Context()))
		r.must(l.Release(r.t.Context()))
	})
}

func TestNew_NoURL(t *testing.T) {
	t.Parallel()
	if _, err := store.New("", ""); err == nil {
		t.Error(`New("", "") = nil error, want one`)
	}
}
