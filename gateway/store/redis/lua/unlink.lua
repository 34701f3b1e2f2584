#!lua flags=allow-oom
-- Forget all links from and to subjects, or the oldest. ARGV: nothing and subjects, or a day and how many at most of those
-- from before. Returns how many were forgotten.
local days, pairs_ = KEYS[1] .. ':days', {}
if ARGV[1] == '' then
  for at = 2, #ARGV do
    for _, other in ipairs(redis.call('SMEMBERS', KEYS[1] .. ':from:' .. ARGV[at])) do
      pairs_[#pairs_ + 1] = ARGV[at] .. ' ' .. other
    end
    for _, other in ipairs(redis.call('SMEMBERS', KEYS[1] .. ':to:' .. ARGV[at])) do
      pairs_[#pairs_ + 1] = other .. ' ' .. ARGV[at]
    end
  end
else
  pairs_ = redis.call('ZRANGEBYSCORE', days, '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
end
local count = 0
for _, pair in ipairs(pairs_) do
  local also, subject = string.match(pair, '^(%S*) (%S*)$')
  redis.call('SREM', KEYS[1] .. ':from:' .. also, subject)
  redis.call('SREM', KEYS[1] .. ':to:' .. subject, also)
  count = count + redis.call('ZREM', days, pair)
end
return count
