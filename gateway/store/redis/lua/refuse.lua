#!lua flags=allow-oom
-- Write down what a subject refuses. ARGV: subject, since when, purposes.
local refused, subject = KEYS[1] .. ':of:' .. ARGV[1], ARGV[1]
for at = 3, #ARGV do
  local purpose, since = ARGV[at], tonumber(ARGV[2])
  local before = redis.call('HGET', refused, purpose)
  since = math.max(since, before and tonumber(string.match(before, '^-?%d+')) or since)
  redis.call('HSET', refused, purpose, string.format('%d 1', since))
  redis.call('ZADD', KEYS[1] .. ':times', since, subject .. ' ' .. purpose)
end
return 1
