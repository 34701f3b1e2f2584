#!lua flags=allow-oom
-- Destroy the keys of all months before one, and have nobody store them again; what lies under them can be read no more.
-- ARGV: the month. Returns the months.
local months, gone = KEYS[1] .. ':months', {}
if (redis.call('GET', KEYS[1] .. ':expired') or '') < ARGV[1] then
  redis.call('SET', KEYS[1] .. ':expired', ARGV[1])
end
local all = redis.call('HGETALL', months)
for at = 1, #all, 2 do
  local month = string.sub(all[at + 1], 1, 7)
  if month < ARGV[1] then
    redis.call('HDEL', months, all[at])
    gone[#gone + 1] = month
  end
end
return gone
