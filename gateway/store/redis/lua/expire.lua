#!lua flags=allow-oom
-- Forget the oldest refusals. ARGV: those from before when, how many at most. Returns how many were forgotten.
local times = KEYS[1] .. ':times'
local old = redis.call('ZRANGEBYSCORE', times, '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, member in ipairs(old) do
  local subject, purpose = string.match(member, '^(%S*) (.*)$')
  redis.call('HDEL', KEYS[1] .. ':of:' .. subject, purpose)
  redis.call('ZREM', times, member)
end
return #old
