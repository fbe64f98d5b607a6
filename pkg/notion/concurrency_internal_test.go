package notion

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// Whose context has ended when its request may begin gives its place to others.
func TestFlight_endsAsItBegins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newConcurrency(1)
		if err := f.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		second := make(chan error, 1)
		go func() { second <- f.enter(ctx) }()
		synctest.Wait()
		f.mu.Lock()
		cancel()
		f.active-- // the first request ends before the second has had time to leave the queue
		f.admit()
		f.mu.Unlock()
		if err := <-second; !errors.Is(err, context.Canceled) || f.active != 0 || f.queue.len() != 0 {
			t.Errorf("enter = %v, %d requests under way, %d waiting, want it to have given up", err, f.active, f.queue.len())
		}
	})
}
