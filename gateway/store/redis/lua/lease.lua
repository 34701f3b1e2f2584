#!lua flags=allow-oom
-- Lend what is due to one owner: first what waited for its time or for the end of a lease, then what nobody has had.
-- ARGV: owner, now, until, most, milliseconds that the owner is taken for alive.
-- Returns whether the group had to be made again, how many entries had vanished, and entry, id, received, attempts, body
-- and key of each event; no key where it was destroyed.
local queue, due, tries = KEYS[1] .. ':queue', KEYS[1] .. ':due', KEYS[1] .. ':tries'
local owner, now, till, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
redis.call('SET', KEYS[1] .. ':alive:' .. owner, '', 'PX', ARGV[5])
redis.call('SADD', KEYS[1] .. ':owners', owner)
if redis.call('EXISTS', queue) == 0 then
  return {0, 0, {}}
end
local remade = 0
if not redis.pcall('XGROUP', 'CREATE', queue, 'lanes', '0').err then
  -- Every entry is now one that nobody has had, also those that waited for their time.
  remade = 1
  redis.call('DEL', due)
end
local found, vanished = {}, 0
local waiting = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, most)
if #waiting > 0 then
  found = redis.call('XCLAIM', queue, 'lanes', owner, 0, unpack(waiting))
  local there = {}
  for _, entry in ipairs(found) do
    there[entry[1]] = true
  end
  for _, name in ipairs(waiting) do
    if not there[name] then
      vanished = vanished + 1
      redis.call('ZREM', due, name)
      redis.call('HDEL', tries, name)
      redis.call('XACK', queue, 'lanes', name)
    end
  end
end
if #found < most then
  local fresh = redis.call('XREADGROUP', 'GROUP', 'lanes', owner, 'COUNT', most - #found, 'STREAMS', queue, '>')
  for _, entry in ipairs(fresh and fresh[1][2] or {}) do
    found[#found + 1] = entry
  end
end
if #found == 0 then
  return {remade, vanished, found}
end
local names, times = {}, {}
for at, entry in ipairs(found) do
  names[at] = entry[1]
  times[2 * at - 1], times[2 * at] = till, entry[1]
end
redis.call('ZADD', due, unpack(times))
local attempts, events, under, lent = redis.call('HMGET', tries, unpack(names)), {}, {}, {}
for at, entry in ipairs(found) do
  events[at] = fields(entry)
end
local bodies = bodies_of(KEYS[1] .. ':ids', events)
for at, body in ipairs(bodies) do
  under[at] = key_of(body)
end
local keys = redis.call('HMGET', KEYS[1] .. ':keys', unpack(under))
for at, event in ipairs(events) do
  local key = keys[at] and string.sub(keys[at], string.find(keys[at], ':', 1, true) + 1)
  lent[at] = {names[at], event.i, event.r, tonumber(attempts[at] or 0), bodies[at], key}
end
return {remade, vanished, lent}
