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
	l := &loop{Invocation: inv, ended: make(chan struct{}, 4*inv.Workers), slots: inv.slots(), class: -1}
	defer l.running.Wait()
	goOn := inv.Job.Outages == 0 || inv.notionAnswers(ctx)
	for goOn && err == nil {
		goOn, finished, err = l.round(ctx)
	}
	l.await(0)
	return finished, cmp.Or(inv.failure(ctx), err)
}

// round looks at the list once and begins what there is room for. It reports whether to look again, and whether the list
// was empty.
func (l *loop) round(ctx context.Context) (goOn, empty bool, err error) {
	if l.mustDecide() {
		l.await(0)
		if goOn, err := l.decide(ctx); err != nil || !goOn {
			return false, false, err
		}
	}
	if l.Stopped(ctx) {
		return false, false, nil
	}
	tasks, err := l.Store.Todo(ctx, l.Job.ID, l.inFlight+l.setBack()+l.passed+l.slots)
	if err != nil || len(tasks) == 0 {
		return false, err == nil, err
	}
	if tasks[0].Class != l.class {
		if l.inFlight > 0 {
			l.await(0) // a class begins when the one before has come to rest
			return true, false, nil
		}
		l.class = tasks[0].Class
		l.Job.Phase = model.PhaseOf(l.class)
	}
	passed := l.passed
	if l.begin(ctx, tasks) || l.passed > passed { // then there may be more behind them
		return true, false, nil
	}
	goOn, err = l.decide(ctx) // all that is left has been tried in this slice
	return goOn, false, err
}

// begin has those of the tasks worked on that are for this slice, and waits until half of what is in flight has ended.
// It returns false if nothing is in flight.
func (l *loop) begin(ctx context.Context, tasks []model.Task) (begun bool) {
	begun, l.passed = l.inFlight > 0, 0
	for _, e := range tasks {
		if l.Stopped(ctx) || (l.class == model.ClassConflicts || l.class == model.ClassAwait) && l.inFlight > 0 {
			break // one decision about a slug, or a place, at a time
		}
		if l.later(e) {
			l.passed++
			continue
		}
		if !l.take(e) {
			continue
		}
		begun = true
		if e.ToldToWait() && l.isFirst() {
			l.alone(ctx, e)
			break
		}
		for l.await(l.slots - 1); l.inFlight > 0 && l.full(); {
			l.await(l.inFlight - 1)
		}
		l.start(ctx, e)
	}
	l.await(l.inFlight / 2)
	return begun
}

// isFirst reports whether the task just claimed is the first of the slice.
func (l *loop) isFirst() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.taken) == 1
}

// alone works on a task that was told to wait, once Notion has answered something else.
func (l *loop) alone(ctx context.Context, e model.Task) {
	if !l.notionAnswers(ctx) {
		return
	}
	l.outage.alone = true
	l.start(ctx, e)
	l.await(0)
	l.outage.alone = false
}

func (l *loop) start(ctx context.Context, e model.Task) {
	l.inFlight++
	l.begins()
	l.running.Go(func() {
		l.attempt(ctx, e)
		l.ends(e)
		l.ended <- struct{}{}
	})
}

// await waits until no more than so many are in flight.
func (l *loop) await(left int) {
	for ; l.inFlight > left; l.inFlight-- {
		<-l.ended
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

// take has this goroutine work on a task; false if another has it, or had it and left it as it is.
func (inv *Invocation) take(e model.Task) bool {
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
