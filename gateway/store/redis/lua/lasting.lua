#!lua
-- The one key of a subject for a month: the one that is there, or the one that is offered.
-- ARGV: subject, month; and where one is offered, its id and row, and id and row of its month's key.
-- Returns its id and row, or nothing.
local keys, lasting, name = KEYS[1] .. ':keys', KEYS[1] .. ':lasting', ARGV[1] .. ' ' .. ARGV[2]
local id = redis.call('HGET', lasting, name)
id = id and redis.call('HEXISTS', keys, id) == 1 and id
if not id and ARGV[3] and ARGV[2] >= (redis.call('GET', KEYS[1] .. ':expired') or '') then
  id = ARGV[3]
  redis.call('HSET', lasting, name, id)
  redis.call('HSET', keys, id, '1:' .. ARGV[4])
  redis.call('HSETNX', KEYS[1] .. ':months', ARGV[5], ARGV[6])
  redis.call('HSET', KEYS[1] .. ':subjects', ARGV[1], (redis.call('HGET', KEYS[1] .. ':subjects', ARGV[1]) or '') .. id)
end
local row = id and redis.call('HGET', keys, id)
if not row then
  return {}
end
return {id, string.sub(row, 3)}
