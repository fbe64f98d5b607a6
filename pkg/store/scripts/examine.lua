-- examine looks whether anything that makes pages published is missing. All pages share a command of each kind: services
-- bill those in scripts too. KEYS: slugs, items, then for each page its bundle and the list in which it stands (its bundle
-- again where it stands in none). ARGV: for each page slug, id, and 1 if it stands in a list, else 0. Returns for each page
-- 1 if its bundle, its line in its index, its place there, or the mark whose slug it is, is missing; else 0.

local slugs, bundles, shown, lists = {}, {}, {}, {}
for i = 1, (#KEYS - 2) / 2 do
  local list, id = KEYS[2*i+2], ARGV[3*i-1]
  slugs[i], bundles[i] = ARGV[3*i-2], KEYS[2*i+1]
  if ARGV[3*i] == '1' then
    if not lists[list] then lists[list] = {} end
    table.insert(lists[list], id)
    table.insert(shown, id)
  end
end
local lacking = {} -- page ids
if #shown > 0 then
  for i, line in ipairs(redis.call('HMGET', KEYS[2], unpack(shown))) do lacking[shown[i]] = not line end
end
for list, ids in pairs(lists) do
  for i, place in ipairs(redis.call('ZMSCORE', list, unpack(ids))) do
    if not place then lacking[ids[i]] = true end
  end
end
local all = redis.call('EXISTS', unpack(bundles)) == #bundles
local answer, owners = {}, redis.call('HMGET', KEYS[1], unpack(slugs))
for i = 1, #slugs do
  local missing = lacking[ARGV[3*i-1]] or not owners[i] or not all and redis.call('EXISTS', bundles[i]) == 0
  answer[i] = missing and 1 or 0
end
return answer
