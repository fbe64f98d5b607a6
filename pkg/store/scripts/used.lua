-- used counts the requests granted in the span that ends now.
--
-- KEYS[1] is the window's hash, see take. ARGV[1]: span (ms). It returns how many.

local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local fields, n = redis.call('HGETALL', KEYS[1]), 0
for i = 1, #fields, 2 do
  local at = tonumber(string.sub(fields[i], 2))
  if fields[i] ~= 'until' and at and at + tonumber(ARGV[1]) > now then n = n + (tonumber(fields[i+1]) or 0) end
end
return n
