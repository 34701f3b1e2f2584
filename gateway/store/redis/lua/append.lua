#!lua
-- Append each event that its destination does not have yet, be it queued or among the last that were settled.
-- ARGV: id, received, body; and again. Returns how many were new. Told to do the same again, it does nothing.
local queue, ids, done = KEYS[1] .. ':queue', KEYS[1] .. ':ids', KEYS[1] .. ':done'
if redis.call('EXISTS', queue) == 0 then
  redis.call('XGROUP', 'CREATE', queue, 'lanes', '0', 'MKSTREAM')
end
local new = 0
for at = 1, #ARGV, 3 do
  local id = ARGV[at]
  if not redis.call('ZSCORE', done, id) and redis.call('HSETNX', ids, id, '') == 1 then
    redis.call('XADD', queue, '*', 'i', id, 'r', ARGV[at + 1], 'b', ARGV[at + 2])
    new = new + 1
  end
end
return new
