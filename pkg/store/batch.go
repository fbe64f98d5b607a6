package store

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// batcher answers questions that goroutines ask at about the same time in one batch, which costs one command instead of
// many. The first to ask opens a batch, waits for others to join it, and asks Redis for all of them; the others wait for
// their answers. No goroutine runs in between.
type batcher[Q, A any] struct {
	wait  time.Duration                                        // how long a batch stays open
	count int                                                  // how many questions fill it
	size  func(Q) int                                          // how large a question is
	full  int                                                  // which size of all its questions together fills it
	ask   func(ctx context.Context, questions []Q) []answer[A] // returns an answer for each question, in order

	mu   sync.Mutex
	open *batch[Q, A] // the batch that can be joined; nil: none
}

type answer[A any] struct {
	value A
	err   error
}

// batch is what is asked together.
type batch[Q, A any] struct {
	members []*member[Q, A]
	size    int
	ready   chan struct{} // closed when the batch is not to wait any longer
}

// member is a question of a batch, and who asks it.
type member[Q, A any] struct {
	ctx      context.Context
	question Q
	answer   chan answer[A] // has room for the answer, so that nobody waits for a member who has left
}

// do asks a question. With company others are expected to ask soon, and the batch stays open for them; without it the
// batch is asked at once.
func (g *batcher[Q, A]) do(ctx context.Context, question Q, company bool) (A, error) {
	me := &member[Q, A]{ctx, question, make(chan answer[A], 1)}
	b, leads := g.join(me, company)
	if leads {
		g.lead(ctx, b)
	}
	select {
	case a := <-me.answer:
		return a.value, a.err
	case <-ctx.Done(): // a change may still be applied then, as after any command whose answer did not come
		var none A
		return none, context.Cause(ctx)
	}
}

// join puts a question into the open batch, and opens one if there is none: then the caller leads it. A batch that is full
// or wanted at once is closed.
func (g *batcher[Q, A]) join(m *member[Q, A], company bool) (b *batch[Q, A], leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == nil {
		g.open, leads = &batch[Q, A]{ready: make(chan struct{})}, true
	}
	b = g.open
	b.members = append(b.members, m)
	b.size += g.size(m.question)
	if !company || len(b.members) >= g.count || b.size >= g.full {
		close(b.ready)
		g.open = nil
	}
	return b, leads
}

// lead waits until the batch is full, wanted at once, or was open long enough, then asks its questions. Those whose context
// has ended by then are not asked.
func (g *batcher[Q, A]) lead(ctx context.Context, b *batch[Q, A]) {
	timer := time.NewTimer(g.wait)
	defer timer.Stop()
	select {
	case <-b.ready:
	case <-timer.C:
	case <-ctx.Done():
	}
	g.mu.Lock()
	if g.open == b {
		g.open = nil
	}
	g.mu.Unlock()
	members := slices.DeleteFunc(b.members, func(m *member[Q, A]) bool { return m.ctx.Err() != nil })
	if len(members) == 0 {
		return
	}
	questions := make([]Q, len(members))
	for i, m := range members {
		questions[i] = m.question
	}
	shared, cancel := whileAny(members)
	defer cancel()
	for i, a := range g.ask(shared, questions) {
		members[i].answer <- a
	}
}

// whileAny returns a context that ends when the contexts of all members have ended: one of them that leaves does not take
// the answer from the others.
func whileAny[Q, A any](members []*member[Q, A]) (context.Context, context.CancelFunc) {
	if len(members) == 1 {
		return context.WithCancel(members[0].ctx)
	}
	shared, cancel := context.WithCancel(context.WithoutCancel(members[0].ctx))
	var left atomic.Int64
	left.Store(int64(len(members)))
	stop := make([]func() bool, len(members))
	for i, m := range members {
		stop[i] = context.AfterFunc(m.ctx, func() {
			if left.Add(-1) == 0 {
				cancel()
			}
		})
	}
	return shared, func() {
		cancel()
		for _, stop := range stop {
			stop()
		}
	}
}
