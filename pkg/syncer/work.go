package syncer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
)

// crew is the entries of a slice that are being worked on.
type crew struct {
	*slice
	running  sync.WaitGroup
	ended    chan struct{}
	inFlight int
	places   int
	class    int // of the entries in flight
	passed   int // entries at the head of the list that are not for this slice, as last seen
}

// work takes entries from the to-do list, one class after the other. It returns true when the list is empty: an entry
// stays on the list until what it changes is committed, so then nothing is being worked on either.
func (sl *slice) work(ctx context.Context) (finished bool, err error) {
	c := &crew{slice: sl, ended: make(chan struct{}, 4*sl.Workers), places: sl.places(), class: -1}
	defer c.running.Wait()
	goOn := sl.job.Outages == 0 || sl.notionAnswers(ctx)
	for goOn && err == nil {
		goOn, finished, err = c.round(ctx)
	}
	c.await(0)
	return finished, cmp.Or(sl.failure(ctx), err)
}

// round looks at the list once and begins what there is room for. It reports whether to look again, and whether the list
// was empty.
func (c *crew) round(ctx context.Context) (goOn, empty bool, err error) {
	if c.mustDecide() {
		c.await(0)
		if goOn, err := c.decide(ctx); err != nil || !goOn {
			return false, false, err
		}
	}
	if c.stopped(ctx) {
		return false, false, nil
	}
	entries, err := c.Store.Todo(ctx, c.job.ID, c.inFlight+c.heldBack()+c.passed+c.places)
	if err != nil || len(entries) == 0 {
		return false, err == nil, err
	}
	if entries[0].Class != c.class {
		if c.inFlight > 0 {
			c.await(0) // a class begins when the one before has come to rest
			return true, false, nil
		}
		c.class = entries[0].Class
		c.job.Phase = phaseOf(c.class)
	}
	passed := c.passed
	if c.begin(ctx, entries) || c.passed > passed { // then there may be more behind them
		return true, false, nil
	}
	goOn, err = c.decide(ctx) // all that is left has been tried in this slice
	return goOn, false, err
}

// begin has those of the entries worked on that are for this slice, and waits until half of what is in flight has ended.
// It returns false if nothing is in flight.
func (c *crew) begin(ctx context.Context, entries []Entry) (any bool) {
	any, c.passed = c.inFlight > 0, 0
	for _, e := range entries {
		if c.stopped(ctx) || (c.class == classSettle || c.class == classAwait) && c.inFlight > 0 {
			break // one decision about a slug, or a place, at a time
		}
		if c.later(e) {
			c.passed++
			continue
		}
		if !c.claim(e) {
			continue
		}
		any = true
		if e.toldToWait() && c.isFirst() {
			c.alone(ctx, e)
			break
		}
		for c.await(c.places - 1); c.inFlight > 0 && c.full(); {
			c.await(c.inFlight - 1)
		}
		c.start(ctx, e)
	}
	c.await(c.inFlight / 2)
	return any
}

// isFirst reports whether the entry just claimed is the first of the slice.
func (c *crew) isFirst() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.taken) == 1
}

// alone works on an entry that was told to wait, once Notion has answered something else.
func (c *crew) alone(ctx context.Context, e Entry) {
	if !c.notionAnswers(ctx) {
		return
	}
	c.outage.alone = true
	c.start(ctx, e)
	c.await(0)
	c.outage.alone = false
}

func (c *crew) start(ctx context.Context, e Entry) {
	c.inFlight++
	c.begins()
	c.running.Go(func() {
		c.attempt(ctx, e)
		c.ends(e)
		c.ended <- struct{}{}
	})
}

// await waits until no more than so many are in flight.
func (c *crew) await(left int) {
	for ; c.inFlight > left; c.inFlight-- {
		<-c.ended
	}
}

// later reports whether an entry is for a later slice: it was tried in this one, or was told to wait.
func (sl *slice) later(e Entry) bool {
	tried := e.Attempts > 0 || e.toldToWait()
	return tried && (e.Tried >= sl.job.Slice || sl.now().Add(waitSlack).Before(e.Later))
}

// heldBack is how many entries have had a setback and stay at the head of the list until it is clear whose fault that is.
func (sl *slice) heldBack() int {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	return len(sl.outage.held)
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
	tooMuch := len(sl.outage.held) >= mostHeld
	return ctx.Err() != nil || sl.waits || sl.fatal != nil || tooMuch || sl.outage.found || used
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
