package syncer_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

var errKilled = errors.New("killed")

// mortal is a store whose process is killed at its n-th write: before it takes effect, or after it did but before
// anybody heard of it. From then on nothing reaches Redis, the release of the lease neither.
type mortal struct {
	model.Store
	left  atomic.Int64
	after bool
	dead  atomic.Bool
}

func (m *mortal) write(f func() error) error {
	if m.dead.Load() {
		return errKilled
	}
	if m.left.Add(-1) >= 0 {
		return f()
	}
	if m.dead.Swap(true) {
		return errKilled
	}
	if m.after {
		_ = f()
	}
	return errKilled
}

func (m *mortal) Acquire(ctx context.Context) (model.Lease, error) {
	l, err := m.Store.Acquire(ctx)
	return &mortalLease{l, m}, err
}

func (m *mortal) SwapJob(ctx context.Context, old, next *model.Job) (ok bool, err error) {
	err = m.write(func() (err error) { ok, err = m.Store.SwapJob(ctx, old, next); return })
	return ok, err
}

func (m *mortal) SetWaiting(ctx context.Context, old, next model.Waiting) (ok bool, err error) {
	err = m.write(func() (err error) { ok, err = m.Store.SetWaiting(ctx, old, next); return })
	return ok, err
}

type mortalLease struct {
	model.Lease
	m *mortal
}

func (l *mortalLease) Commit(ctx context.Context, c *model.Change) error {
	return l.m.write(func() error { return l.Lease.Commit(ctx, c) })
}

func (l *mortalLease) SaveJob(ctx context.Context, j *model.Job, add model.Counts) error {
	return l.m.write(func() error { return l.Lease.SaveJob(ctx, j, add) })
}

func (l *mortalLease) Extend(ctx context.Context) error {
	if l.m.dead.Load() {
		return errKilled
	}
	return l.Lease.Extend(ctx)
}

func (l *mortalLease) Release(ctx context.Context) error {
	if l.m.dead.Load() {
		return errKilled
	}
	return l.Lease.Release(ctx)
}

// mortalQueue cannot publish once its process is dead.
type mortalQueue struct {
	*fakeQueue
	m *mortal
}

func (q *mortalQueue) Publish(ctx context.Context, m model.Message) (id string, err error) {
	err = q.m.write(func() (err error) { id, err = q.fakeQueue.Publish(ctx, m); return })
	return id, err
}

// A worker killed at any write changes nothing but the time: the redelivered message goes on where it was.
func TestRun_KilledAnywhere(t *testing.T) {
	t.Parallel()
	world := func() *notionsim.Workspace {
		return notionsim.Generate(notionsim.Options{
			Seed: 3, Pages: 4, Posts: 2, Blocks: 3, ChildShare: 0.5, ChildDepth: 2, DatabaseShare: 0.4,
		})
	}
	whole := newRig(t, world(), later)
	whole.sync(model.TriggerMessage{})
	want, requests := whole.site(), len(whole.notion.Requests())
	for _, after := range []bool{false, true} {
		name := map[bool]string{false: "before the write", true: "after the write"}[after]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := int64(0); ; n++ {
				if !killAt(t, world(), n, after, want, requests) {
					t.Logf("%d writes", n)
					return
				}
			}
		})
	}
}

// killAt runs a sync whose first worker is killed at its n-th write. It reports whether it came to that.
func killAt(t *testing.T, world *notionsim.Workspace, n int64, after bool, want map[string]string, requests int) bool {
	t.Helper()
	r := newRig(t, world, later, func(o *model.Options) { o.Workers = 4 })
	job, _, err := r.Trigger(t.Context(), model.TriggerMessage{})
	if err != nil {
		t.Fatal(err)
	}
	m := &mortal{Store: r.store, after: after}
	m.left.Store(n)
	r.opts.Store, r.opts.Queue = m, &mortalQueue{r.queue, m}
	r.renew()
	first, _ := r.queue.pop()
	_, _ = r.deliver(first)
	killed := m.dead.Load()

	r.opts.Store, r.opts.Queue = r.store, r.queue
	r.renew()
	if killed {
		r.redis.FastForward(11 * time.Second) // the lease of the dead runs out
		if _, err := r.deliver(first); err != nil {
			t.Fatalf("killed at write %d: redelivery: %v", n, err)
		}
	}
	r.deliverAll()
	v, err := r.View(t.Context(), job.ID)
	if err != nil {
		t.Fatalf("killed at write %d: %v", n, err)
	}
	if v.State != model.Done {
		t.Fatalf("killed at write %d: job is %s, want done: %s", n, v.State, deref(v.Error))
	}
	if p := v.Progress; p.Pending != 0 || p.Discovered != int64(len(r.bundles())) {
		t.Errorf("killed at write %d: progress is %+v with %d bundles", n, p, len(r.bundles()))
	}
	const inFlight = 4 * 8 // workers, and requests of a page
	if got := len(r.notion.Requests()); got > requests+inFlight {
		t.Errorf("killed at write %d: %d requests, want at most %d more than %d", n, got, inFlight, requests)
	}
	r.sound()
	sameSite(t, r.site(), want)
	if t.Failed() {
		t.Fatal(fmt.Sprint("killed at write ", n))
	}
	return killed
}
