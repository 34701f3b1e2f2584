#!lua flags=allow-oom
-- Destroy keys whose months have ended. ARGV: the month before which they have, ids.
for at = 2, #ARGV do
  local row = redis.call('HGET', KEYS[1] .. ':keys', ARGV[at])
  local key = row and string.sub(row, string.find(row, ':', 1, true) + 1)
  if key and string.sub(key, 1, 7) < ARGV[1] then
    redis.call('HDEL', KEYS[1] .. ':keys', ARGV[at])
    redis.call('HDEL', KEYS[1] .. ':lasting', string.sub(key, 84) .. ' ' .. string.sub(key, 1, 7))
    take_from_subject(KEYS[1], string.sub(key, 84), ARGV[at])
  end
end
return 1
