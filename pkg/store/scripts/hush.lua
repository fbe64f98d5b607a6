-- hush has nothing granted for a while, as Notion has asked.
--
-- KEYS[1] is the window's hash, see take. ARGV[1]: for how long (ms). It returns 1.

local t = redis.call('TIME')
local ends = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000) + tonumber(ARGV[1])
local now = tonumber(redis.call('HGET', KEYS[1], 'until') or '0') or 0
if ends > now then redis.call('HSET', KEYS[1], 'until', string.format('%d', ends)) end
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[1]) + 1000))
return 1
