-- called remembers that a message will ask for what is due, and the event for which it was published.
--
-- KEYS: events, call. Its field "at" lists when messages will ask, in order. ARGV: event, when this message will ask, now
-- (ms), seconds that an event is recognised, seconds that notes last, round. It returns 0 if another round has begun, else
-- 1.

local call = redis.call('HMGET', KEYS[2], 'at', 'round')
if (call[2] or '0') ~= ARGV[6] then return 0 end
local at, now = {tonumber(ARGV[2])}, tonumber(ARGV[3])
for other in string.gmatch(call[1] or '', '%d+') do
  if tonumber(other) >= now and tonumber(other) ~= at[1] then at[#at+1] = tonumber(other) end
end
table.sort(at)
for i = 1, #at do at[i] = string.format('%d', at[i]) end
redis.call('HSET', KEYS[2], 'at', table.concat(at, ','))
redis.call('EXPIRE', KEYS[2], ARGV[5])
if ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%d', now - tonumber(ARGV[4]) * 1000))
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return 1
