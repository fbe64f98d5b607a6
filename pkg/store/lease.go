package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-redsync/redsync/v4"
	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer"
)

// leaseTTL is how long a lease lasts that is not extended. It need not outlive a function: the message that a killed
// one leaves behind waits for the lease to run out.
const leaseTTL = 10 * time.Second

// lease is a redsync mutex whose value every write compares in its own transaction.
type lease struct {
	store *Store
	mutex *redsync.Mutex
}

var _ syncer.Lease = (*lease)(nil)

// Acquire takes the lease.
func (s *Store) Acquire(ctx context.Context) (syncer.Lease, error) {
	mutex := s.locks.NewMutex(s.keys.lease(), redsync.WithExpiry(leaseTTL), redsync.WithTries(1))
	if err := mutex.TryLockContext(ctx); err != nil {
		return nil, lockError(ctx, err, syncer.ErrHeld)
	}
	return &lease{s, mutex}, nil
}

// Held reports whether somebody has the lease.
func (s *Store) Held(ctx context.Context) (bool, error) {
	return redis.Bool(s.do(ctx, "EXISTS", s.keys.lease()))
}

// Extend begins the lease's time anew.
func (l *lease) Extend(ctx context.Context) error {
	ok, err := l.mutex.ExtendContext(ctx)
	if err != nil {
		return lockError(ctx, err, syncer.ErrLeaseLost)
	}
	if !ok {
		return syncer.ErrLeaseLost
	}
	return nil
}

// Release gives the lease back.
func (l *lease) Release(ctx context.Context) error {
	if _, err := l.mutex.UnlockContext(ctx); err != nil {
		if err = lockError(ctx, err, nil); err != nil {
			return err
		}
	}
	return nil
}

// lockError tells a lock that is another's from a Redis that could not be asked.
func lockError(ctx context.Context, err, others error) error {
	var failed *redsync.RedisError
	if errors.As(err, &failed) {
		return broken(ctx, failed.Err)
	}
	var taken *redsync.ErrTaken
	var node *redsync.ErrNodeTaken
	switch {
	case errors.As(err, &taken), errors.As(err, &node), errors.Is(err, redsync.ErrFailed),
		errors.Is(err, redsync.ErrLockAlreadyExpired), errors.Is(err, redsync.ErrExtendFailed):
		return others
	}
	return fmt.Errorf("%w: lease: %w", ErrUnreachable, err)
}

// SaveJob stores the job's document and adds to its counters.
func (l *lease) SaveJob(ctx context.Context, j *syncer.Job, add syncer.Counts) error {
	s, k := l.store, l.store.keys
	raw := encode(j)
	tx := s.begin(l.mutex.Value())
	if j.Raw != "" {
		tx.op("same", k.job(j.ID), fieldDoc, j.Raw, raw)
	}
	tx.op("HSET", k.job(j.ID), fieldDoc, raw)
	tx.count(j.ID, add)
	if j.State != syncer.Queued {
		tx.op("unwait", k.waiting(), j.ID)
	}
	lasting := []string{k.job(j.ID), k.errors(j.ID), k.warnings(j.ID)}
	working := []string{
		k.todo(j.ID), k.entries(j.ID), k.seen(j.ID), k.drafts(j.ID), k.complete(j.ID),
		k.set(j.ID, string(syncer.SetFaces)), k.set(j.ID, string(syncer.SetLists)), k.set(j.ID, string(syncer.SetMissing)),
	}
	if j.Ended() {
		tx.op("unless", k.running(), j.ID)
		for _, key := range working {
			tx.op("DEL", key)
		}
	} else {
		tx.op("SET", k.running(), j.ID)
		lasting = append(lasting, working...)
	}
	for _, key := range lasting {
		tx.op("EXPIRE", key, int(jobTTL.Seconds()))
	}
	if err := tx.run(ctx); err != nil {
		return err
	}
	j.Raw = string(raw)
	return nil
}
