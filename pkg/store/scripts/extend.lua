-- extend begins the time of a lease anew, if it is still the caller's.
--
-- KEYS[1] is the lease. ARGV: its value, its time (ms). It returns 1, or 0 if the lease has run out or is another's.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
