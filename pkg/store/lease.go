package store

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// leaseTTL is how long a lease lasts that is not extended. It need not outlive a function: the message that a killed
// one leaves behind waits for the lease to run out.
const leaseTTL = 10 * time.Second

// lease is a key that holds a random token, for as long as it is extended. Every write compares the token in its own
// transaction: see scripts/transact.lua.
type lease struct {
	store   *Store
	token   string
	changes *changes
	lapsing *lapsing
}

var _ model.Lease = (*lease)(nil)

// Acquire takes the lease.
func (s *Store) Acquire(ctx context.Context) (model.Lease, error) {
	token := rand.Text()
	_, err := redis.String(s.do(ctx, "SET", s.keys.lease(), token, "NX", "PX", leaseTTL.Milliseconds()))
	if errors.Is(err, redis.ErrNil) {
		err = s.refuse(ctx, token)
	}
	if err != nil {
		return nil, err
	}
	known := &lapsing{names: map[string]bool{}}
	return &lease{s, token, s.newChanges(token, known), known}, nil
}

// refuse says why the lease was not to be had: ErrHeld, or nil if it is ours, because the answer was lost that said so. A
// lease that never runs out, which only a stranger can have left, begins to run out.
func (s *Store) refuse(ctx context.Context, token string) error {
	key := s.keys.lease()
	if ours, err := s.extend(ctx, token); ours || err != nil {
		return err
	}
	ttl, err := redis.Int(s.do(ctx, "PTTL", key))
	if err == nil && ttl == -1 {
		_, err = s.do(ctx, "PEXPIRE", key, leaseTTL.Milliseconds())
	}
	return errors.Join(model.ErrHeld, err)
}

// Held reports whether somebody has the lease.
func (s *Store) Held(ctx context.Context) (bool, error) {
	return redis.Bool(s.do(ctx, "EXISTS", s.keys.lease()))
}

func (s *Store) extend(ctx context.Context, token string) (bool, error) {
	return redis.Bool(s.eval(ctx, extend, 1, []any{s.keys.lease(), token, leaseTTL.Milliseconds()}))
}

// Extend begins the lease's time anew.
func (l *lease) Extend(ctx context.Context) error {
	ours, err := l.store.extend(ctx, l.token)
	if err == nil && !ours {
		return model.ErrLeaseLost
	}
	return err
}

// Release gives the lease back.
func (l *lease) Release(ctx context.Context) error {
	_, err := l.store.eval(ctx, release, 1, []any{l.store.keys.lease(), l.token})
	return err
}

// SaveJob stores the job's document and adds to its counters.
func (l *lease) SaveJob(ctx context.Context, j *model.Job, add model.Counts) error {
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
	if j.State != model.Queued {
		tx.op("unwait", k.waiting(), j.ID)
	}
	account := []string{k.job(j.ID), k.errors(j.ID), k.warnings(j.ID)}
	working := []string{
		k.todo(j.ID), k.entries(j.ID), k.seen(j.ID), k.drafts(j.ID), k.complete(j.ID), k.parts(j.ID),
		k.set(j.ID, string(model.SetChanged)), k.set(j.ID, string(model.SetLists)), k.set(j.ID, string(model.SetMissing)),
	}
	if j.State == model.Done {
		for _, set := range lasting { // what it has come to; the others leave it to the next job
			tx.op("copy", k.owed(string(set)), keyRef(k.set(j.ID, string(set))))
		}
	}
	switch {
	case j.Ended():
		tx.op("unless", k.running(), j.ID)
		for n := range int(j.Counts[model.CountObjects])/work.ObjectsTogether + 1 {
			working = append(working, k.objects(j.ID, n+1))
		}
		for _, key := range working {
			tx.op("DEL", key)
		}
	case j.NextID == "" && j.Slice%prolongEvery == 0: // once in a while, when a slice is over
		account = append(account, working...)
	default:
		account = account[:1]
	}
	if j.State == model.Running {
		tx.op("SET", k.running(), j.ID)
	}
	for _, key := range account {
		tx.op("EXPIRE", key, int(jobTTL.Seconds()))
	}
	if err := s.apply(ctx, l.token, tx)[0]; err != nil {
		return err
	}
	j.Raw = string(raw)
	return nil
}
