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
	ended, places := make(chan struct{}, 4*sl.Workers), sl.places()
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
		entries, err := sl.Store.Todo(ctx, sl.job.ID, inFlight+sl.undecided()+places)
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
			if inFlight > 0 {
				await(0) // a class begins when the one before has come to rest
				continue
			}
			class = entries[0].Class
			sl.job.Phase = phaseOf(class)
		}
		idle := inFlight == 0
		for _, e := range entries {
			if sl.stopped(ctx) || (class == classSettle || class == classAwait) && inFlight > 0 {
				break // one decision about a slug, or a place, at a time
			}
			if e.Attempts > 0 && e.Tried >= sl.job.Slice || !sl.claim(e) {
				continue
			}
			for await(sl.width(e, places) - 1); inFlight > 0 && sl.full(); {
				await(inFlight - 1)
			}
			inFlight++
			idle = false
			sl.begins()
			running.Go(func() {
				sl.attempt(ctx, e)
				sl.ends(e)
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

// undecided is how many entries have failed and stay at the head of the list until it is clear whose fault that is.
func (sl *slice) undecided() int {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	return len(sl.outage.failed)
}

const (
	fewestPlaces = 8
	firstPlaces  = 48
	fullBytes    = 8 << 20 // of blocks held in memory, where a page is made of them some five times as much
)

// places is how many entries are worked on at once: so many that their requests are no more than Workers at a time, going
// by what the job's pages have taken so far. More would only be left half read when Notion's window is used up.
func (sl *slice) places() int {
	n := sl.job.Counts
	lists, pages := n[CountRequestsOf("children")]+n[CountRequestsOf("markdown")], n[CountSynced]
	if pages < fewestPlaces {
		return min(firstPlaces, sl.Workers)
	}
	return max(min(fewestPlaces, sl.Workers), sl.Workers*int(pages)/int(max(lists, pages)))
}

// full reports whether the pages being worked on hold so many blocks that no other is to be begun.
func (sl *slice) full() bool {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	total := 0
	for _, n := range sl.held {
		total += n
	}
	return total > fullBytes
}

// hold takes down that so many bytes of blocks are held for an entry.
func (sl *slice) hold(e Entry, bytes int) {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	sl.held[e.Key] += bytes
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

// width is how many entries may be worked on together with e, of the places that there are.
func (sl *slice) width(e Entry, places int) int {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if e.asksNotion() && sl.careful() {
		return 1
	}
	return places
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
