package syncer_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

func (r *rig) trigger(first model.TriggerMessage) (*model.Job, bool) {
	r.t.Helper()
	job, folded, err := r.Trigger(r.t.Context(), first)
	if err != nil {
		r.t.Fatalf("Trigger: %v", err)
	}
	return job, folded
}

func (r *rig) view(id string) *syncer.View {
	r.t.Helper()
	v, err := r.View(r.t.Context(), id)
	if err != nil {
		r.t.Fatalf("View(%q): %v", id, err)
	}
	return v
}

func TestTrigger_FoldsIntoTheWaitingJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	r := w.rig()
	first, folded := r.trigger(model.TriggerMessage{Pages: []string{"a"}, Force: true})
	if folded {
		t.Error("the first trigger was folded")
	}
	if v := r.view(first.ID); v.State != model.Queued || !v.Force {
		t.Errorf("job is %s, force %t, want queued by force from the moment it was triggered", v.State, v.Force)
	}
	second, folded := r.trigger(model.TriggerMessage{Pages: []string{"b"}})
	if !folded || second.ID != first.ID || len(second.Scope.Pages) != 2 || second.Scope.Full {
		t.Errorf("second trigger: folded %t into %s with %+v", folded, second.ID, second.Scope)
	}
	third, _ := r.trigger(model.TriggerMessage{})
	if third.ID != first.ID || !third.Scope.Full || third.Scope.Force {
		t.Errorf("third trigger: %+v, want a full job, not forced as a whole", third.Scope)
	}
	if n := len(r.queue.list); n != 1 {
		t.Errorf("%d messages were published, want one", n)
	}
	r.deliverAll()
	r.published(map[string]string{"a": a, "b": b})
	if v := r.view(first.ID); v.State != model.Done {
		t.Errorf("job is %s, want done", v.State)
	}
}

func TestTrigger_AtOnce(t *testing.T) {
	t.Parallel()
	r := newWorld(t).rig()
	var wg sync.WaitGroup
	ids := make([]string, 20)
	for i := range ids {
		wg.Go(func() {
			job, _, err := r.Trigger(t.Context(), model.TriggerMessage{})
			if err != nil {
				t.Errorf("Trigger: %v", err)
				return
			}
			ids[i] = job.ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("triggers at the same moment made jobs %s and %s, want one", ids[0], id)
		}
	}
	r.deliverAll()
}

func TestTrigger_QueueRefuses(t *testing.T) {
	t.Parallel()
	r := newWorld(t).rig()
	r.queue.refuse = true
	if _, _, err := r.Trigger(t.Context(), model.TriggerMessage{}); !errors.Is(err, model.ErrPublish) {
		t.Errorf("Trigger: %v, want ErrPublish", err)
	}
	r.queue.refuse = false
	if _, folded := r.trigger(model.TriggerMessage{}); folded {
		t.Error("the trigger after one that failed was folded into nothing")
	}
}

// slow makes a job that needs several slices.
func slow(o *model.Options) { o.Budget, o.Workers = time.Nanosecond, 1 }

func TestRun_SecondJobWaitsItsTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	r := w.rig()
	running, _ := r.trigger(model.TriggerMessage{})
	r.budget(time.Nanosecond)
	m, _ := r.queue.pop()
	if _, err := r.deliver(m); err != nil {
		t.Fatal(err)
	}
	if v := r.view(running.ID); v.State != model.Running || v.Slices != 2 {
		t.Fatalf("job is %s in slice %d, want running, slice 2 due", v.State, v.Slices)
	}
	waiting, folded := r.trigger(model.TriggerMessage{Force: true})
	if folded || waiting.ID == running.ID {
		t.Fatalf("trigger while a job runs: %s folded %t", waiting.ID, folded)
	}
	continuation, _ := r.queue.pop()
	first, _ := r.queue.pop()
	job, err := r.deliver(first)
	if err != nil || job.State != model.Queued {
		t.Fatalf("first message of the second job: %v, %v, want queued", job.State, err)
	}
	if third, folded := r.trigger(model.TriggerMessage{}); !folded || third.ID != waiting.ID {
		t.Errorf("third trigger made job %s, want it folded into %s", third.ID, waiting.ID)
	}
	w.clock = w.clock.Add(2 * time.Minute)
	r.budget(time.Minute)
	if _, err := r.deliver(continuation); err != nil {
		t.Fatal(err)
	}
	if v := r.view(running.ID); v.State != model.Done {
		t.Fatalf("first job is %s, want done", v.State)
	}
	for _, row := range []struct {
		ago     time.Duration
		stalled bool
	}{{0, false}, {25 * time.Second, false}, {2 * time.Minute, true}} { // since it was started, however long it has waited
		w.clock = w.clock.Add(row.ago)
		if v := r.view(waiting.ID); v.Stalled != row.stalled || v.State != model.Queued {
			t.Errorf("the job whose turn has come is %s, stalled %t after %s more", v.State, v.Stalled, row.ago)
		}
	}
	start, ok := r.queue.pop()
	if !ok || !strings.Contains(string(start.Body), waiting.ID) {
		t.Fatalf("message after the first job's end is %q, want the start of %s", start.Body, waiting.ID)
	}
	if _, err := r.deliver(start); err != nil {
		t.Fatal(err)
	}
	if v := r.view(waiting.ID); v.State != model.Done || v.Progress.Synced != 1 {
		t.Errorf("second job is %s, %+v, want done by force", v.State, v.Progress)
	}
}

// budget changes the time of an invocation.
func (r *rig) budget(d time.Duration) {
	r.t.Helper()
	r.opts.Budget = d
	r.renew()
}

func TestRun_RepeatedAndForeignMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	r := w.rig()
	job, _ := r.trigger(model.TriggerMessage{})
	first, _ := r.queue.pop()
	if _, err := r.deliver(first); err != nil {
		t.Fatal(err)
	}
	r.notion.Reset()
	for range 3 {
		if got, err := r.deliver(first); err != nil || got.State != model.Done {
			t.Errorf("repeated message: %v, %v, want done and nothing else", got, err)
		}
	}
	if n := len(r.notion.Requests()); n != 0 || len(r.queue.list) != 0 {
		t.Errorf("repeated messages made %d requests and published %s", n, r.queue)
	}
	if _, err := r.Run(t.Context(), model.Delivery{Job: "msg_unknown", Slice: 2}); !errors.Is(err, model.ErrUnknownJob) {
		t.Errorf("unknown job: %v, want ErrUnknownJob", err)
	}
	next, _ := r.trigger(model.TriggerMessage{})
	if _, err := r.Run(t.Context(), model.Delivery{Job: next.ID, Slice: 9}); !errors.Is(err, model.ErrSlice) {
		t.Errorf("slice from the future: %v, want ErrSlice", err)
	}
	if v := r.view(next.ID); v.State != model.Queued {
		t.Errorf("the job is %s after it, want queued as before", v.State)
	}
	_ = job
}

func TestRun_Overlapping(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	r := newRig(t, w.Workspace)
	job, _ := r.trigger(model.TriggerMessage{})
	lease, err := r.store.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	usual, clock := r.opts.Now, time.Now()
	r.opts.Now = func() time.Time { clock = clock.Add(3 * time.Second); return clock } // patience runs fast
	r.renew()
	first, _ := r.queue.pop()
	if _, err := r.deliver(first); !errors.Is(err, model.ErrBusy) {
		t.Errorf("delivery while the lease is held: %v, want ErrBusy", err)
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.opts.Now = usual
	r.renew()
	if got, err := r.deliver(first); err != nil || got.State != model.Done {
		t.Errorf("delivery after that: %v, %v, want done", got, err)
	}
	_ = job
}

func TestFail_OnlyTheSliceThatIsDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.page("A", "a")
	r := w.rig(slow)
	job, _ := r.trigger(model.TriggerMessage{})
	first, _ := r.queue.pop()
	if _, err := r.deliver(first); err != nil {
		t.Fatal(err)
	}
	give := func(slice int) {
		t.Helper()
		if err := r.GiveUpOn(t.Context(), model.Delivery{Job: job.ID, Slice: slice}, "gone"); err != nil {
			t.Fatal(err)
		}
	}
	if give(1); r.view(job.ID).State != model.Running {
		t.Error("a callback for a slice long past failed the job")
	}
	lease, err := r.store.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	usual := r.opts.Now
	r.opts.Now = func() time.Time { w.clock = w.clock.Add(3 * time.Second); return usual() } // patience runs fast
	r.renew()
	if give(2); r.view(job.ID).State != model.Running {
		t.Error("a callback failed the job while somebody works on it")
	}
	r.opts.Now = usual
	r.renew()
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	waiting, _ := r.trigger(model.TriggerMessage{})
	r.queue.list = nil // its message is lost, too
	if give(2); r.view(job.ID).State != model.Failed || deref(r.view(job.ID).Error) != "gone" {
		t.Errorf("job is %s, %q, want failed with the reason", r.view(job.ID).State, deref(r.view(job.ID).Error))
	}
	r.budget(time.Minute)
	r.deliverAll()
	if v := r.view(waiting.ID); v.State != model.Done {
		t.Errorf("the waiting job is %s, want it started and done", v.State)
	}
}

// A slice whose continuation the queue would not take is given up on: that is not the end of the job.
func TestGiveUpOn_ContinuationRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	r := w.rig(slow)
	job, _ := r.trigger(model.TriggerMessage{})
	first, _ := r.queue.pop()
	r.queue.refuse = true
	for range 4 {
		if _, err := r.deliver(first); !errors.Is(err, model.ErrPublish) {
			t.Fatalf("delivery = %v, want ErrPublish", err)
		}
	}
	giveUp := func() error {
		return r.GiveUpOn(t.Context(), model.Delivery{Job: job.ID, Slice: 1}, "gone")
	}
	if err := giveUp(); !errors.Is(err, model.ErrPublish) {
		t.Fatalf("GiveUpOn = %v, want ErrPublish, so that the callback comes again", err)
	}
	r.queue.refuse = false
	if err := giveUp(); err != nil || r.queue.String() == "" {
		t.Fatalf("GiveUpOn = %v with messages %q, want the continuation", err, r.queue)
	}
	r.budget(time.Minute)
	r.deliverAll()
	if v := r.view(job.ID); v.State != model.Done {
		t.Errorf("the job is %s, want done", v.State)
	}
	r.published(map[string]string{"a": a})
}

func TestTrigger_WakesAStalledJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	r := w.rig(slow)
	job, _ := r.trigger(model.TriggerMessage{})
	first, _ := r.queue.pop()
	if _, err := r.deliver(first); err != nil {
		t.Fatal(err)
	}
	r.queue.list = nil // the continuation is lost for good
	if r.view(job.ID).Stalled {
		t.Error("the job is stalled at once, want a minute's grace")
	}
	w.clock = w.clock.Add(2 * time.Minute)
	if !r.view(job.ID).Stalled {
		t.Error("the job is not stalled, want it seen")
	}
	r.budget(time.Minute)
	next, _ := r.trigger(model.TriggerMessage{})
	r.deliverAll()
	for _, id := range []string{job.ID, next.ID} {
		if v := r.view(id); v.State != model.Done {
			t.Errorf("job %s is %s, want done", id, v.State)
		}
	}
	r.published(map[string]string{"a": a, "b": b})
}

func TestTrigger_RepublishesALostWaitingJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.page("A", "a")
	r := w.rig()
	job, _ := r.trigger(model.TriggerMessage{})
	r.queue.list = nil
	if _, folded := r.trigger(model.TriggerMessage{}); !folded || len(r.queue.list) != 0 {
		t.Errorf("folded %t, published %s, want nothing published for 30 s", folded, r.queue)
	}
	w.clock = w.clock.Add(31 * time.Second)
	if again, folded := r.trigger(model.TriggerMessage{}); !folded || again.ID != job.ID {
		t.Errorf("folded %t into %s, want %s", folded, again.ID, job.ID)
	}
	r.deliverAll()
	r.published(map[string]string{"a": a})
}

func TestDirect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.page("A", "a"), w.page("B", "b")
	r := w.rig(func(o *model.Options) { o.Queue = nil; o.Workers = 1; o.Budget = time.Nanosecond })
	job, done, err := r.Direct(t.Context(), model.TriggerMessage{})
	if err != nil || done || !strings.HasPrefix(job.ID, "direct_") {
		t.Fatalf("Direct: %v, done %t, %v; want a direct job that is not done", job, done, err)
	}
	calls := 1
	for ; !done && calls < 100; calls++ {
		again, ended, err := r.Direct(t.Context(), model.TriggerMessage{})
		if err != nil {
			t.Fatal(err)
		}
		if again.ID != job.ID {
			t.Fatalf("next call worked on %s, want it to go on with %s", again.ID, job.ID)
		}
		done = ended
	}
	if calls < 3 || !done {
		t.Errorf("done %t after %d calls, want several", done, calls)
	}
	r.published(map[string]string{"a": a, "b": b})

	r.opts.Queue = r.queue
	r.renew()
	job, done, err = r.Direct(t.Context(), model.TriggerMessage{Force: true})
	if err != nil || done {
		t.Fatalf("Direct: done %t, %v; want it handed to the queue", done, err)
	}
	other, done, err := r.Direct(t.Context(), model.TriggerMessage{})
	if err != nil || done || other.ID == job.ID {
		t.Errorf("Direct while a job runs: %s, done %t, %v; want one that waits", other.ID, done, err)
	}
	r.budget(time.Minute)
	r.deliverAll()
	for _, id := range []string{job.ID, other.ID} {
		if v := r.view(id); v.State != model.Done {
			t.Errorf("job %s is %s, want done", id, v.State)
		}
	}
}
