package syncer

import (
	"context"
	"errors"
	"sync"
	"time"
)

// release gives the lease back even when ctx has ended.
func release(ctx context.Context, lease Lease) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = lease.Release(ctx) // what cannot be given back runs out
}

const extendEvery = 3 * time.Second // the lease is renewed so often; it lasts about 10 s

// keepLease extends the lease until stop is called. The context that it returns ends when the lease is lost, and with it the
// right to go on.
func (inv *Invocation) keepLease(ctx context.Context) (held context.Context, stop func()) {
	held, lose := context.WithCancelCause(ctx)
	keeping, end := context.WithCancel(ctx)
	var keeper sync.WaitGroup
	keeper.Go(func() {
		for sleep(keeping, extendEvery) == nil {
			if err := inv.lease.Extend(keeping); errors.Is(err, ErrLeaseLost) {
				lose(ErrLeaseLost)
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
