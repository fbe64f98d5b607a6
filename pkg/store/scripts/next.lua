-- next tells when enough of the requests granted last, or a quarter of them, are free again. These are the ones granted in
-- the second half of the span; the others are free before.
--
-- KEYS[1] is the window's hash, see take. ARGV: span (ms), how many requests are worth waiting for. It returns {ms}.

local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local span, sum, parts = tonumber(ARGV[1]), 0, {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local at, n = tonumber(string.sub(fields[i], 2)), tonumber(fields[i+1]) or 0
  if fields[i] ~= 'until' and at and at > now - span / 2 then sum, parts[#parts+1] = sum + n, {at, n} end
end
if sum == 0 then return {span} end
local enough = math.min(sum / 4, tonumber(ARGV[2]))
return {freed(parts, enough, enough, span) + span - now}
