package store

import "github.com/gomodule/redigo/redis"

// transact applies changes if the lease is still held. Each is applied whole, or not at all.
//
// KEYS[1] is the lease, the others are every key that an operation touches. ARGV[1] is the lease's value; then follow
// the operations: name, index of the key, number of arguments, arguments. "change" begins a change. Those that only test
// come first in it; where one fails, nothing of the change is done:
//
//	done    field new       if the hash field holds new already, this change has been applied: it is not counted again
//	same    field old       the hash field holds old; else STALE
//	entry   key rev         the hash of entries holds this revision; else STALE
//	owner   slug page       the slug is free or the page's; else TAKEN
//	record  page old new    the page's record is still old (empty: there is none), or new already; else CHANGED
//
// Then those that write:
//
//	first   member n        adds to a set; if it was there already the n operations that follow are left out
//	add     entries key score value [counters [name …]]
//	                        puts an entry on a list and in the hash whose key's index is given, unless it is there;
//	                        if counters (a key's index) is given, one page more is pending, and one fewer is what the
//	                        names of counters say
//	put     entries key score value
//	                        the same, whatever is there
//	finish  entries key     takes an entry off the list and out of the hash
//	claim   field value     sets a hash field that is free
//	disown  slug page       deletes the hash field if it holds the page
//	vacate  slug page key   the same, and the key whose index is given, unless the slug is another page's
//	kept    file unused     the file has a copy, which is unused unless a page shows it already
//	use     file unused     one page more shows the file; unused is the index of the set's key
//	release file unused     one page fewer shows it
//	link    target page     the hash field target lists the page, too
//	unlink  target page     not any more
//	count   field n         adds to a counter
//	cut     slug            takes the line that begins with slug out of an index
//	unwait  job             deletes the waiting job if it is this one
//	unless  job             deletes the running job if it is this one
//	place   target          renames the key, if it exists, to the one whose index is given
//	copy    set             the set becomes what the one is, before all this, whose key's index is given
//	HSET, HDEL, SADD, SREM, ZADD, ZREM, SET, DEL as in Redis, ZADD with one member
//	EXPIRE, NX              as in Redis; NX is ZADD NX with one member
//
// What the operations need to know is read first, and what they write is written at the end, as few commands each as do:
// services bill every one of them (Upstash's own table of what its rate limiter costs counts those in scripts, read
// 2026-08). Should a key turn out to hold something of a stranger's, all is sent again. What must not be done twice is
// read first and written last: the entries by whose revision it would be known, what was met for the first time, and what
// only counts.
//
// It returns {"LOST"} (the lease), or three texts for each change: "OK", "STALE", "CHANGED" or "TAKEN", and of the last slug and
// page.
var transact = redis.NewScript(-1, `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'LOST'} end
local most = 500 -- arguments of one command: Lua's stack is limited
local function each(list, run)
  for i = 1, #list, most do run(unpack(list, i, math.min(i + most - 1, #list))) end
end
local function of(map, key)
  if not map[key] then map[key] = {} end
  return map[key]
end

local ops, at = {}, 2
while at <= #ARGV do
  local op = {ARGV[at], KEYS[tonumber(ARGV[at+1])]}
  for i = 1, tonumber(ARGV[at+2]) do op[i+2] = ARGV[at+2+i] end
  ops[#ops+1], at = op, at + 3 + tonumber(ARGV[at+2])
end

local values, members, asked = {}, {}, {} -- key, then field or member
local function want(map, key, name)
  if of(map, key)[name] == nil then
    map[key][name] = false
    local list = of(of(asked, map), key)
    list[#list+1] = name
  end
end
local reads = {done = 1, same = 1, entry = 1, owner = 1, record = 1, claim = 1, disown = 1, vacate = 1, count = 1, link = 1, unlink = 1}
for _, op in ipairs(ops) do
  local name, key = op[1], op[2]
  if reads[name] then want(values, key, op[3])
  elseif name == 'first' then want(members, key, op[3])
  elseif name == 'add' then
    want(values, KEYS[tonumber(op[3])], op[4])
    if op[7] then want(values, KEYS[tonumber(op[7])], 'n:pending') end
    for i = 8, #op do want(values, KEYS[tonumber(op[7])], op[i]) end
  elseif name == 'kept' or name == 'use' or name == 'release' then
    want(values, key, op[3])
    want(members, KEYS[tonumber(op[4])], op[3])
  end
end
for key, fields in pairs(of(asked, values)) do
  local n = 0
  each(fields, function(...)
    for _, value in ipairs(redis.call('HMGET', key, ...)) do n = n + 1 values[key][fields[n]] = value end
  end)
end
for key, names in pairs(of(asked, members)) do
  local n = 0
  each(names, function(...)
    for _, there in ipairs(redis.call('SMISMEMBER', key, ...)) do n = n + 1 members[key][names[n]] = there == 1 end
  end)
end

local texts, hashes, sets, lists, todo, entries = {}, {}, {}, {}, {}, {} -- false: to be taken out
local met, uses, unused, counts, late, expire = {}, {}, {}, {}, {}, {}
local later = {unwait = 1, unless = 1, place = 1, NX = 1}
local function set(key, field, value)
  of(hashes, key)[field] = value
  of(values, key)[field] = value
end
local function enter(op, key)
  of(values, key)[op[4]] = op[6]
  of(entries, key)[op[4]], of(todo, op[2])[op[4]] = op[6], op[5]
end
local function count(key, field, n)
  of(counts, key)[field] = (counts[key][field] or 0) + n
end
local function text(key)
  if texts[key] == nil then return redis.call('GET', key) end
  return texts[key]
end
local results, stop, done, left_out = {}, false, false, 0
local function fail(...)
  local answer = {...}
  for i = 1, 3 do results[#results-3+i] = answer[i] or '' end
  stop = true
end
for _, op in ipairs(ops) do
  local name, key, a, b = op[1], op[2], op[3], op[4]
  if name == 'change' then
    for _, part in ipairs({'OK', '', ''}) do results[#results+1] = part end
    stop, done, left_out = false, false, 0
  elseif stop then -- nothing of this change
  elseif left_out > 0 then left_out = left_out - 1
  elseif name == 'done' then done = values[key][a] == b
  elseif name == 'same' then
    if not done and values[key][a] ~= b then fail('STALE') end
  elseif name == 'entry' then
    local now = values[key][a]
    if not now or string.sub(now, 1, #b + 1) ~= b .. '|' then fail('STALE') end
  elseif name == 'owner' then
    local now = values[key][a]
    if now and now ~= b then fail('TAKEN', a, now) end
  elseif name == 'record' then
    local now = values[key][a] or ''
    if now ~= b and now ~= op[5] then
      local fine, rec = pcall(cjson.decode, now) -- a damaged one is as good as none
      if b ~= '' or fine and type(rec) == 'table' and rec.id == a then fail('CHANGED') end
    end
  elseif name == 'first' then
    if members[key][a] then left_out = tonumber(b) end
    members[key][a], of(met, key)[a] = true, true
  elseif name == 'add' then
    local hash = KEYS[tonumber(a)]
    if not values[hash][b] then
      enter(op, hash)
      if op[7] then count(KEYS[tonumber(op[7])], 'n:pending', 1) end
      for i = 8, #op do count(KEYS[tonumber(op[7])], op[i], -1) end
    end
  elseif name == 'put' then enter(op, KEYS[tonumber(a)])
  elseif name == 'finish' then
    local hash = KEYS[tonumber(a)]
    of(values, hash)[b], of(entries, hash)[b], of(todo, key)[b] = false, false, false
  elseif name == 'claim' then
    if not values[key][a] then set(key, a, b) end
  elseif name == 'disown' then
    if values[key][a] == b then set(key, a, false) end
  elseif name == 'vacate' then
    if not values[key][a] or values[key][a] == b then
      set(key, a, false)
      texts[KEYS[tonumber(op[5])]] = false
    end
  elseif name == 'kept' then
    if not values[key][a] then of(unused, KEYS[tonumber(b)])[a] = true end
  elseif name == 'use' or name == 'release' then
    local n = (tonumber(values[key][a]) or 0) + (name == 'use' and 1 or -1)
    local value = n > 0 and string.format('%.0f', n)
    values[key][a], of(uses, key)[a], of(unused, KEYS[tonumber(b)])[a] = value, value, not value
  elseif name == 'link' then
    local list = values[key][a] or ','
    if not string.find(list, ',' .. b .. ',', 1, true) then set(key, a, list .. b .. ',') end
  elseif name == 'unlink' then
    local list = values[key][a] or ','
    local from = string.find(list, ',' .. b .. ',', 1, true)
    if from then
      list = string.sub(list, 1, from) .. string.sub(list, from + #b + 2)
      set(key, a, list ~= ',' and list)
    end
  elseif name == 'count' then
    if not done then count(key, a, tonumber(b)) end
  elseif name == 'cut' then
    local now = text(key)
    local from = now and string.find(now, '\n,' .. a, 1, true)
    local first = now and not from
    if first then from = string.find(now, '\n' .. a, 1, true) end
    if from then
      local to = string.find(now, '\n', from + 1, true) or #now + 1
      local head, tail = string.sub(now, 1, from - 1), string.sub(now, to)
      if first and string.sub(tail, 2, 2) == ',' then tail = '\n' .. string.sub(tail, 3) end
      texts[key] = head .. tail
    end
  elseif name == 'HSET' then for i = 3, #op, 2 do set(key, op[i], op[i+1]) end
  elseif name == 'HDEL' then for i = 3, #op do set(key, op[i], false) end
  elseif name == 'SADD' then for i = 3, #op do of(sets, key)[op[i]] = true end
  elseif name == 'SREM' then for i = 3, #op do of(sets, key)[op[i]] = false end
  elseif name == 'ZADD' then of(lists, key)[b] = a
  elseif name == 'ZREM' then for i = 3, #op do of(lists, key)[op[i]] = false end
  elseif name == 'SET' then texts[key] = a
  elseif name == 'DEL' then texts[key] = false
  elseif name == 'EXPIRE' then expire[key] = a
  elseif name == 'copy' then
    if not done then redis.call('SUNIONSTORE', key, KEYS[tonumber(a)]) end
  elseif later[name] then late[#late+1] = op
  else error('no operation ' .. name)
  end
end

-- write sends a command for what is to be put and one for what is to be taken out. In a pair the value comes last, or
-- first.
local function write(map, put, take, pair)
  for key, content in pairs(map) do
    local on, off = {}, {}
    for name, value in pairs(content) do
      if not value then off[#off+1] = name
      elseif pair == 'first' then on[#on+1], on[#on+2] = value, name
      elseif pair == 'last' then on[#on+1], on[#on+2] = name, value
      else on[#on+1] = name
      end
    end
    each(on, function(...) redis.call(put, key, ...) end)
    each(off, function(...) redis.call(take, key, ...) end)
  end
end
local on, off = {}, {}
for key, value in pairs(texts) do
  if value then on[#on+1], on[#on+2] = key, value else off[#off+1] = key end
end
each(on, function(...) redis.call('MSET', ...) end)
for key, fields in pairs(counts) do
  for field, n in pairs(fields) do fields[field] = string.format('%.0f', (tonumber(values[key][field]) or 0) + n) end
  for field, value in pairs(hashes[key] or {}) do fields[field] = value end
  hashes[key] = nil
end
write(hashes, 'HSET', 'HDEL', 'last')
write(sets, 'SADD', 'SREM')
write(lists, 'ZADD', 'ZREM', 'first')
for _, op in ipairs(late) do
  local name, key, a = op[1], op[2], op[3]
  if name == 'unwait' then
    local now = redis.call('GET', key)
    if now and string.find(now, '"id":"' .. a .. '"', 1, true) then off[#off+1] = key end
  elseif name == 'unless' then
    if redis.call('GET', key) == a then off[#off+1] = key end
  elseif name == 'place' then
    if redis.call('EXISTS', key) == 1 then
      redis.call('RENAME', key, KEYS[tonumber(a)])
      redis.call('PERSIST', KEYS[tonumber(a)])
    end
  elseif name == 'NX' then redis.call('ZADD', key, 'NX', a, op[4])
  end
end
each(off, function(...) redis.call('DEL', ...) end)
write(todo, 'ZADD', 'ZREM', 'first')
write(entries, 'HSET', 'HDEL', 'last')
write(met, 'SADD', 'SREM')
write(uses, 'HSET', 'HDEL', 'last')
write(unused, 'SADD', 'SREM')
write(counts, 'HSET', 'HDEL', 'last') -- and what else the hash gets
for key, seconds in pairs(expire) do redis.call('EXPIRE', key, seconds) end
return results`)
