package store

import (
	"context"
	"slices"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer"
)

// examine looks whether anything that makes a page published is missing. All pages share a command of each kind: services
// bill those in scripts too. KEYS: slugs, items, then for each page its bundle and the list in which it stands (its bundle
// again where it stands in none). ARGV: for each page slug, id, and 1 if it stands in a list, else 0. Returns for each page
// 1 if its bundle, its line in its index, its place there, or the note whose slug it is, is missing; else 0.
var examine = redis.NewScript(-1, `
local slugs, bundles, shown, lists = {}, {}, {}, {}
for i = 1, (#KEYS - 2) / 2 do
  local list, id = KEYS[2*i+2], ARGV[3*i-1]
  slugs[i], bundles[i] = ARGV[3*i-2], KEYS[2*i+1]
  if ARGV[3*i] == '1' then
    if not lists[list] then lists[list] = {} end
    table.insert(lists[list], id)
    table.insert(shown, id)
  end
end
local lacking = {} -- page ids
if #shown > 0 then
  for i, line in ipairs(redis.call('HMGET', KEYS[2], unpack(shown))) do lacking[shown[i]] = not line end
end
for list, ids in pairs(lists) do
  for i, place in ipairs(redis.call('ZMSCORE', list, unpack(ids))) do
    if not place then lacking[ids[i]] = true end
  end
end
local all = redis.call('EXISTS', unpack(bundles)) == #bundles
local answer, owners = {}, redis.call('HMGET', KEYS[1], unpack(slugs))
for i = 1, #slugs do
  local missing = lacking[ARGV[3*i-1]] or not owners[i] or not all and redis.call('EXISTS', bundles[i]) == 0
  answer[i] = missing and 1 or 0
end
return answer`)

// examineBatch is how many pages one script looks at: others wait for it.
const examineBatch = 250

// Examine tells of published pages whether anything that makes them so is missing.
func (s *Store) Examine(ctx context.Context, recs []*syncer.Record) ([]bool, error) {
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
