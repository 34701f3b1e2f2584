#!lua flags=allow-oom
-- Store keys of months anew that are still there. ARGV: id and row of each.
for at = 1, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[1] .. ':months', ARGV[at]) == 1 then
    redis.call('HSET', KEYS[1] .. ':months', ARGV[at], ARGV[at + 1])
  end
end
return 1
