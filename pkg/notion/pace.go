package notion

import (
	"context"
	"fmt"
	"sync"
	"time"

	"notionsync/pkg/syncer/model"
)

// Window is the memory of requests made, shared by every process that uses the connection. Safe for concurrent use.
type Window interface {
	// Take asks for n requests, which then are made at once. It grants 0 to n of them; when it grants none, wait says how
	// long until one may be free.
	Take(ctx context.Context, n int) (granted int, wait time.Duration, err error)
	// Block grants nobody anything before d has passed: Notion said so.
	Block(ctx context.Context, d time.Duration) error
}

// burster is a Window that knows when the requests granted last begin to be free again.
type burster interface {
	Next(ctx context.Context) (time.Duration, error)
}

// sparing is a Window that has in hand what it takes to grant some requests more than are made at once.
type sparing interface {
	Spares() int
}

const (
	// patience is how long all is that is slept in a row for a Window's sake. From one burst to the next requests become
	// free as slowly as they were made, and a little slower each time: without an end to it a process would come to sleep
	// all the time. What is free and not used now is there for the next burst.
	patience = 1500 * time.Millisecond
	// gather is how long the first to ask waits for others, so that many requests cost one Take: little beside an answer
	// of Notion's, and less where nobody came the last time.
	gather      = 10 * time.Millisecond
	gatherAlone = 3 * time.Millisecond
	// spareTime is how long spares may be used. They arrive at Notion that much later than the Window thinks.
	spareTime = time.Second
	// minWindowWait keeps a Window that grants nothing and names no wait from being asked in a tight loop.
	minWindowWait = 10 * time.Millisecond
)

// pacer lets requests through as the Window grants them, first come, first served, but first of all those that go on with
// what was begun.
//
// There is no goroutine behind it. Of those who wait, one at a time has the turn: it asks the Window for all of them,
// hands out what was granted, and sleeps where none was. If its own request ends meanwhile, another takes the turn. What
// is granted goes to those who wait at that moment, but for a few spares.
type pacer struct {
	window  Window
	maxWait time.Duration
	sleep   func(context.Context, time.Duration) error

	turn   chan struct{} // holds a value while somebody has the turn, who uses the following
	asked  int           // for so many the last time; 0: it has slept since, and who was to come has come
	closed time.Time     // nothing is free before, the Window has said
	alone  bool          // it was one who asked the last time
	slept  time.Duration // in a row
	awake  time.Time     // when the last sleep ended

	mu     sync.Mutex
	queue  priorityQueue[chan error] // each takes one answer without a reader: nil for a grant
	spare  int                       // granted, but not used
	expire time.Time                 // of the spares
}

func newPacer(w Window, o Options) *pacer {
	return &pacer{window: w, maxWait: o.MaxWait, sleep: o.Sleep, turn: make(chan struct{}, 1), asked: 1}
}

// acquire returns nil when one request may be made now. A wait longer than the limit comes back as *model.Wait; a
// context that ends, as its cause.
func (p *pacer) acquire(ctx context.Context) error {
	if p.window == nil {
		return nil
	}
	ticket := make(chan error, 1)
	p.mu.Lock()
	if p.spare > 0 && p.queue.len() == 0 && time.Now().Before(p.expire) {
		p.spare--
		p.mu.Unlock()
		return nil
	}
	p.queue.join(ctx, ticket)
	p.mu.Unlock()
	for {
		if len(ticket) > 0 {
			return <-ticket
		}
		if ctx.Err() != nil {
			p.leave(ticket)
			return context.Cause(ctx)
		}
		select {
		case err := <-ticket:
			return err
		case p.turn <- struct{}{}:
			p.ask(ctx)
			<-p.turn
		case <-ctx.Done():
		}
	}
}

// ask asks the Window once for everybody in the queue. The caller has the turn. When ctx ends it returns early, having
// answered nobody.
func (p *pacer) ask(ctx context.Context) {
	if sleep(ctx, p.pause()) != nil {
		return
	}
	n := p.waiting()
	if n == 0 {
		return // the last Take of another has answered them all
	}
	more := 0
	if w, ok := p.window.(sparing); ok && n == 1 && p.alone {
		more = w.Spares() // who asks alone again and again, as a listing does, asks less often
	}
	p.asked, p.alone = n, n == 1
	if wait := time.Until(p.closed); wait > p.maxWait {
		p.handBack(n, wait)
		return
	}
	granted, wait, err := p.window.Take(ctx, n+more)
	switch {
	case err != nil && ctx.Err() != nil: // about this request, not about the others
	case err != nil:
		p.answer(n, func() error { return fmt.Errorf("%w: %w", model.ErrWindow, err) })
	case granted > 0:
		p.answer(granted, func() error { return nil })
		p.save(granted - n)
	case wait > p.maxWait:
		p.closed = time.Now().Add(wait)
		p.handBack(n, wait)
	case p.tired(max(wait, minWindowWait)):
		if after := p.next(ctx); after > p.maxWait {
			p.answer(n, func() error {
				return &model.Wait{After: after, Reason: "the rest of Notion's window comes too slowly", Soft: true}
			})
			return
		}
		fallthrough
	default:
		_ = p.sleep(ctx, max(wait, minWindowWait)) // acquire sees for itself that ctx ended
		p.asked, p.awake = 0, time.Now()
	}
}

// pause is how long others are waited for.
func (p *pacer) pause() time.Duration {
	switch p.asked {
	case 0:
		return 0
	case 1:
		return gatherAlone
	}
	return gather
}

// save keeps spares.
func (p *pacer) save(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spare, p.expire = max(0, n), time.Now().Add(spareTime)
}

// handBack tells the first n in the queue how long nothing is free.
func (p *pacer) handBack(n int, wait time.Duration) {
	p.answer(n, func() error {
		return &model.Wait{After: wait, Reason: "no request is free in Notion's window", Soft: true}
	})
}

// tired reports whether another sleep is one too many.
func (p *pacer) tired(d time.Duration) bool {
	if time.Since(p.awake) > p.maxWait {
		p.slept = 0 // until the burst begins nothing is lost
		return false
	}
	p.slept += d
	return p.slept > patience
}

// next is how long it is until the Window's next burst; 0 if it cannot tell.
func (p *pacer) next(ctx context.Context) time.Duration {
	b, ok := p.window.(burster)
	if !ok {
		return 0
	}
	after, err := b.Next(ctx)
	if err != nil {
		return 0
	}
	return after
}

func (p *pacer) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queue.len()
}

// answer gives an answer to the first n in the queue.
func (p *pacer) answer(n int, result func() error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range min(n, p.queue.len()) {
		p.queue.next() <- result()
	}
}

// leave takes a ticket out of the queue, if it still is there.
func (p *pacer) leave(ticket chan error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue.leave(ticket)
}

// sleep is the default of Options.Sleep.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
