-- Step 3 of transact goes on here: operations on counters and indexes, and those that Redis has itself.

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
