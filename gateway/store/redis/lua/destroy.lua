#!lua flags=allow-oom
-- Destroy the keys of subjects, and note it of each, so that nobody stores it again; what is sealed under them is owed.
-- The note is a hash: the id itself stands before all that was sealed under it, and would be found in the files for ever.
-- ARGV: when, subjects. Returns how many keys there were.
local keys, subjects = KEYS[1] .. ':keys', KEYS[1] .. ':subjects'
local count = 0
for at = 2, #ARGV do
  local held = redis.call('HGET', subjects, ARGV[at])
  for byte = 1, held and #held or 0, 16 do
    local name = string.sub(held, byte, byte + 15)
    local row = redis.call('HGET', keys, name)
    if row then
      local colon = string.find(row, ':', 1, true)
      redis.call('HDEL', KEYS[1] .. ':lasting', ARGV[at] .. ' ' .. string.sub(row, colon + 1, colon + 7))
    end
    redis.call('ZADD', KEYS[1] .. ':destroyed', ARGV[1], redis.sha1hex(name))
    redis.call('SADD', KEYS[1] .. ':owed', name)
    count = count + redis.call('HDEL', keys, name)
  end
  redis.call('HDEL', subjects, ARGV[at])
end
return count
