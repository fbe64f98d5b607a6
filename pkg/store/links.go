package store

import (
	"context"
	"strings"
)

// manyLinkers stands in place of a list of linkers that has become too long; see scripts/transact.lua.
const manyLinkers = "*"

// linksMark is a field beside those of pages and blocks. Where it is missing Redis has lost who links to what.
const linksMark = "-"

// Linkers returns the pages whose content links to one of the given.
func (s *Store) Linkers(ctx context.Context, ids ...string) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ids = unique(ids)
	lists, err := s.hmget(ctx, s.keys.links(), append(ids, linksMark))
	if err != nil {
		return nil, err
	}
	lost := lists[len(ids)] == nil
	var linkers, popular []string
	for i, list := range lists[:len(ids)] {
		if lost || string(list) == manyLinkers {
			popular = append(popular, ids[i])
			continue
		}
		linkers = append(linkers, strings.FieldsFunc(string(list), func(r rune) bool { return r == ',' })...)
	}
	if len(popular) > 0 {
		more, err := s.walkLinkers(ctx, popular)
		if err != nil {
			return nil, err
		}
		linkers = append(linkers, more...)
	}
	return unique(linkers), nil
}

// walkLinkers finds the linkers in the records, a thousand records a command.
func (s *Store) walkLinkers(ctx context.Context, targets []string) (linkers []string, err error) {
	for cursor := ""; ; {
		recs, next, err := s.ScanRecords(ctx, cursor)
		if err != nil {
			return nil, err
		}
		for _, rec := range recs {
			links := shows(rec)
			for _, target := range targets {
				if _, ok := links[target]; ok {
					linkers = append(linkers, rec.ID)
					break
				}
			}
		}
		if cursor = next; cursor == "" {
			return linkers, nil
		}
	}
}
