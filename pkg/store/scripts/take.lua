-- take grants requests to Notion.
--
-- KEYS[1] is the window's hash. Its fields b<ms> count the requests granted in the part of the span that ends then; "until"
-- is when the silence ends that Notion has asked for; "kept" is when the hash itself expires. ARGV: requests asked for,
-- limit, span (ms), length of a part (ms), how many requests are worth waiting for.
--
-- It returns {granted, 0}, or {0, ms to wait}: until the silence is over, or until as many requests of the burst that frees
-- the next one are free as are worth waiting for. Requests taken one by one as they become free would become free one by
-- one for ever.
--
-- It runs all the time, and every command is billed. So only now and then is the hash prolonged, and are parts taken out
-- that are over.

local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local asked, limit, span, part = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local fields = redis.call('HGETALL', KEYS[1])
local used, silent, kept, over, counts, parts = 0, 0, 0, {}, {}, {}
for i = 1, #fields, 2 do
  local name, n = fields[i], tonumber(fields[i+1]) or 0
  if name == 'until' then silent = n - now
  elseif name == 'kept' then kept = n
  else
    local at = tonumber(string.sub(name, 2))
    if at == nil or at + span <= now then
      if #over < 1000 then over[#over+1] = name end -- Lua's stack is limited
    else
      used, counts[name], parts[#parts+1] = used + n, n, {at, n}
    end
  end
end
if silent > 0 then return {0, silent} end
local granted = math.min(asked, limit - used)
if granted <= 0 then
  return {0, (freed(parts, used - limit + 1, used - limit + tonumber(ARGV[5]), span) or now) + span - now}
end
local ends = string.format('b%d', (math.floor(now / part) + 1) * part)
local set = {ends, string.format('%d', (counts[ends] or 0) + granted)}
if kept < now + part + span then
  set[3], set[4] = 'kept', string.format('%d', now + 4 * span)
end
redis.call('HSET', KEYS[1], unpack(set))
if set[3] then redis.call('PEXPIRE', KEYS[1], 4 * span) end
if #over >= 32 then redis.call('HDEL', KEYS[1], unpack(over)) end
return {granted, 0}
