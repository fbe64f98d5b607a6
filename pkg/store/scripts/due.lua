-- due returns what is due, and remembers that a message has asked for it.
--
-- KEYS: due, call. ARGV: by when (ms), how many at most. It returns the names.

local later = {}
for at in string.gmatch(redis.call('HGET', KEYS[2], 'at') or '', '%d+') do
  if tonumber(at) > tonumber(ARGV[1]) then later[#later+1] = at end
end
redis.call('HSET', KEYS[2], 'at', table.concat(later, ','))
redis.call('HINCRBY', KEYS[2], 'round', 1)
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
