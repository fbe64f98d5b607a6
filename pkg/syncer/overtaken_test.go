package syncer_test

import (
	"context"
	"testing"
	"time"

	"notionsync/pkg/syncer/model"
)

// overtaken is a Store that lets something happen while its first lease is waited for.
type overtaken struct {
	model.Store
	by func()
}

func (o *overtaken) Acquire(ctx context.Context) (model.Lease, error) {
	if by := o.by; by != nil {
		o.by = nil
		by()
	}
	return o.Store.Acquire(ctx)
}

// overtakes delivers a message twice at once: one delivery does the slice while the other waits for the lease, but can
// publish nothing. It returns the job as the other one answers it.
func (r *rig) overtakes(m delivered) *model.Job {
	r.t.Helper()
	first := *r
	r.opts.Store = &overtaken{Store: r.store, by: func() {
		r.queue.refuse = true
		if _, err := first.deliver(m); err == nil {
			r.t.Error("a slice is done without publishing what comes next")
		}
		r.queue.refuse = false
	}}
	r.renew()
	job, err := r.deliver(m)
	if err != nil {
		r.t.Fatalf("delivery that is overtaken: %v", err)
	}
	r.opts.Store = r.store
	r.renew()
	return job
}

// Of a message that is delivered twice at once the queue may take the first good answer for the end of it: who finds the
// slice done publishes what comes next, unless that is published.
func TestRun_overtaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	w.page("B", "b")
	r := w.rig(slow)
	job, _ := r.trigger(model.TriggerMessage{})
	m, _ := r.queue.pop()
	if got := r.overtakes(m); got.NextID == "" {
		t.Errorf("the answer is %+v, want it to name the next message", got)
	}
	if len(r.queue.list) != 1 {
		t.Fatalf("published are\n%swant one message for the next slice", r.queue)
	}
	r.budget(time.Minute)
	r.deliverAll()
	if v := r.view(job.ID); v.State != model.Done {
		t.Errorf("the job is %s, want done", v.State)
	}
	r.sound()
}

// The same at the end of a job: the one that waits begins.
func TestRun_overtakenAtTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	r := w.rig(slow)
	running, _ := r.trigger(model.TriggerMessage{})
	m, _ := r.queue.pop()
	if _, err := r.deliver(m); err != nil {
		t.Fatal(err)
	}
	waiting, _ := r.trigger(model.TriggerMessage{Force: true})
	continued, _ := r.queue.pop()
	first, _ := r.queue.pop()
	if _, err := r.deliver(first); err != nil { // finds the other running, and waits
		t.Fatal(err)
	}
	r.budget(time.Minute)
	if got := r.overtakes(continued); got.ID != running.ID || got.State != model.Done {
		t.Errorf("the answer is %+v, want the job as done", got)
	}
	r.deliverAll()
	if v := r.view(waiting.ID); v.State != model.Done {
		t.Errorf("the job that waited is %s, want done", v.State)
	}
	r.sound()
}
