-- takeover stores a job and takes what it will sync off what is due, unless other jobs have taken all of that.
--
-- KEYS: the job, jobs, due, since, recent. ARGV: document, id, when it was triggered (ms), seconds that it lasts, by when
-- what it takes was due (ms), now (ms), seconds that taking is remembered, then the names. It returns 1 if it has stored the
-- job, else 0.

local due = 0
for i = 8, #ARGV do
  local at = redis.call('ZSCORE', KEYS[3], ARGV[i])
  if at and tonumber(at) <= tonumber(ARGV[5]) then due = due + 1 end
end
if due == 0 or redis.call('HSETNX', KEYS[1], 'doc', ARGV[1]) == 0 then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], 'NX', ARGV[3], ARGV[2])
for i = 8, #ARGV do
  local at = redis.call('ZSCORE', KEYS[3], ARGV[i])
  if at and tonumber(at) <= tonumber(ARGV[5]) then
    redis.call('ZREM', KEYS[3], ARGV[i])
    redis.call('HDEL', KEYS[4], ARGV[i])
    redis.call('ZADD', KEYS[5], ARGV[6], ARGV[i])
  end
end
redis.call('EXPIRE', KEYS[5], ARGV[7])
return 1
