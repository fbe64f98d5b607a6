-- named stands before every script: redis.call says which command and key an error is about, as (GET at key <name>). Redis
-- itself does not.

local server = redis
local redis = {call = function(...)
  local reply = server.pcall(...)
  if type(reply) == 'table' and reply.err then
    local key = select((...) == 'SUNIONSTORE' and 3 or 2, ...) -- whatever it stores to is replaced
    error(reply.err .. ' (' .. (...) .. ' at key <' .. tostring(key) .. '>)', 0)
  end
  return reply
end}
