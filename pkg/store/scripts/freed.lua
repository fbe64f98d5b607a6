-- freed stands before scripts that use it. It tells when at least so many of the requests that parts count are free again,
-- as the end of their part. If more of the same burst become free soon after, it waits for those, until they are enough.
-- A burst ends where nothing was granted for a tenth of the span.
--
-- parts is a list of {end of the part (ms), requests}.

local function freed(parts, least, enough, span)
  table.sort(parts, function(a, b) return a[1] < b[1] end)
  local at, n = nil, 0
  for _, part in ipairs(parts) do
    if at and n >= least and (n >= enough or part[1] - at > span / 10) then break end
    at, n = part[1], n + part[2]
  end
  return at
end
