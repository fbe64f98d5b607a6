package store

import (
	"context"
	"slices"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer"
)

// relist puts pages back into the lists in which they stand, and takes out what does not stand there.
func (t *commit) relist(c *syncer.Change) {
	for _, rec := range c.Relist {
		t.op("ZADD", t.k.list(rec.List), place(rec), rec.ID)
	}
	for list, ids := range c.Unlist {
		t.members("ZREM", t.k.list(list), ids)
	}
}

// What examine finds wrong with a page.
const (
	wrongContent = 1 << iota
	wrongList
	wrongSlug
)

// examine looks whether pages are published as their records say. Bundles and lines are told by how they begin and end;
// they do not leave Redis. All pages share a command of each kind: services bill those in scripts too. KEYS: slugs, items,
// then for each page its bundle and the list in which it stands (its bundle again where it stands in none). ARGV: for each
// page slug, id, how its bundle begins, how its line begins (empty: it has none), its place in the list. Returns for each
// page what is wrong, a sum of the above.
var examine = redis.NewScript(-1, named+`
local slugs, bundles, shown, lists = {}, {}, {}, {}
for i = 1, (#KEYS - 2) / 2 do
  slugs[i], bundles[i] = ARGV[5*i-4], KEYS[2*i+1]
  if ARGV[5*i-1] ~= '' then
    local list = KEYS[2*i+2]
    if not lists[list] then lists[list] = {} end
    table.insert(lists[list], ARGV[5*i-3])
    table.insert(shown, ARGV[5*i-3])
  end
end
local items, places = {}, {}
if #shown > 0 then
  for i, item in ipairs(redis.call('HMGET', KEYS[2], unpack(shown))) do items[shown[i]] = item or '' end
end
for list, ids in pairs(lists) do
  for i, place in ipairs(redis.call('ZMSCORE', list, unpack(ids))) do places[ids[i]] = place end
end
local texts = redis.call('MGET', unpack(bundles))
local answer, reserved = {}, redis.call('HMGET', KEYS[1], unpack(slugs))
for i = 1, #slugs do
  local id, head, line, text, wrong = ARGV[5*i-3], ARGV[5*i-2], ARGV[5*i-1], texts[i] or '', 0
  local sound = string.sub(text, 1, #head) == head and string.sub(text, -2) == '"}'
  if line ~= '' then
    sound = sound and string.sub(items[id], 1, #line) == line and string.sub(items[id], -1) == '}'
    if not places[id] or tonumber(places[id]) ~= tonumber(ARGV[5*i]) then wrong = wrong + 2 end
  end
  if not sound then wrong = wrong + 1 end
  if reserved[i] ~= id then wrong = wrong + 4 end
  answer[i] = wrong
end
return answer`)

// examineBatch is how many pages one script looks at: it holds their bundles for a moment.
const examineBatch = 250

// Examine tells what of published pages is not as their records say.
func (s *Store) Examine(ctx context.Context, recs []*syncer.Record) ([]syncer.Damage, error) {
	var damage []syncer.Damage
	for batch := range slices.Chunk(recs, examineBatch) {
		names := []any{s.keys.slugs(), s.keys.items()}
		var args []any
		for _, rec := range batch {
			bundle, list, line := s.keys.page(rec.Slug), s.keys.page(rec.Slug), ""
			if rec.List != "" {
				list, line = s.keys.list(rec.List), lineStart(rec.Slug)
			}
			names = append(names, bundle, list)
			args = append(args, rec.Slug, rec.ID, page.BundleStart(rec.Slug, rec.ID), line, place(rec))
		}
		wrong, err := redis.Ints(s.evalOn(ctx, examine, names, slices.Concat([]any{len(names)}, names, args)))
		if err != nil || len(wrong) != len(batch) {
			return nil, orReply(err)
		}
		for _, n := range wrong {
			damage = append(damage, syncer.Damage{
				Content: n&wrongContent != 0, List: n&wrongList != 0, Slug: n&wrongSlug != 0,
			})
		}
	}
	return damage, nil
}

// survey looks whether indexes show what they should, by how they begin and end and by their length. KEYS: items, then
// for each index its own key and the list whose pages it shows. ARGV: for each index how it begins, and 1 if it shows all
// pages of the list that have a line. Returns for each a syncer.IndexState.
var survey = redis.NewScript(-1, named+`
local answer = {}
for i = 1, (#KEYS - 1) / 2 do
  local index, head = KEYS[2*i], ARGV[2*i-1]
  local size, length, lines = redis.call('STRLEN', index), #head, 0
  local ids = redis.call('ZRANGE', KEYS[2*i+1], 0, -1)
  for from = 1, #ids, 500 do -- Lua's stack is limited
    for _, line in ipairs(redis.call('HMGET', KEYS[1], unpack(ids, from, math.min(from + 499, #ids)))) do
      if line then
        lines = lines + 1
        length = length + #line + (lines > 1 and 2 or 1)
      end
    end
  end
  local tail = redis.call('GETRANGE', index, -100, -1)
  local ends = string.find(tail, '\n]', 1, true)
  if size == 0 then
    answer[i] = lines == 0 and 2 or 1
  elseif redis.call('GETRANGE', index, 0, #head - 1) ~= head or not ends or string.sub(tail, -1) ~= '}' or
      ARGV[2*i] == '1' and size - #tail + ends - 1 ~= length then
    answer[i] = 1
  else
    answer[i] = 0
  end
end
return answer`)

// surveyBatch is how many indexes one script looks at: others wait for it.
const surveyBatch = 50

// Survey tells how indexes are.
func (s *Store) Survey(ctx context.Context, indexes []syncer.Index) ([]syncer.IndexState, error) {
	var states []syncer.IndexState
	for batch := range slices.Chunk(indexes, surveyBatch) {
		names := []any{s.keys.items()}
		var args []any
		for _, ix := range batch {
			names = append(names, s.keys.index(ix.Name), s.keys.list(ix.List))
			args = append(args, ix.Head+"[", ix.Keep == nil)
		}
		found, err := redis.Ints(s.evalOn(ctx, survey, names, slices.Concat([]any{len(names)}, names, args)))
		if err != nil || len(found) != len(batch) {
			return nil, orReply(err)
		}
		for _, n := range found {
			states = append(states, syncer.IndexState(n))
		}
	}
	return states, nil
}
