#!lua flags=allow-oom
-- Take away dead letters, the oldest first.
-- ARGV: 1 where they are queued again, those buried before when (empty: whenever), how many at most, and ids where only
-- some are meant. Returns how many were taken, and how many of them are in the queue because of it.
local queue, ids = KEYS[1] .. ':queue', KEYS[1] .. ':ids'
local dead, graves, reasons = KEYS[1] .. ':dead', KEYS[1] .. ':graves', KEYS[1] .. ':reasons'
local bodies = KEYS[1] .. ':bodies'
local again, before, most = ARGV[1] == '1', tonumber(ARGV[2]), ARGV[3]
if again and redis.call('EXISTS', queue) == 0 then
  redis.call('XGROUP', 'CREATE', queue, 'lanes', '0', 'MKSTREAM')
end

local found = {}
if #ARGV == 3 then
  found = redis.call('XRANGE', dead, '-', '+', 'COUNT', most)
end
for at = 4, #ARGV do
  local grave = redis.call('HGET', graves, ARGV[at])
  local entry = grave and redis.call('XRANGE', dead, grave, grave)[1]
  if entry then
    found[#found + 1] = entry
  end
end

local taken, queued, released = 0, 0, {}
for _, entry in ipairs(found) do
  local event = fields(entry)
  if before and tonumber(event.t) >= before then
    break
  end
  local body = bodies_of(bodies, {event})[1]
  taken = taken + 1
  redis.call('XDEL', dead, entry[1])
  redis.call('HDEL', graves, event.i)
  redis.call('HDEL', bodies, event.i)
  if redis.call('HINCRBY', reasons, event.w, -1) <= 0 then
    redis.call('HDEL', reasons, event.w)
  end
  if again and redis.call('HSETNX', ids, event.i, body) == 1 then
    redis.call('XADD', queue, '*', 'i', event.i, 'r', event.r)
    queued = queued + 1
  else
    released[#released + 1] = key_of(body)
  end
end
release(KEYS[1], released)
return {taken, queued}
