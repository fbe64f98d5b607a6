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
	store   *Store
	mutex   *redsync.Mutex
	changes *changes
	lapsing *lapsing
}

var _ syncer.Lease = (*lease)(nil)

// Acquire takes the lease.
func (s *Store) Acquire(ctx context.Context) (syncer.Lease, error) {
	mutex := s.locks.NewMutex(s.keys.lease(), redsync.WithExpiry(leaseTTL), redsync.WithTries(1),
		redsync.WithTimeoutFactor(0.5)) // a connection over TLS to another region takes its time
	err := s.patiently(ctx, func() error { return lockError(ctx, mutex.TryLockContext(ctx), syncer.ErrHeld) })
	if errors.Is(err, syncer.ErrHeld) {
		err = errors.Join(err, s.mendLease(ctx))
	}
	if err != nil {
		return nil, err
	}
	known := &lapsing{names: map[string]bool{}}
	return &lease{s, mutex, s.newChanges(mutex.Value, known), known}, nil
}

// mendLease sees to it that a lease held by nobody we know, one that would never run out, is free in a while.
func (s *Store) mendLease(ctx context.Context) error {
	key := s.keys.lease()
	s.quarantine(ctx, []string{key})
	if ttl, err := redis.Int(s.plain(ctx, "PTTL", key)); err != nil || ttl != -1 {
		return err
	}
	_, err := s.plain(ctx, "PEXPIRE", key, leaseTTL.Milliseconds())
	return err
}

// Held reports whether somebody has the lease.
func (s *Store) Held(ctx context.Context) (bool, error) {
	return redis.Bool(s.do(ctx, "EXISTS", s.keys.lease()))
}

// Extend begins the lease's time anew.
func (l *lease) Extend(ctx context.Context) error {
	return l.store.patiently(ctx, func() error {
		ok, err := l.mutex.ExtendContext(ctx)
		if err == nil && !ok {
			return syncer.ErrLeaseLost
		}
		return lockError(ctx, err, syncer.ErrLeaseLost)
	})
}

// Release gives the lease back.
func (l *lease) Release(ctx context.Context) error {
	return l.store.patiently(ctx, func() error {
		_, err := l.mutex.UnlockContext(ctx)
		return lockError(ctx, err, nil)
	})
}

// lockError tells a lock that is another's from a Redis that could not be asked.
func lockError(ctx context.Context, err, others error) error {
	if err == nil {
		return nil
	}
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
	tx := s.begin()
	tx.op("done", k.job(j.ID), fieldDoc, raw)
	if j.Raw != "" {
		tx.op("same", k.job(j.ID), fieldDoc, j.Raw)
	}
	tx.op("HSET", k.job(j.ID), fieldDoc, raw)
	tx.op("NX", k.jobs(), j.TriggeredAt.UnixMilli(), j.ID)
	tx.count(j.ID, add)
	if j.State != syncer.Queued {
		tx.op("unwait", k.waiting(), j.ID)
	}
	account := []string{k.job(j.ID), k.errors(j.ID), k.warnings(j.ID)}
	working := []string{
		k.todo(j.ID), k.entries(j.ID), k.seen(j.ID), k.drafts(j.ID), k.complete(j.ID), k.parts(j.ID),
		k.set(j.ID, string(syncer.SetFaces)), k.set(j.ID, string(syncer.SetLists)), k.set(j.ID, string(syncer.SetMissing)),
	}
	if j.State == syncer.Done {
		for _, set := range lasting { // what it has come to; the others leave it to the next job
			tx.op("copy", k.owed(string(set)), keyRef(k.set(j.ID, string(set))))
		}
	}
	switch {
	case j.Ended():
		tx.op("unless", k.running(), j.ID)
		for _, key := range working {
			tx.op("DEL", key)
		}
	case j.NextID == "" && j.Slice%prolongEvery == 0: // once in a while, when a slice is over
		account = append(account, working...)
	default:
		account = account[:1]
	}
	if j.State == syncer.Running {
		tx.op("SET", k.running(), j.ID)
	}
	for _, key := range account {
		tx.op("EXPIRE", key, int(jobTTL.Seconds()))
	}
	if err := s.apply(ctx, l.mutex.Value(), tx)[0]; err != nil {
		return err
	}
	j.Raw = string(raw)
	return nil
}
