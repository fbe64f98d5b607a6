-- note adds what a webhook event has named to what is due.
--
-- KEYS: events, due, since, recent, call. ARGV: event, now, quiet, most, again (ms), seconds that notes last, then the
-- names. It returns {1 if the event is known, else 0; when the first is due; when a message will ask; round}. Times are in ms, 0
-- for none.

local event, now = ARGV[1], tonumber(ARGV[2])
local quiet, most, again = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if event ~= '' and redis.call('ZSCORE', KEYS[1], event) then return {1, 0, 0, 0} end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', string.format('%d', now - again))
for i = 7, #ARGV do
  redis.call('HSETNX', KEYS[3], ARGV[i], ARGV[2])
  local since = tonumber(redis.call('HGET', KEYS[3], ARGV[i])) or now
  local at = math.min(now + quiet, since + most)
  local last = redis.call('ZSCORE', KEYS[4], ARGV[i])
  if last then at = math.max(at, tonumber(last) + again) end
  redis.call('ZADD', KEYS[2], string.format('%d', at), ARGV[i])
end
if #ARGV > 6 then
  redis.call('EXPIRE', KEYS[2], ARGV[6])
  redis.call('EXPIRE', KEYS[3], ARGV[6])
end
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
local call = redis.call('HMGET', KEYS[5], 'at', 'round')
return {0, tonumber(first[2] or '0'), tonumber(string.match(call[1] or '', '^%d+') or '0'), tonumber(call[2] or '0') or 0}
