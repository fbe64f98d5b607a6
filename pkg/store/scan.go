package store

import (
	"cmp"
	"context"
	"strings"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
)

const scanCount = 1000 // what one command of a walk looks at

// ScanRecords walks all records.
func (s *Store) ScanRecords(ctx context.Context, cursor string) ([]*model.Record, string, error) {
	raws, cursor, err := s.hscan(ctx, s.keys.pages(), cursor)
	var recs []*model.Record
	for _, raw := range raws {
		if rec, ok := recordOf(raw); ok {
			recs = append(recs, &rec)
		}
	}
	return recs, cursor, err
}

// ScanOwners walks all slugs that pages have or have reserved.
func (s *Store) ScanOwners(ctx context.Context, cursor string) (map[string]string, string, error) {
	pairs, next, err := scanned(s.do(ctx, "HSCAN", s.keys.slugs(), cmp.Or(cursor, "0"), "COUNT", scanCount))
	owners := map[string]string{}
	for i := 1; i < len(pairs); i += 2 {
		owners[string(pairs[i-1])] = string(pairs[i])
	}
	return owners, next, err
}

// ScanFiles walks all files that are kept.
func (s *Store) ScanFiles(ctx context.Context, cursor string) (map[string]model.KeptFile, string, error) {
	pairs, next, err := scanned(s.do(ctx, "HSCAN", s.keys.files(), cmp.Or(cursor, "0"), "COUNT", scanCount))
	files := map[string]model.KeptFile{}
	for i := 1; i < len(pairs); i += 2 {
		if file, ok := decode[model.KeptFile](pairs[i]); ok {
			files[string(pairs[i-1])] = file
		}
	}
	return files, next, err
}

// escapeGlob has a prefix stand for itself in a pattern.
var escapeGlob = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`)

// ScanBundles walks the slugs at which something is published.
func (s *Store) ScanBundles(ctx context.Context, cursor string) (map[string]string, string, error) {
	return s.scanNames(ctx, s.keys.page(""), cursor)
}

// ScanEntries walks the ids of the inner databases that have an entry.
func (s *Store) ScanEntries(ctx context.Context, cursor string) (map[string]string, string, error) {
	return s.scanNames(ctx, s.keys.index("db:"), cursor)
}

// scanNames walks what follows a prefix in the names of keys.
func (s *Store) scanNames(ctx context.Context, prefix, cursor string) (map[string]string, string, error) {
	names, next, err := scanned(s.do(ctx, "SCAN", cmp.Or(cursor, "0"), "MATCH", escapeGlob.Replace(prefix)+"*", "COUNT", scanCount))
	found := map[string]string{}
	for _, name := range names {
		found[strings.TrimPrefix(string(name), prefix)] = ""
	}
	return found, next, err
}

// hscan walks the values of a hash. The walk begins and is over with an empty cursor.
func (s *Store) hscan(ctx context.Context, key, cursor string) (values [][]byte, next string, err error) {
	pairs, next, err := scanned(s.do(ctx, "HSCAN", key, cmp.Or(cursor, "0"), "COUNT", scanCount))
	for i := 1; i < len(pairs); i += 2 {
		values = append(values, pairs[i])
	}
	return values, next, err
}

// scanned reads the answer to a command that walks.
func scanned(reply any, err error) (found [][]byte, next string, _ error) {
	parts, err := redis.Values(reply, err)
	if err != nil {
		return nil, "", err
	}
	if _, err := redis.Scan(parts, &next, &found); err != nil {
		return nil, "", err
	}
	if next == "0" {
		next = ""
	}
	return found, next, nil
}
