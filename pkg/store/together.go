package store

import (
	"context"
	"slices"
	"time"

	"github.com/gomodule/redigo/redis"
)

const (
	changePatience = 100 * time.Millisecond // how long a change waits for company
	changesAtOnce  = 64
	bytesAtOnce    = 512 << 10 // a plan's request limit, and our memory, stay out of it

	readPatience = time.Millisecond // pages are begun many at once, so this is enough
	readsAtOnce  = 100
)

// changes brings commits under one lease together: applied by one script they cost few more commands than one of them.
type changes = gather[*tx, struct{}]

func (s *Store) newChanges(token func() string) *changes {
	return &changes{
		patience: changePatience, count: changesAtOnce, bytes: bytesAtOnce, size: (*tx).size,
		ask: func(ctx context.Context, list []*tx) []answer[struct{}] {
			answers := make([]answer[struct{}], len(list))
			for i, err := range s.apply(ctx, token(), list...) {
				answers[i].err = err
			}
			return answers
		},
	}
}

// reads brings together what is read of one hash.
type reads = gather[[]string, [][]byte]

func (s *Store) newReads(key string) *reads {
	return &reads{
		patience: readPatience, count: readsAtOnce, bytes: readBatch, size: func(fields []string) int { return len(fields) },
		ask: func(ctx context.Context, list [][]string) []answer[[][]byte] {
			answers := make([]answer[[][]byte], len(list))
			fields := unique(slices.Concat(list...))
			values, err := s.hmgetAlone(ctx, key, fields)
			for i, wanted := range list {
				if answers[i].err = err; err != nil {
					continue
				}
				for _, field := range wanted {
					at, _ := slices.BinarySearch(fields, field)
					answers[i].value = append(answers[i].value, values[at])
				}
			}
			return answers
		},
	}
}

// hmget reads fields of a hash, together with others who read of it at the same time; an absent one is nil.
func (s *Store) hmget(ctx context.Context, key string, fields []string) ([][]byte, error) {
	shared := s.reads[key]
	if shared == nil || len(fields) == 0 || len(fields) > readBatch/2 {
		return s.hmgetAlone(ctx, key, fields)
	}
	return shared.do(ctx, fields, true)
}

// hmgetAlone reads fields of a hash.
func (s *Store) hmgetAlone(ctx context.Context, key string, fields []string) ([][]byte, error) {
	var values [][]byte
	for batch := range slices.Chunk(fields, readBatch) {
		args := []any{key}
		for _, f := range batch {
			args = append(args, f)
		}
		some, err := redis.ByteSlices(s.do(ctx, "HMGET", args...))
		if err != nil {
			return nil, err
		}
		values = append(values, some...)
	}
	return values, nil
}
