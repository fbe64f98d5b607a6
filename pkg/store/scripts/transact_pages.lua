-- Step 3 of transact: decide what becomes of each key. Here stand the operations on the to-do list, slugs and links.

-- In these tables false stands for what is to be deleted.

local texts = {} -- by key of a string: its value
local hashes, sets, lists = {}, {}, {} -- by key: values by field; true by member; scores by member
local todo, entries = {}, {} -- by key, the list of what is to be done: scores, and documents, by entry
local met = {} -- by key of a set: true by member that was met for the first time
local counts = {} -- by key, then field: what is added to the counter
local late = {} -- operations that must see what the others have written
local expire = {} -- by key: seconds
local spent = {} -- by key of a hash of page objects: the key and field of its counter

local results = {}
local change = {} -- the state of the change at hand: failed, repeated, leave_out (how many of its operations)

local function fail(result, slug, page)
  results[#results-2], results[#results-1], results[#results] = result, slug or '', page or ''
  change.failed = true
end
local function set_field(key, field, value)
  inner(hashes, key)[field] = value
  inner(values, key)[field] = value
end
local function set_entry(list, hash, name, score, value)
  inner(values, hash)[name] = value
  inner(entries, hash)[name] = value
  inner(todo, list)[name] = score
end
local function add_to(key, field, n)
  inner(counts, key)[field] = (counts[key][field] or 0) + n
end
local function text_of(key)
  if texts[key] == nil then return redis.call('GET', key) end
  return texts[key]
end

-- apply holds what each operation does. Functions get the operation's key, all its arguments, and those once more by name.
local apply = {}

-- Begins a change.
function apply.change()
  change = {leave_out = 0}
  for _, text in ipairs({'OK', '', ''}) do results[#results+1] = text end
end

-- Tests. They come first in a change; where one fails, nothing of the change is done.

-- If the field holds this value already, the change was applied before, and what it counts is not counted again.
function apply.done(key, _, field, value) change.repeated = values[key][field] == value end

-- The field must hold this value, unless the change was applied before.
function apply.same(key, _, field, value)
  if not change.repeated and values[key][field] ~= value then fail('STALE') end
end

-- The hash of entries must hold this revision of the entry. A value is revision|document.
function apply.entry(key, _, name, revision)
  local value = values[key][name]
  if not value or string.sub(value, 1, #revision + 1) ~= revision .. '|' then fail('STALE') end
end

-- The slug must be free, the page's, or that of the page that yields it, if one is given.
function apply.owner(key, _, slug, page, yields)
  local owner = values[key][slug]
  if owner and owner ~= page and owner ~= yields then fail('TAKEN', slug, owner) end
end

-- The page's record must still be old (empty: there is none), or be new already. A damaged one is as good as none.
function apply.record(key, _, page, old, new)
  local now = values[key][page] or ''
  if now == old or now == new then return end
  local fine, record = pcall(cjson.decode, now)
  if old ~= '' or fine and type(record) == 'table' and record.id == page then fail('CHANGED') end
end

-- The key, a bundle's, must not exist: then the page has the slug reserved only.
function apply.vacant(key, _, slug, page)
  local there = texts[key]
  if there == nil then there = redis.call('EXISTS', key) == 1 end
  if there then fail('TAKEN', slug, page) end
end

-- The list of what is to be done.

-- Adds a member to a set. If it is there already, the n operations that follow are left out.
function apply.first(key, _, member, n)
  if members[key][member] then change.leave_out = tonumber(n) end
  members[key][member], inner(met, key)[member] = true, true
end

-- Puts an entry on the list, and its document in the hash, unless it is there. If the key of a job's counters is given, one
-- page more is pending, and each of the counters named after it has one fewer.
function apply.add(list, args, hash, name, score, value, counters)
  if values[key_at(hash)][name] then return end
  set_entry(list, key_at(hash), name, score, value)
  if counters then add_to(key_at(counters), 'n:pending', 1) end
  for i = 6, #args do add_to(key_at(counters), args[i], -1) end
end

-- Keeps a page object for an entry that is about to be put on the list, unless it is there. The field of the job's counters
-- says how many entries have one in this hash.
function apply.keep(objects, _, hash, name, object, job, field)
  if values[key_at(hash)][name] then return end
  set_field(objects, name, object)
  add_to(key_at(job), field, 1)
end

-- One of them needs its object no more. The hash goes with the last: taking out each would be a command for each.
function apply.spent(objects, _, job, field)
  add_to(key_at(job), field, -1)
  spent[objects] = {key_at(job), field}
end

-- Does the same whatever is there.
function apply.put(list, _, hash, name, score, value) set_entry(list, key_at(hash), name, score, value) end

-- Takes an entry off the list and out of the hash.
function apply.finish(list, _, hash, name) set_entry(list, key_at(hash), name, false, false) end

-- Slugs: a hash that says which page has each.

-- Frees the slug if it is the page's.
function apply.disown(key, _, slug, page)
  if values[key][slug] == page then set_field(key, slug, false) end
end

-- Frees the slug and deletes the bundle, unless the slug is another page's.
function apply.vacate(key, _, slug, page, bundle)
  if not values[key][slug] or values[key][slug] == page then
    set_field(key, slug, false)
    texts[key_at(bundle)] = false
  end
end

-- Links: a hash that says of what is linked to which pages link to it, as ,id,id, or * for more than many. Each linker
-- rewrites the whole value; of a home page, to which every page links, it would be a long one. Such linkers are found in
-- the records.
local many = 64

-- The page links to the target.
function apply.link(key, _, target, page)
  local list = values[key][target] or ','
  if list == '*' or string.find(list, ',' .. page .. ',', 1, true) then return end
  list = list .. page .. ','
  local _, commas = string.gsub(list, ',', '')
  set_field(key, target, commas > many + 1 and '*' or list)
end

-- It does not any more. From * nothing is taken: too many is no fault, and too few would be.
function apply.unlink(key, _, target, page)
  local list = values[key][target] or ','
  local from = string.find(list, ',' .. page .. ',', 1, true)
  if from then
    list = string.sub(list, 1, from) .. string.sub(list, from + #page + 2)
    set_field(key, target, list ~= ',' and list)
  end
end
