package store

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// gather brings questions together that are asked at about the same time, to be answered by one command. There is no
// goroutine behind it: who comes first asks for all.
type gather[Q, A any] struct {
	patience time.Duration // how long who comes first waits for others
	count    int           // questions asked together at most
	bytes    int           // and so much of them
	size     func(Q) int
	ask      func(ctx context.Context, questions []Q) []answer[A] // one for each

	mu   sync.Mutex
	open *batch[Q, A] // takes more; nil: there is none
}

type answer[A any] struct {
	value A
	err   error
}

type batch[Q, A any] struct {
	members []*member[Q, A]
	bytes   int
	full    chan struct{} // closed when it waits for nobody any more
}

type member[Q, A any] struct {
	ctx      context.Context
	question Q
	answer   chan answer[A] // takes one
}

// do asks a question. With company it waits a moment for others, and without it takes those along that wait.
func (g *gather[Q, A]) do(ctx context.Context, question Q, company bool) (A, error) {
	me := &member[Q, A]{ctx, question, make(chan answer[A], 1)}
	b, leads := g.join(me, company)
	if leads {
		g.lead(ctx, b)
	}
	select {
	case a := <-me.answer:
		return a.value, a.err
	case <-ctx.Done(): // it may take effect all the same, as may any command that was sent
		var none A
		return none, context.Cause(ctx)
	}
}

func (g *gather[Q, A]) join(m *member[Q, A], company bool) (b *batch[Q, A], leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == nil {
		g.open, leads = &batch[Q, A]{full: make(chan struct{})}, true
	}
	b = g.open
	b.members = append(b.members, m)
	b.bytes += g.size(m.question)
	if !company || len(b.members) >= g.count || b.bytes >= g.bytes {
		close(b.full)
		g.open = nil
	}
	return b, leads
}

// lead waits until the batch is complete, and asks. Whose context has ended by then is left out.
func (g *gather[Q, A]) lead(ctx context.Context, b *batch[Q, A]) {
	timer := time.NewTimer(g.patience)
	defer timer.Stop()
	select {
	case <-b.full:
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

// whileAny is a context that ends when those of all members have ended.
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
