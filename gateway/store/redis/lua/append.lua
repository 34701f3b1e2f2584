#!lua
-- Append each event that its destination does not have yet, be it queued or among the last that were settled.
-- ARGV: id, received, body; and again, for some hundreds of events. Told to do the same again, it does nothing.
local queue, ids, done = KEYS[1] .. ':queue', KEYS[1] .. ':ids', KEYS[1] .. ':done'
if redis.call('EXISTS', queue) == 0 then
  redis.call('XGROUP', 'CREATE', queue, 'lanes', '0', 'MKSTREAM')
end
local names = {}
for at = 1, #ARGV, 3 do
  names[#names + 1] = ARGV[at]
end
local settled = redis.call('ZMSCORE', done, unpack(names))
local waiting = redis.call('HMGET', ids, unpack(names))
local seen, fresh = {}, {}
for at, id in ipairs(names) do
  if not settled[at] and not waiting[at] and not seen[id] then
    seen[id] = true
    fresh[#fresh + 1] = id
    fresh[#fresh + 1] = ''
    redis.call('XADD', queue, '*', 'i', id, 'r', ARGV[3 * at - 1], 'b', ARGV[3 * at])
  end
end
if #fresh > 0 then
  redis.call('HSET', ids, unpack(fresh))
end
return #fresh / 2
