package store_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"notionsync/pkg/store"
)

// clock is the time of an embedded Redis, moved by hand. Keys expire by it.
type clock struct {
	*rig
	now time.Time
}

func newClock(t *testing.T) *clock {
	t.Helper()
	c := &clock{rig: onMini(t), now: epoch}
	c.mini.SetTime(c.now)
	c.mini.ClockTTL(true)
	return c
}

func (c *clock) pass(d time.Duration) {
	c.now = c.now.Add(d)
	c.mini.SetTime(c.now)
}

// The window slides: checked at every millisecond at which something is granted, over twenty minutes of demand that is
// now patient, now greedy.
func TestWindow_Take_Slides(t *testing.T) {
	t.Parallel()
	const (
		limit = 180
		hand  = 2 // kept in hand
		span  = time.Minute
	)
	c := newClock(t)
	w := newWindow(t, c.Store, limit, span)
	random := rand.New(rand.NewPCG(1, 2))
	var all []granted
	end, total, refusals := c.now.Add(20*time.Minute), 0, 0
	for c.now.Before(end) {
		n := 1 + random.IntN(60)
		got, wait, err := w.Take(t.Context(), n)
		c.must(err)
		if got < 0 || got > n {
			t.Fatalf("Take(%d) = %d", n, got)
		}
		if total += got; got > 0 {
			all = append(all, granted{got, c.now, c.now})
			if n := grantedWithin(all, c.now.Add(-span), span); n > limit-hand {
				t.Fatalf("%d requests in the minute before %s, want at most %d", n, c.now.Sub(epoch), limit-hand)
			}
		}
		if got == 0 {
			refusals++
			if wait < time.Millisecond || wait > span+span/60+span/200 {
				t.Fatalf("Take(%d) = 0, %s; want about a minute at most", n, wait)
			}
			c.pass(wait)
			if got, _, err = w.Take(t.Context(), n); err != nil || got == 0 {
				t.Fatalf("Take(%d) = %d, %v; want some when the wait is over", n, got, err)
			}
			all = append(all, granted{got, c.now, c.now})
			total += got
			continue
		}
		c.pass(time.Duration(random.IntN(2000)) * time.Millisecond)
	}
	if want := 18 * (limit - hand); total < want || refusals < 20 {
		t.Errorf("%d requests in 20 minutes after %d refusals, want %d at least after 20", total, refusals, want)
	}
	if n := len(c.strings("HKEYS", c.prefix+windowKey)); n > 480+32+1 {
		t.Errorf("the hash has %d fields, want no more than the span has parts", n)
	}
}

// However long nobody asks, what was granted in the last minute is not forgotten, and what is older counts for nothing.
func TestWindow_Take_Seldom(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	w := newWindow(t, c.Store, 180, time.Minute)
	random := rand.New(rand.NewPCG(3, 4))
	var all []granted
	for range 2000 {
		got, _, err := w.Take(t.Context(), 1+random.IntN(200))
		c.must(err)
		all = append(all, granted{got, c.now, c.now})
		long := grantedWithin(all, c.now.Add(-time.Minute-time.Minute/60-time.Minute/480), time.Hour)
		if short := grantedWithin(all, c.now.Add(-time.Minute), time.Hour); short > 178 || got == 0 && long < 178 {
			t.Fatalf("at %s %d were granted: %d in the minute before, %d in what is counted", c.now.Sub(epoch), got, short, long)
		}
		c.pass(time.Duration(random.Int64N(int64([]time.Duration{time.Second, 2 * time.Minute, 10 * time.Minute}[random.IntN(3)]))))
	}
}

// Used at one stroke, the window is free again as a whole, a little more than its span later: requests are counted
// where they arrive.
func TestWindow_Take_AfterBurst(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	w := newWindow(t, c.Store, 180, time.Minute)
	for range 5 {
		c.take(w, 1000, 178)
		wait := c.take(w, 1000, 0)
		if wait < 61*time.Second || wait > 61500*time.Millisecond {
			t.Errorf("wait = %s, want 61s and a part of the span", wait)
		}
		c.pass(time.Minute) // Notion's, not ours
		c.take(w, 1000, 0)
		c.pass(wait - time.Minute)
	}
}

// Silence that Notion asks for ends when it has said, however little of the window it leaves, and what was granted
// before still counts.
func TestWindow_Block_Passes(t *testing.T) {
	t.Parallel()
	for name, silence := range map[string]time.Duration{
		"shorter than the span": 10 * time.Second, "longer than anything is remembered": time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock(t)
			w := newWindow(t, c.Store, 180, time.Minute)
			c.take(w, 100, 100)
			c.must(w.Block(t.Context(), silence))
			c.pass(silence - time.Millisecond)
			if wait := c.take(w, 1, 0); wait != time.Millisecond {
				t.Errorf("wait = %s, want 1ms", wait)
			}
			c.pass(time.Millisecond)
			c.take(w, 1000, map[bool]int{true: 78, false: 178}[silence < time.Minute])
		})
	}
}

// A silence that is over, or none at all, does not make the window forget.
func TestWindow_Block_ForgetsNothing(t *testing.T) {
	t.Parallel()
	for _, silence := range []time.Duration{0, time.Microsecond, -time.Hour, time.Second} {
		t.Run(silence.String(), func(t *testing.T) {
			t.Parallel()
			c := newClock(t)
			w := newWindow(t, c.Store, 180, time.Minute)
			c.take(w, 1000, 178)
			c.must(w.Block(t.Context(), silence))
			c.pass(time.Minute)
			c.take(w, 1, 0)
			c.pass(2 * time.Second)
			c.take(w, 1000, 178)
		})
	}
}

// A window of fewer requests than another has used grants none until enough are forgotten.
func TestWindow_Take_SmallerLimit(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	large, small := newWindow(t, c.Store, 600, time.Minute), newWindow(t, c.Store, 180, time.Minute)
	c.take(large, 400, 400)
	c.pass(30 * time.Second)
	c.take(large, 100, 100)
	for _, w := range []*store.Window{small, small} {
		if wait := c.take(w, 1, 0); wait > 32*time.Second {
			t.Errorf("wait = %s, want half a minute", wait)
		}
	}
	c.pass(32 * time.Second)
	c.take(small, 1000, 78)
}

// The next burst begins when what this one has used becomes free, and not with the rest of the one before.
func TestWindow_Next(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	w := newWindow(t, c.Store, 180, time.Minute)
	want := func(from, to time.Duration) {
		t.Helper()
		got, err := w.Next(t.Context())
		c.must(err)
		if got < from || got > to {
			t.Errorf("Next = %s, want %s to %s", got, from, to)
		}
	}
	want(61*time.Second, 62*time.Second) // nothing was used: what is used now
	c.take(w, 100, 100)
	c.pass(2 * time.Second)
	c.take(w, 1000, 78)
	c.pass(59 * time.Second)
	c.take(w, 1000, 0)
	c.pass(100 * time.Millisecond) // a hundred are free again
	c.take(w, 60, 60)
	c.pass(500 * time.Millisecond)
	c.take(w, 1000, 40)
	want(60*time.Second, 61*time.Second)
	c.pass(time.Second)
	want(59*time.Second, 60*time.Second)
	c.must(w.Block(t.Context(), time.Second)) // which is no request
	want(59*time.Second, 60*time.Second)
}
