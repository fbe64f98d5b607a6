package store_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"notionsync/pkg/store"
)

// mute is a server that takes connections and says nothing.
func mute(t *testing.T) (address string, taken *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken = new(atomic.Int64)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			taken.Add(1)
			all.Go(func() {
				defer c.Close()
				_, _ = c.Read(make([]byte, 1<<20)) // what was asked
				_, _ = c.Read(make([]byte, 1<<20)) // until the other end is closed
			})
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return l.Addr().String(), taken
}

// soon fails the test unless a call ends with ErrUnreachable before a route's patience with Redis is over.
func soon(t *testing.T, call func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	if err := call(ctx); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("the call ends with %v, want ErrUnreachable", err)
	}
}

// A Redis that takes connections and stays silent, or whose TLS does, is found out on the first of them. (To take a lease is
// to give it back too where that is in doubt; and where TLS is silent, the server is asked once whether it speaks without.)
func TestErrUnreachable_Silent(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for _, scheme := range []string{"redis://", "rediss://", "redis://default:" + password + "@"} {
		for _, row := range []struct {
			call  func(*store.Store, context.Context) error
			tries int64
		}{
			{func(s *store.Store, ctx context.Context) error { _, err := s.Held(ctx); return err }, 1},
			{func(s *store.Store, ctx context.Context) error { _, err := s.Schedule(ctx); return err }, 1},
			{func(s *store.Store, ctx context.Context) error { _, err := s.Acquire(ctx); return err }, 2},
		} {
			address, taken := mute(t)
			s, err := store.New(scheme+address, "")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			all.Go(func() {
				soon(t, func(ctx context.Context) error { return row.call(s, ctx) })
				if scheme == "rediss://" {
					row.tries++
				}
				if n := taken.Load(); n > row.tries {
					t.Errorf("%d connections were tried, want %d", n, row.tries)
				}
			})
		}
	}
	all.Wait()
}

// However many connections are idle when they fall silent, one other is tried, a fresh one: with a Redis that is well, that
// works.
func TestStore_ConnectionsFallSilent(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for _, well := range []bool{true, false} {
		r := onMini(t)
		p := newProxy(t, r.url)
		s := r.another(p.url())
		p.delay(20 * time.Millisecond)
		var busy sync.WaitGroup
		for range 8 {
			busy.Go(func() {
				if _, err := s.Held(t.Context()); err != nil {
					t.Errorf("Held: %v", err)
				}
			})
		}
		busy.Wait()
		if well {
			p.holdThese()
		} else {
			p.hold()
		}
		all.Go(func() {
			if !well {
				soon(t, func(ctx context.Context) error { _, err := s.Held(ctx); return err })
			} else if _, err := s.Held(t.Context()); err != nil {
				t.Errorf("Held, when fresh connections are answered: %v", err)
			}
		})
	}
	all.Wait()
}
