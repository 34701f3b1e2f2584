#!lua
-- Remember that who is one subject is also filed as another. ARGV: the day, and for each pair who is also, and as whom.
for at = 2, #ARGV, 2 do
  redis.call('SADD', KEYS[1] .. ':from:' .. ARGV[at], ARGV[at + 1])
  redis.call('SADD', KEYS[1] .. ':to:' .. ARGV[at + 1], ARGV[at])
  redis.call('ZADD', KEYS[1] .. ':days', ARGV[1], ARGV[at] .. ' ' .. ARGV[at + 1])
end
return 1
