#!lua flags=no-writes
-- Tell where links lead. ARGV: subjects.
local found = {}
for _, subject in ipairs(ARGV) do
  for _, other in ipairs(redis.call('SMEMBERS', KEYS[1] .. ':from:' .. subject)) do
    found[#found + 1] = other
  end
end
return found
