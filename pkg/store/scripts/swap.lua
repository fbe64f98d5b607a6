-- swap replaces a value if it is still what the caller has read.
--
-- KEYS[1] is the key. ARGV: the field of a hash, empty for a plain string; the old value, empty for none; the new value,
-- empty to delete. It returns 1 if the new value is there now, else 0.

local hash = ARGV[1] ~= ''
local now
if hash then now = redis.call('HGET', KEYS[1], ARGV[1]) else now = redis.call('GET', KEYS[1]) end
if (now or '') ~= ARGV[2] then
  if (now or '') == ARGV[3] then return 1 end
  return 0
end
if hash then redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
elseif ARGV[3] == '' then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], ARGV[3]) end
return 1
