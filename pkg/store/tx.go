package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
)

// tx collects the operations of one change; see scripts/transact.lua.
type tx struct {
	store  *Store
	ops    []op
	lapses []string // keys that have a time to live from then on
}

type op struct {
	name, key string
	args      []any
}

// keyRef is an argument that names a key, of which the script gets the index.
type keyRef string

func (s *Store) begin() *tx { return &tx{store: s} }

// op adds an operation.
func (t *tx) op(name, key string, args ...any) { t.ops = append(t.ops, op{name, key, args}) }

// members adds an operation for any number of members.
func (t *tx) members(name, key string, members []string) {
	if len(members) == 0 {
		return
	}
	t.op(name, key, anys(members)...)
}

// lapse sees to it that what is kept for a job goes in time even if nobody ever comes back to it: every key that the
// change touches of those that begin with prefix. Those that are known to lapse already it leaves alone: a slice's end
// prolongs them all.
func (t *tx) lapse(prefix string, known *lapsing) {
	names := map[string]bool{} // false: it goes at once
	for _, op := range t.ops {
		names[op.key] = op.name != "DEL"
		for _, arg := range op.args {
			if name, ok := arg.(keyRef); ok {
				names[string(name)] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if names[name] && strings.HasPrefix(name, prefix) && !known.has(name) {
			t.op("EXPIRE", name, int(jobTTL.Seconds()))
			t.lapses = append(t.lapses, name)
		}
	}
}

// lapsing are keys that are known to have a time to live.
type lapsing struct {
	mu    sync.Mutex
	names map[string]bool
}

func (l *lapsing) has(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.names[name]
}

func (l *lapsing) add(names []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range names {
		l.names[name] = true
	}
}

func (t *tx) count(job string, add model.Counts) {
	for name, n := range add {
		if n != 0 {
			t.op("count", t.store.keys.job(job), counter+name, n)
		}
	}
}

func (t *tx) size() (n int) {
	for _, op := range t.ops {
		for _, arg := range op.args {
			switch arg := arg.(type) {
			case []byte:
				n += len(arg)
			case string:
				n += len(arg)
			}
		}
	}
	return n
}

// apply applies changes under the lease with this token, and returns what became of each.
func (s *Store) apply(ctx context.Context, token string, changes ...*tx) []error {
	results, err := s.transact(ctx, token, changes)
	if err == nil {
		return results
	}
	if len(changes) > 1 && !isOurs(err) && !errors.Is(err, ErrUnreachable) && ctx.Err() == nil {
		results = results[:0] // Redis would not take one of them: which?
		for _, change := range changes {
			results = append(results, s.apply(ctx, token, change)...)
		}
		return results
	}
	if refused(err) {
		err = fmt.Errorf("%w (%d bytes): %w", model.ErrValueRefused, changes[0].size(), err)
	}
	results = make([]error, len(changes))
	for i := range results {
		results[i] = err
	}
	return results
}

// transact sends changes as one transaction. It is repeated once if the connection broke: what it tests first tells
// whether it took effect.
func (s *Store) transact(ctx context.Context, token string, changes []*tx) ([]error, error) {
	names, args := flatten(s.keys.lease(), token, changes)
	all := slices.Concat([]any{len(names)}, anys(names), args)
	reply, err := redis.Strings(s.evalOn(ctx, transact, anys(names), all))
	if err != nil {
		return nil, err
	}
	if len(reply) == 1 && reply[0] == "LOST" {
		return nil, model.ErrLeaseLost
	}
	if len(reply) != 3*len(changes) {
		return nil, fmt.Errorf("%w: transaction of %d changes answered %q", errReply, len(changes), reply)
	}
	results := make([]error, len(changes))
	for i := range changes {
		switch reply[3*i] {
		case "OK":
		case "STALE":
			results[i] = model.ErrStale
		case "CHANGED":
			results[i] = model.ErrChanged
		case "TAKEN":
			results[i] = &model.SlugTaken{Slug: reply[3*i+1], Owner: reply[3*i+2]}
		default:
			results[i] = fmt.Errorf("%w: transaction answered %q", errReply, reply[3*i])
		}
	}
	return results, nil
}

// flatten writes changes as the script takes them: all keys, each once, and the arguments.
func flatten(lease, token string, changes []*tx) (names []string, args []any) {
	index := map[string]int{}
	key := func(name string) int {
		i, known := index[name]
		if !known {
			names = append(names, name)
			i = len(names)
			index[name] = i
		}
		return i
	}
	key(lease)
	args = append(args, token)
	for _, change := range changes {
		args = append(args, "change", 1, 0)
		for _, op := range change.ops {
			args = append(args, op.name, key(op.key), len(op.args))
			for _, arg := range op.args {
				if name, ok := arg.(keyRef); ok {
					arg = key(string(name))
				}
				args = append(args, arg)
			}
		}
	}
	return names, args
}

// refused reports whether Redis answered that it will not take a value: no memory left, or larger than the plan allows
// (texts of Redis 7 and Upstash, read 2026-08).
func refused(err error) bool {
	var answer redis.Error
	if !errors.As(err, &answer) {
		return false
	}
	for _, text := range []string{"OOM ", "max request size", "max single record size", "capacity quota", "invalid bulk length"} {
		if strings.Contains(string(answer), text) {
			return true
		}
	}
	return false
}
