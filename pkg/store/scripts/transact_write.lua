-- Step 4 of transact: write. For each key one command puts what is to be there, and one takes out what is not.

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
for key, at in pairs(spent) do
  if tonumber(counts[at[1]][at[2]]) <= 0 then deleted[#deleted+1] = key end
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
write(counts, 'HSET', 'HDEL', field_value)
for key, seconds in pairs(expire) do redis.call('EXPIRE', key, seconds) end
return results
