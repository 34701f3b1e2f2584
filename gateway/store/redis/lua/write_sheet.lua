#!lua flags=allow-oom
-- Write a sheet. ARGV: key, body, and the revision that it must have (0: none yet). Returns 1 where it is written.
local sheets = KEYS[1] .. ':sheets'
local there = redis.call('HGET', sheets, ARGV[1])
local revision = there and string.match(there, '^%d+') or '0'
if revision ~= ARGV[3] then
  return 0
end
redis.call('HSET', sheets, ARGV[1], string.format('%d', tonumber(revision) + 1) .. ' ' .. ARGV[2])
redis.call('ZADD', KEYS[1] .. ':order', 0, ARGV[1])
return 1
