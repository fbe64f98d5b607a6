package app_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/sim/qstashsim"
)

// monkey is what makes things go wrong at random. Its zero value does nothing.
type monkey struct {
	c    *cloud
	stop context.CancelFunc
	done sync.WaitGroup

	mu     sync.Mutex
	dice   *rand.Rand // nil: all goes well
	did    map[mischief]int
	remove []func()
}

// mischief is what befalls one request to Redis or QStash.
type mischief int

const (
	none mischief = iota
	killBefore
	killAfter
	dropBefore // the connection breaks before the request arrives
	dropAfter  // … before the answer comes
	silence    // no answer ever comes
	late       // it comes late
	freeze     // the function stands still for longer than its lease lasts
	robbery    // the lease is gone
)

// unleash lets the monkey loose.
func (c *cloud) unleash(seed uint64) {
	m := &c.monkey
	ctx, cancel := context.WithCancel(context.Background())
	m.stop = cancel
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dice = rand.New(rand.NewPCG(seed, 2))
	for _, trouble := range []struct {
		probability float64
		fault       notionsim.Fault
	}{
		{0.003, notionsim.RateLimited(time.Duration(m.dice.IntN(70)+1)*time.Second, "")},
		{0.002, notionsim.Overloaded(time.Duration(m.dice.IntN(10)) * time.Second)},
		{0.01, notionsim.HTML(http.StatusBadGateway)},
		{0.005, notionsim.Status(http.StatusInternalServerError)},
		{0.005, notionsim.Status(http.StatusServiceUnavailable)},
		{0.01, notionsim.Closed()},
		{0.01, notionsim.CutOff()},
		{0.003, notionsim.Truncated()},
		{0.003, notionsim.Empty()},
		{0.003, notionsim.RefusedCursor()},
		{0.01, notionsim.Slow(time.Duration(m.dice.IntN(8)) * time.Second)},
		{0.001, notionsim.Hang(2 * time.Minute)},
	} {
		m.remove = append(m.remove, c.notion.Fail(notionsim.Rule{
			Probability: trouble.probability, Seed: m.dice.Uint64(), Fault: trouble.fault,
		}))
	}
	m.done.Go(func() { m.roam(ctx) })
}

// cage ends all trouble.
func (c *cloud) cage() {
	m := &c.monkey
	if m.stop == nil {
		return
	}
	m.stop()
	m.done.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, remove := range m.remove {
		remove()
	}
	m.dice, m.stop, m.remove = nil, nil, nil
	c.qstash.Misbehave(qstashsim.Faults{})
}

// roam does what befalls all at once: QStash misbehaves, Redis or Notion is down for a while, somebody triggers again.
func (m *monkey) roam(ctx context.Context) {
	visits := 0
	for m.pause(ctx, 8*time.Second) {
		m.c.qstash.Misbehave(m.queueFaults())
		switch {
		case m.chance(0.02):
			m.c.redisDown(m.upTo(3 * time.Minute))
		case m.chance(0.02):
			remove := m.c.notion.Fail(notionsim.Rule{Fault: notionsim.Status(http.StatusServiceUnavailable)})
			m.pause(ctx, 10*time.Minute)
			remove()
		case visits < 2 && m.chance(0.02):
			visits++
			_, _ = m.c.try([]string{triggerPath, triggerPath + "?force=1&page=page-1", directPath}[m.upTo(3)])
		case m.chance(0.1):
			m.c.coldStart()
		}
	}
}

// queueFaults is how QStash behaves for a while.
func (m *monkey) queueFaults() qstashsim.Faults {
	m.mu.Lock()
	defer m.mu.Unlock()
	var f qstashsim.Faults
	switch m.dice.IntN(10) {
	case 0:
		f.Twice = true
	case 1:
		f.Concurrently = true
	case 2:
		f.Twice, f.Concurrently = true, true
	case 3:
		f.ExtraDelay = time.Duration(m.dice.IntN(30)) * time.Second
	case 4:
		f.Reorder = time.Minute
	case 5:
		f.DropAnswers = 1
	case 6:
		f.FailPublishes = 1 + m.dice.IntN(3)
	case 7:
		if m.dice.IntN(4) == 0 {
			f.Lose = 1
		}
	}
	return f
}

// pause waits for a random time below most; false: the monkey is caged.
func (m *monkey) pause(ctx context.Context, most time.Duration) bool {
	timer := time.NewTimer(m.upTo(most))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// upTo is a random time.
func (m *monkey) upTo(most time.Duration) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dice == nil {
		return 0
	}
	return time.Duration(m.dice.Int64N(int64(most)))
}

func (m *monkey) chance(p float64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dice != nil && m.dice.Float64() < p
}

// befalls decides about one request to Redis, or to QStash. spared: the function is not to be killed.
func (m *monkey) befalls(writes, spared bool) mischief {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dice == nil {
		return none
	}
	roll := m.dice.Float64()
	for _, it := range [...]struct {
		what  mischief
		share float64 // of all requests
		only  bool    // it befalls writes only
	}{
		{dropBefore, 0.0005, false}, {dropAfter, 0.0005, false}, {late, 0.005, false}, {silence, 0.00005, false},
		{freeze, 0.0005, true}, {robbery, 0.0005, true}, {killBefore, 0.002, true}, {killAfter, 0.002, true},
	} {
		if roll -= it.share; roll < 0 {
			kills := it.what == killBefore || it.what == killAfter
			if it.only && !writes || kills && spared {
				return none
			}
			if m.did == nil {
				m.did = map[mischief]int{}
			}
			m.did[it.what]++
			return it.what
		}
	}
	return none
}

// clock is that of a new function: it goes wrong by some seconds, as many as a signature may be off.
func (m *monkey) clock() func() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dice == nil {
		return nil
	}
	off := time.Duration(m.dice.Int64N(int64(16*time.Second))) - 8*time.Second
	if m.dice.IntN(2) == 0 {
		off = 0
	}
	return func() time.Time { return time.Now().Add(off) }
}
