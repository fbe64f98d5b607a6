-- release gives a lease back, if it is still the caller's.
--
-- KEYS[1] is the lease. ARGV[1]: its value. It returns 1, or 0 if the lease has run out or is another's.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1
