-- transact applies changes if the lease is still held. Each change is applied whole, or not at all.
--
-- KEYS[1] is the lease; the others are all keys that an operation touches. ARGV[1] is the lease's value. Then follow the
-- operations, each as: name, index of its key in KEYS, number of its arguments, its arguments. An argument that is a key
-- is given as its index, too.
--
-- It returns {"LOST"} if the lease is not held. Otherwise it returns three texts for each change: "OK", "STALE", "CHANGED"
-- or "TAKEN", then for "TAKEN" the slug and the page that has it.
--
-- It works in four steps: take the operations apart, and read all they need to know, both in this file; decide in Lua's
-- memory what becomes of each key, in transact_pages.lua and transact_keys.lua; and write that, in transact_write.lua.
-- Redis gets the four files as one script. Reads and writes of one key are one command, since services bill every command
-- of a script (Upstash's table of what its rate limiter costs counts them, read 2026-08).
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
  done = need_field, same = need_field, entry = need_field, owner = need_field, record = need_field, disown = need_field,
  vacate = need_field, count = need_field, link = need_field, unlink = need_field, first = need_member,
}
function needs.add(_, args)
  need_field(key_at(args[1]), args, args[2])
  if args[5] then need_field(key_at(args[5]), args, 'n:pending') end
  for i = 6, #args do need_field(key_at(args[5]), args, args[i]) end
end

function needs.keep(_, args)
  need_field(key_at(args[1]), args, args[2])
  need_field(key_at(args[4]), args, args[5])
end
function needs.spent(_, args) need_field(key_at(args[1]), args, args[2]) end

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
