-- transact applies changes if the lease is still held. Each change is applied whole, or not at all.
--
-- KEYS[1] is the lease; the others are all keys that an operation touches. ARGV[1] is the lease's value. Then follow the
-- operations, each as: name, index of its key in KEYS, number of its arguments, its arguments. An argument that is a key
-- is given as its index, too.
--
-- It returns {"LOST"} if the lease is not held. Otherwise it returns three texts for each change: "OK", "STALE" or
-- "TAKEN", then for "TAKEN" the slug and the page that has it.
--
-- It works in four steps: take the operations apart, read all they need to know, decide in Lua's memory what becomes of
-- each key, and write that. Reads and writes of one key are one command, since services bill every command of a script
-- (Upstash's table of what its rate limiter costs counts them, read 2026-08).
--
-- The last step can fail half way, for example at a key of another type. The same change is then sent again some day, and
-- must come to the same. So what must not be done twice is written last: the entries by whose revision a repetition is
-- known, what was met for the first time, and counters.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'LOST'} end

-- inner returns the table that map holds under key, and puts an empty one there if there is none.
local function inner(map, key)
  if not map[key] then map[key] = {} end
  return map[key]
end

-- in_pieces calls run with the list as arguments, as often as it takes: Lua's stack limits the arguments of one call.
local most = 500
local function in_pieces(list, run)
  for i = 1, #list, most do run(unpack(list, i, math.min(i + most - 1, #list))) end
end

local function key_at(index) return KEYS[tonumber(index)] end

-- Step 1: take the operations apart.

local operations, at = {}, 2
while at <= #ARGV do
  local operation = {name = ARGV[at], key = key_at(ARGV[at+1]), args = {}}
  local count = tonumber(ARGV[at+2])
  for i = 1, count do operation.args[i] = ARGV[at+2+i] end
  operations[#operations+1], at = operation, at + 3 + count
end

-- Step 2: read what they need to know.

local values = {} -- by key of a hash, then field: its value, false if it is absent
local members = {} -- by key of a set, then member: whether it is in the set

local fields_of, members_of = {}, {} -- what is to be read, by key
local function need(map, lists, key, name)
  if inner(map, key)[name] == nil then
    map[key][name] = false
    local list = inner(lists, key)
    list[#list+1] = name
  end
end
local function need_field(key, args, field) need(values, fields_of, key, field or args[1]) end
local function need_member(key, args, member) need(members, members_of, key, member or args[1]) end

local needs = { -- by operation; one that is absent needs nothing
  done = need_field, same = need_field, entry = need_field, owner = need_field, claim = need_field, disown = need_field,
  vacate = need_field, count = need_field, link = need_field, unlink = need_field, first = need_member,
}
function needs.add(_, args)
  need_field(key_at(args[1]), args, args[2])
  if args[5] then need_field(key_at(args[5]), args, 'n:pending') end
  for i = 6, #args do need_field(key_at(args[5]), args, args[i]) end
end
function needs.use(key, args)
  need_field(key, args)
  need_member(key_at(args[2]), args, args[1])
end
needs.kept, needs.release = needs.use, needs.use

for _, operation in ipairs(operations) do
  local of_this = needs[operation.name]
  if of_this then of_this(operation.key, operation.args) end
end
for key, fields in pairs(fields_of) do
  local n = 0
  in_pieces(fields, function(...)
    for _, value in ipairs(redis.call('HMGET', key, ...)) do n = n + 1 values[key][fields[n]] = value end
  end)
end
for key, names in pairs(members_of) do
  local n = 0
  in_pieces(names, function(...)
    for _, there in ipairs(redis.call('SMISMEMBER', key, ...)) do n = n + 1 members[key][names[n]] = there == 1 end
  end)
end

-- Step 3: decide what becomes of each key. In these tables false stands for what is to be deleted.

local texts = {} -- by key of a string: its value
local hashes, sets, lists = {}, {}, {} -- by key: values by field; true by member; scores by member
local todo, entries = {}, {} -- by key, the list of what is to be done: scores, and documents, by entry
local met = {} -- by key of a set: true by member that was met for the first time
local uses, unused = {}, {} -- by key: how many pages show a file; true by file that none shows
local counts = {} -- by key, then field: what is added to the counter
local late = {} -- operations that must see what the others have written
local expire = {} -- by key: seconds

local results = {}
local change = {} -- the state of the change at hand: failed, repeated, leave_out (how many of its operations)

local function fail(result, slug, page)
  results[#results-2], results[#results-1], results[#results] = result, slug or '', page or ''
  change.failed = true
end
local function set_field(key, field, value)
  inner(hashes, key)[field] = value
  inner(values, key)[field] = value
end
local function set_entry(list, hash, name, score, value)
  inner(values, hash)[name] = value
  inner(entries, hash)[name] = value
  inner(todo, list)[name] = score
end
local function add_to(key, field, n)
  inner(counts, key)[field] = (counts[key][field] or 0) + n
end
local function text_of(key)
  if texts[key] == nil then return redis.call('GET', key) end
  return texts[key]
end

-- apply holds what each operation does. Functions get the operation's key, all its arguments, and those once more by name.
local apply = {}

-- Begins a change.
function apply.change()
  change = {leave_out = 0}
  for _, text in ipairs({'OK', '', ''}) do results[#results+1] = text end
end

-- Tests. They come first in a change; where one fails, nothing of the change is done.

-- If the field holds this value already, the change was applied before, and what it counts is not counted again.
function apply.done(key, _, field, value) change.repeated = values[key][field] == value end

-- The field must hold this value, unless the change was applied before.
function apply.same(key, _, field, value)
  if not change.repeated and values[key][field] ~= value then fail('STALE') end
end

-- The hash of entries must hold this revision of the entry. A value is revision|document.
function apply.entry(key, _, name, revision)
  local value = values[key][name]
  if not value or string.sub(value, 1, #revision + 1) ~= revision .. '|' then fail('STALE') end
end

-- The slug must be free, or the page's.
function apply.owner(key, _, slug, page)
  local owner = values[key][slug]
  if owner and owner ~= page then fail('TAKEN', slug, owner) end
end

-- The list of what is to be done.

-- Adds a member to a set. If it is there already, the n operations that follow are left out.
function apply.first(key, _, member, n)
  if members[key][member] then change.leave_out = tonumber(n) end
  members[key][member], inner(met, key)[member] = true, true
end

-- Puts an entry on the list, and its document in the hash, unless it is there. If the key of a job's counters is given, one
-- page more is pending, and each of the counters named after it has one fewer.
function apply.add(list, args, hash, name, score, value, counters)
  if values[key_at(hash)][name] then return end
  set_entry(list, key_at(hash), name, score, value)
  if counters then add_to(key_at(counters), 'n:pending', 1) end
  for i = 6, #args do add_to(key_at(counters), args[i], -1) end
end

-- Does the same whatever is there.
function apply.put(list, _, hash, name, score, value) set_entry(list, key_at(hash), name, score, value) end

-- Takes an entry off the list and out of the hash.
function apply.finish(list, _, hash, name) set_entry(list, key_at(hash), name, false, false) end

-- Slugs: a hash that says which page has each.

-- Gives a slug to a page if it is free. It does the same for any field of a hash.
function apply.claim(key, _, field, value)
  if not values[key][field] then set_field(key, field, value) end
end

-- Frees the slug if it is the page's.
function apply.disown(key, _, slug, page)
  if values[key][slug] == page then set_field(key, slug, false) end
end

-- Frees the slug and deletes the bundle, unless the slug is another page's.
function apply.vacate(key, _, slug, page, bundle)
  if not values[key][slug] or values[key][slug] == page then
    set_field(key, slug, false)
    texts[key_at(bundle)] = false
  end
end

-- Files: a hash that counts the pages that show each, and a set of those that no page shows.

-- The file has a copy, which is unused unless a page shows it already.
function apply.kept(key, _, file, set)
  if not values[key][file] then inner(unused, key_at(set))[file] = true end
end

local function add_use(key, file, set, n)
  n = (tonumber(values[key][file]) or 0) + n
  local value = n > 0 and string.format('%.0f', n)
  values[key][file], inner(uses, key)[file], inner(unused, key_at(set))[file] = value, value, not value
end

-- One page more shows the file.
function apply.use(key, _, file, set) add_use(key, file, set, 1) end

-- One page fewer shows it.
function apply.release(key, _, file, set) add_use(key, file, set, -1) end

-- Links: a hash that says of what is linked to which pages link to it, as ,id,id, or * for more than many. Each linker
-- rewrites the whole value; of a home page, to which every page links, it would be a long one. Such linkers are found in
-- the records.
local many = 64

-- The page links to the target.
function apply.link(key, _, target, page)
  local list = values[key][target] or ','
  if list == '*' or string.find(list, ',' .. page .. ',', 1, true) then return end
  list = list .. page .. ','
  local _, commas = string.gsub(list, ',', '')
  set_field(key, target, commas > many + 1 and '*' or list)
end

-- It does not any more. From * nothing is taken: too many is no fault, and too few would be.
function apply.unlink(key, _, target, page)
  local list = values[key][target] or ','
  local from = string.find(list, ',' .. page .. ',', 1, true)
  if from then
    list = string.sub(list, 1, from) .. string.sub(list, from + #page + 2)
    set_field(key, target, list ~= ',' and list)
  end
end

-- Counters and indexes.

-- Adds to a counter, unless the change was applied before.
function apply.count(key, _, field, n)
  if not change.repeated then add_to(key, field, tonumber(n)) end
end

-- Takes a line out of an index: the one that begins with this. Lines but the first begin with a comma.
function apply.cut(key, _, start)
  local index = text_of(key)
  local from = index and string.find(index, '\n,' .. start, 1, true)
  local first = index and not from
  if first then from = string.find(index, '\n' .. start, 1, true) end
  if not from then return end
  local to = string.find(index, '\n', from + 1, true) or #index + 1
  local head, tail = string.sub(index, 1, from - 1), string.sub(index, to)
  if first and string.sub(tail, 2, 2) == ',' then tail = '\n' .. string.sub(tail, 3) end
  texts[key] = head .. tail
end

-- The set becomes a copy of another one, as that was before all this.
function apply.copy(key, _, from)
  if not change.repeated then redis.call('SUNIONSTORE', key, key_at(from)) end
end

-- As in Redis. ZADD has one member.
function apply.HSET(key, args) for i = 1, #args, 2 do set_field(key, args[i], args[i+1]) end end
function apply.HDEL(key, args) for _, field in ipairs(args) do set_field(key, field, false) end end
function apply.SADD(key, args) for _, member in ipairs(args) do inner(sets, key)[member] = true end end
function apply.SREM(key, args) for _, member in ipairs(args) do inner(sets, key)[member] = false end end
function apply.ZADD(key, _, score, member) inner(lists, key)[member] = score end
function apply.ZREM(key, args) for _, member in ipairs(args) do inner(lists, key)[member] = false end end
function apply.SET(key, _, value) texts[key] = value end
function apply.DEL(key) texts[key] = false end
function apply.EXPIRE(key, _, seconds) expire[key] = seconds end

local deleted = {} -- keys

-- apply_late holds the operations that are done after the others have been written.
local apply_late = {}

-- Deletes the key of the waiting job if it is this one.
function apply_late.unwait(key, _, job)
  local waiting = redis.call('GET', key)
  if waiting and string.find(waiting, '"id":"' .. job .. '"', 1, true) then deleted[#deleted+1] = key end
end

-- Deletes the key of the running job if it is this one.
function apply_late.unless(key, _, job)
  if redis.call('GET', key) == job then deleted[#deleted+1] = key end
end

-- Gives the key, if it exists, another name, under which it stays for good.
function apply_late.place(key, _, name)
  if redis.call('EXISTS', key) == 1 then
    redis.call('RENAME', key, key_at(name))
    redis.call('PERSIST', key_at(name))
  end
end

-- ZADD NX with one member.
function apply_late.NX(key, _, score, member) redis.call('ZADD', key, 'NX', score, member) end

for _, operation in ipairs(operations) do
  local name, key, args = operation.name, operation.key, operation.args
  if name == 'change' then apply.change()
  elseif change.failed then -- nothing of this change
  elseif change.leave_out > 0 then change.leave_out = change.leave_out - 1
  elseif apply[name] then apply[name](key, args, unpack(args, 1, 5))
  elseif apply_late[name] then late[#late+1] = operation
  else error('no operation ' .. name)
  end
end

-- Step 4: write. For each key one command puts what is to be there, and one takes out what is not.

local function write(map, put, take, pair_of)
  for key, content in pairs(map) do
    local on, off = {}, {}
    for name, value in pairs(content) do
      if not value then off[#off+1] = name else pair_of(on, name, value) end
    end
    in_pieces(on, function(...) redis.call(put, key, ...) end)
    in_pieces(off, function(...) redis.call(take, key, ...) end)
  end
end
local function field_value(list, field, value) list[#list+1], list[#list+2] = field, value end
local function score_member(list, member, score) list[#list+1], list[#list+2] = score, member end
local function member_only(list, member) list[#list+1] = member end

local strings = {}
for key, value in pairs(texts) do
  if value then field_value(strings, key, value) else deleted[#deleted+1] = key end
end
in_pieces(strings, function(...) redis.call('MSET', ...) end)

for key, fields in pairs(counts) do -- what else such a hash gets is written with its counters
  for field, n in pairs(fields) do fields[field] = string.format('%.0f', (tonumber(values[key][field]) or 0) + n) end
  for field, value in pairs(hashes[key] or {}) do fields[field] = value end
  hashes[key] = nil
end
write(hashes, 'HSET', 'HDEL', field_value)
write(sets, 'SADD', 'SREM', member_only)
write(lists, 'ZADD', 'ZREM', score_member)
for _, operation in ipairs(late) do
  apply_late[operation.name](operation.key, operation.args, unpack(operation.args, 1, 5))
end
in_pieces(deleted, function(...) redis.call('DEL', ...) end)
write(todo, 'ZADD', 'ZREM', score_member)
write(entries, 'HSET', 'HDEL', field_value)
write(met, 'SADD', 'SREM', member_only)
write(uses, 'HSET', 'HDEL', field_value)
write(unused, 'SADD', 'SREM', member_only)
write(counts, 'HSET', 'HDEL', field_value)
for key, seconds in pairs(expire) do redis.call('EXPIRE', key, seconds) end
return results
