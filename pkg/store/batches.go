package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/gomodule/redigo/redis"
)

const (
	changeWait    = 300 * time.Millisecond // how long a change waits for others
	changesAtOnce = 64
	bytesAtOnce   = 512 << 10 // far below the request limit of any plan of a Redis service, and little of our memory

	readWait    = 3 * time.Millisecond // little beside the time that Notion takes to answer
	readsAtOnce = 100
)

// changes are the commits under one lease. Applied by one run of the script, many of them cost hardly more commands than
// one.
type changes = batcher[*tx, struct{}]

func (s *Store) newChanges(token string, known *lapsing) *changes {
	return &changes{
		wait: changeWait, count: changesAtOnce, size: (*tx).size, full: bytesAtOnce,
		ask: func(ctx context.Context, list []*tx) []answer[struct{}] {
			answers := make([]answer[struct{}], len(list))
			for i, err := range s.apply(ctx, token, list...) {
				if answers[i].err = err; err == nil {
					known.add(list[i].lapses)
				}
			}
			return answers
		},
	}
}

func (s *Store) newReads() *reads {
	return &reads{
		wait: readWait, count: readsAtOnce,
		size: func(r hashRead) int { return len(r.fields) }, full: readBatch,
		ask: func(ctx context.Context, list []hashRead) []answer[[][]byte] {
			answers := make([]answer[[][]byte], len(list))
			fields := map[string][]string{} // by key
			for _, r := range list {
				fields[r.key] = append(fields[r.key], r.fields...)
			}
			values, err := s.hmgets(ctx, fields)
			for i, r := range list {
				if answers[i].err = err; err != nil {
					continue
				}
				for _, field := range r.fields {
					answers[i].value = append(answers[i].value, values[r.key][field])
				}
			}
			return answers
		},
	}
}

// hmget reads fields of a hash, in one batch with others who read at the same time. An absent field is nil.
func (s *Store) hmget(ctx context.Context, key string, fields []string) ([][]byte, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	if len(fields) > readBatch/2 {
		return s.hmgetAlone(ctx, key, fields)
	}
	return s.reads.do(ctx, hashRead{key, fields}, true)
}

// hmgetAlone reads fields of a hash without waiting for others.
func (s *Store) hmgetAlone(ctx context.Context, key string, fields []string) ([][]byte, error) {
	var values [][]byte
	for batch := range slices.Chunk(fields, readBatch) {
		some, err := redis.ByteSlices(s.do(ctx, "HMGET", append([]any{key}, anys(batch)...)...))
		if err != nil {
			return nil, err
		}
		values = append(values, some...)
	}
	return values, nil
}

// hmgets reads fields of several hashes with one command for each.
func (s *Store) hmgets(ctx context.Context, fields map[string][]string) (map[string]map[string][]byte, error) {
	names := slices.Sorted(maps.Keys(fields))
	commands := make([][]any, len(names))
	for i, key := range names {
		fields[key] = unique(fields[key])
		commands[i] = append([]any{"HMGET", key}, anys(fields[key])...)
	}
	replies, err := s.pipeline(ctx, commands...)
	if err != nil {
		return nil, err
	}
	values := map[string]map[string][]byte{}
	for i, key := range names {
		some, err := redis.ByteSlices(replies[i], nil)
		if err != nil {
			return nil, err
		}
		values[key] = map[string][]byte{}
		for n, field := range fields[key] {
			values[key][field] = some[n]
		}
	}
	return values, nil
}

func anys(list []string) []any {
	args := make([]any, len(list))
	for i, v := range list {
		args[i] = v
	}
	return args
}
