package work

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"notionsync/pkg/syncer/model"
)

// loop is the tasks of a slice that are being worked on.
type loop struct {
	*Invocation
	running  sync.WaitGroup
	ended    chan struct{}
	inFlight int
	slots    int
	class    int // of the tasks in flight
	passed   int // tasks at the head of the list that are not for this slice, as last seen
}

// Work takes tasks from the to-do list, one class after the other, until nothing is left or the slice must end. It returns
// true when the list is empty: a task stays on the list until what it changes is committed, so then nothing is being worked on either.
func (inv *Invocation) Work(ctx context.Context) (finished bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(errStopSlice)
	hard := time.AfterFunc(inv.timeLeft()-inv.probeShare(), func() { cancel(errBudget) })
	defer hard.Stop()
	c := &loop{Invocation: inv, ended: make(chan struct{}, 4*inv.Workers), slots: inv.slots(), class: -1}
	defer c.running.Wait()
	goOn := inv.Job.Outages == 0 || inv.notionAnswers(ctx)
	for goOn && err == nil {
		goOn, finished, err = c.round(ctx)
	}
	c.await(0)
	return finished, cmp.Or(inv.failure(ctx), err)
}

// round looks at the list once and begins what there is room for. It reports whether to look again, and whether the list
// was empty.
func (c *loop) round(ctx context.Context) (goOn, empty bool, err error) {
	if c.mustDecide() {
		c.await(0)
		if goOn, err := c.decide(ctx); err != nil || !goOn {
			return false, false, err
		}
	}
	if c.Stopped(ctx) {
		return false, false, nil
	}
	tasks, err := c.Store.Todo(ctx, c.Job.ID, c.inFlight+c.setBack()+c.passed+c.slots)
	if err != nil || len(tasks) == 0 {
		return false, err == nil, err
	}
	if tasks[0].Class != c.class {
		if c.inFlight > 0 {
			c.await(0) // a class begins when the one before has come to rest
			return true, false, nil
		}
		c.class = tasks[0].Class
		c.Job.Phase = model.PhaseOf(c.class)
	}
	passed := c.passed
	if c.begin(ctx, tasks) || c.passed > passed { // then there may be more behind them
		return true, false, nil
	}
	goOn, err = c.decide(ctx) // all that is left has been tried in this slice
	return goOn, false, err
}

// begin has those of the tasks worked on that are for this slice, and waits until half of what is in flight has ended.
// It returns false if nothing is in flight.
func (c *loop) begin(ctx context.Context, tasks []model.Task) (any bool) {
	any, c.passed = c.inFlight > 0, 0
	for _, e := range tasks {
		if c.Stopped(ctx) || (c.class == model.ClassConflicts || c.class == model.ClassAwait) && c.inFlight > 0 {
			break // one decision about a slug, or a place, at a time
		}
		if c.later(e) {
			c.passed++
			continue
		}
		if !c.begun(e) {
			continue
		}
		any = true
		if e.ToldToWait() && c.isFirst() {
			c.alone(ctx, e)
			break
		}
		for c.await(c.slots - 1); c.inFlight > 0 && c.full(); {
			c.await(c.inFlight - 1)
		}
		c.start(ctx, e)
	}
	c.await(c.inFlight / 2)
	return any
}

// isFirst reports whether the task just claimed is the first of the slice.
func (c *loop) isFirst() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.taken) == 1
}

// alone works on a task that was told to wait, once Notion has answered something else.
func (c *loop) alone(ctx context.Context, e model.Task) {
	if !c.notionAnswers(ctx) {
		return
	}
	c.outage.alone = true
	c.start(ctx, e)
	c.await(0)
	c.outage.alone = false
}

func (c *loop) start(ctx context.Context, e model.Task) {
	c.inFlight++
	c.begins()
	c.running.Go(func() {
		c.attempt(ctx, e)
		c.ends(e)
		c.ended <- struct{}{}
	})
}

// await waits until no more than so many are in flight.
func (c *loop) await(left int) {
	for ; c.inFlight > left; c.inFlight-- {
		<-c.ended
	}
}

// later reports whether a task is for a later slice: it was tried in this one, or was told to wait.
func (inv *Invocation) later(e model.Task) bool {
	tried := e.Attempts > 0 || e.ToldToWait()
	return tried && (e.Tried >= inv.Job.Slice || inv.Time().Add(waitSlack).Before(e.Later))
}

// setBack is how many tasks have had a setback and stay at the head of the list until it is clear whose fault that is.
func (inv *Invocation) setBack() int {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	return len(inv.outage.setbacks)
}

const (
	fewestSlots = 8
	firstSlots  = 48
	fullBytes   = 8 << 20 // of blocks in memory, where a page is made of them some five times as much
)

// slots is how many tasks are worked on at once: so many that their requests are no more than Workers at a time, going
// by what the job's pages have taken so far. More would only be left half read when Notion's window is used up.
func (inv *Invocation) slots() int {
	n := inv.Job.Counts
	lists, pages := n[model.CountRequestsOf("children")]+n[model.CountRequestsOf("markdown")], n[model.CountSynced]
	if pages < fewestSlots {
		return min(firstSlots, inv.Workers)
	}
	return max(min(fewestSlots, inv.Workers), inv.Workers*int(pages)/int(max(lists, pages)))
}

// full reports whether the pages being worked on have so many blocks in memory that no other is to be begun.
func (inv *Invocation) full() bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	total := 0
	for _, n := range inv.blockBytes {
		total += n
	}
	return total > fullBytes
}

// HoldBlocks takes down that so many bytes of blocks are in memory for a task.
func (inv *Invocation) HoldBlocks(e model.Task, bytes int) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.blockBytes[e.Key] += bytes
}

// begun takes a task for this goroutine; false if another has it, or had it and left it as it is.
func (inv *Invocation) begun(e model.Task) bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	key := fmt.Sprint(e.Key, "@", e.Rev)
	if inv.taken[key] {
		return false
	}
	inv.taken[key] = true
	return true
}

// Stopped reports whether no new work may be begun.
func (inv *Invocation) Stopped(ctx context.Context) bool {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	used := len(inv.taken) > 0 && !inv.HasTime() // even the smallest budget gets something done
	tooMuch := len(inv.outage.setbacks) >= mostHeld
	return ctx.Err() != nil || inv.Waits || inv.fatal != nil || tooMuch || inv.outage.found || used
}

// failure is why the slice cannot be handed over in good order; nil if it can.
func (inv *Invocation) failure(ctx context.Context) error {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if inv.fatal != nil {
		return inv.fatal
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, errBudget) {
		return cause
	}
	return nil
}
