package work

import (
	"context"
	"errors"
	"sync"
	"time"

	"notionsync/pkg/syncer/model"
)

// Release gives the lease back even when ctx has ended.
func Release(ctx context.Context, lease model.Lease) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = lease.Release(ctx) // what cannot be given back runs out
}

const extendEvery = 3 * time.Second // the lease is renewed so often; it lasts about 10 s

// KeepLease extends the lease until stop is called. The context that it returns ends when the lease is lost, and with it the
// right to go on.
func (inv *Invocation) KeepLease(ctx context.Context) (held context.Context, stop func()) {
	held, lose := context.WithCancelCause(ctx)
	keeping, end := context.WithCancel(ctx)
	var keeper sync.WaitGroup
	keeper.Go(func() {
		for Sleep(keeping, extendEvery) == nil {
			if err := inv.Lease.Extend(keeping); errors.Is(err, model.ErrLeaseLost) {
				lose(model.ErrLeaseLost)
				return
			}
		}
	})
	return held, func() {
		end()
		keeper.Wait()
		lose(errStopSlice)
	}
}

// Sleep waits, or returns the cause of ctx's end.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
