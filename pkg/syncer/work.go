package syncer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
)

// work takes entries from the to-do list, one class after the other. It returns true when the list is empty: an entry
// stays on the list until what it changes is committed, so then nothing is being worked on either.
func (sl *slice) work(ctx context.Context) (finished bool, err error) {
	var running sync.WaitGroup
	defer running.Wait()
	ended := make(chan struct{}, 4*sl.Workers)
	inFlight, class := 0, -1
	await := func(left int) {
		for ; inFlight > left; inFlight-- {
			<-ended
		}
	}
	for {
		if sl.suspicious() {
			await(0)
			if goOn, err := sl.clearUp(ctx); err != nil || !goOn {
				return false, cmp.Or(sl.failure(ctx), err)
			}
		}
		if sl.stopped(ctx) {
			await(0)
			return false, sl.failure(ctx)
		}
		entries, err := sl.Store.Todo(ctx, sl.job.ID, inFlight+2*sl.Workers)
		if err != nil {
			await(0)
			return false, cmp.Or(sl.failure(ctx), err)
		}
		if len(entries) == 0 {
			await(0)
			found, err := sl.lineUp(ctx)
			if err != nil || !found {
				return err == nil, cmp.Or(sl.failure(ctx), err)
			}
			continue
		}
		if entries[0].Class != class {
			await(0) // a class begins when the one before has come to rest
			class = entries[0].Class
			sl.job.Phase = phaseOf(class)
			continue
		}
		idle := inFlight == 0
		for _, e := range entries {
			if sl.stopped(ctx) || class == classSettle && inFlight > 0 {
				break // one decision about slugs at a time
			}
			if e.Attempts > 0 && e.Tried >= sl.job.Slice || !sl.claim(e) {
				continue
			}
			await(sl.width(e) - 1)
			inFlight++
			idle = false
			sl.count(1)
			running.Go(func() {
				sl.attempt(ctx, e)
				sl.count(-1)
				ended <- struct{}{}
			})
		}
		await(inFlight / 2)
		if !idle {
			continue
		}
		goOn, err := sl.blame(ctx)
		if err != nil || !goOn {
			return false, cmp.Or(sl.failure(ctx), err) // all that is left has been tried in this slice
		}
	}
}

// claim takes an entry for this goroutine; false if another has it, or had it and left it as it is.
func (sl *slice) claim(e Entry) bool {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	key := fmt.Sprint(e.Key, "@", e.Rev)
	if sl.taken[key] {
		return false
	}
	sl.taken[key] = true
	return true
}

// stopped reports whether no new work may be begun.
func (sl *slice) stopped(ctx context.Context) bool {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	used := len(sl.taken) > 0 && !sl.now().Before(sl.soft) // even the smallest budget gets something done
	return ctx.Err() != nil || sl.waits || sl.fatal != nil || sl.alarmed() || used
}

// width is how many entries may be worked on together with e.
func (sl *slice) width(e Entry) int {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if e.asksNotion() && sl.careful() {
		return 1
	}
	return sl.Workers
}

// failure is why the slice cannot be handed over in good order; nil if it can.
func (sl *slice) failure(ctx context.Context) error {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if sl.fatal != nil {
		return sl.fatal
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, errBudget) {
		return cause
	}
	return nil
}
