package store

import (
	"context"
	"slices"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
)

// examineBatch is how many pages one script looks at: others wait for it.
const examineBatch = 250

// Examine tells of published pages whether anything that makes them so is missing.
func (s *Store) Examine(ctx context.Context, recs []*model.Record) ([]bool, error) {
	var missing []bool
	for batch := range slices.Chunk(recs, examineBatch) {
		names := []any{s.keys.slugs(), s.keys.items()}
		var args []any
		for _, rec := range batch {
			bundle := s.keys.page(rec.Slug)
			list := bundle
			if rec.List != "" {
				list = s.keys.list(rec.List)
			}
			names = append(names, bundle, list)
			args = append(args, rec.Slug, rec.ID, rec.List != "")
		}
		found, err := redis.Ints(s.evalOn(ctx, examine, names, slices.Concat([]any{len(names)}, names, args)))
		if err != nil || len(found) != len(batch) {
			return nil, orReply(err)
		}
		for _, n := range found {
			missing = append(missing, n == 1)
		}
	}
	return missing, nil
}

// Lacking returns those of some indexes that are not there.
func (s *Store) Lacking(ctx context.Context, indexes []string) ([]string, error) {
	if len(indexes) == 0 {
		return nil, nil
	}
	names := make([]any, len(indexes))
	for i, name := range indexes {
		names[i] = s.keys.index(name)
	}
	if n, err := redis.Int(s.do(ctx, "EXISTS", names...)); err != nil || n == len(indexes) {
		return nil, err
	}
	var lacking []string
	for i, name := range indexes {
		there, err := redis.Bool(s.do(ctx, "EXISTS", names[i]))
		if err != nil {
			return nil, err
		}
		if !there {
			lacking = append(lacking, name)
		}
	}
	return lacking, nil
}
