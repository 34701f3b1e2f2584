#!lua flags=allow-oom
-- End leases that their owner still has; what somebody else was lent meanwhile is left alone.
-- ARGV: owner, what becomes of the events (settle, retry, bury), two values that this needs, and entry, id, key of each.
--   settle: how many ids of settled events are remembered, nothing
--   retry: when they are due, 1 where the attempt counts
--   bury: when, and why
-- Returns how many leases were the owner's.
local queue, due, tries, ids = KEYS[1] .. ':queue', KEYS[1] .. ':due', KEYS[1] .. ':tries', KEYS[1] .. ':ids'
local dead, graves, reasons = KEYS[1] .. ':dead', KEYS[1] .. ':graves', KEYS[1] .. ':reasons'
local done, bodies = KEYS[1] .. ':done', KEYS[1] .. ':bodies'
local owner, act, first, second = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local clock = redis.call('TIME')
local moment = clock[1] .. '.' .. string.format('%06d', tonumber(clock[2]))

local function is_lent_to_owner(entry)
  local pending = redis.pcall('XPENDING', queue, 'lanes', entry, entry, 1)
  return not pending.err and pending[1] and pending[1][2] == owner
end

local entries, names, scored, released = {}, {}, {}, {}
for at = 5, #ARGV, 3 do
  if is_lent_to_owner(ARGV[at]) then
    entries[#entries + 1] = ARGV[at]
    names[#names + 1] = ARGV[at + 1]
    released[#released + 1] = act == 'settle' and ARGV[at + 2] or nil
    scored[#scored + 1] = act == 'retry' and first or moment
    scored[#scored + 1] = act == 'retry' and ARGV[at] or ARGV[at + 1]
  end
end
if #entries == 0 then
  return 0
end

if act == 'retry' then
  -- To nobody, so that whoever had them no longer can end anything.
  local words = {unpack(entries)}
  words[#words + 1] = 'JUSTID'
  redis.call('XCLAIM', queue, 'lanes', 'nobody', 0, unpack(words))
  redis.call('ZADD', due, unpack(scored))
  for _, entry in ipairs(second == '1' and entries or {}) do
    redis.call('HINCRBY', tries, entry, 1)
  end
  return #entries
end

local function bury(entry)
  local found = redis.call('XRANGE', queue, entry, entry)
  if #found == 1 then
    local event, attempts = fields(found[1]), redis.call('HGET', tries, entry) or '0'
    local earlier = redis.call('HGET', graves, event.i)
    local old = earlier and redis.call('XRANGE', dead, earlier, earlier)[1]
    if old then
      local last = fields(old)
      redis.call('XDEL', dead, earlier)
      released[#released + 1] = key_of(bodies_of(bodies, {last})[1])
      redis.call('HINCRBY', reasons, last.w, -1)
    end
    local words = {'i', event.i, 'r', event.r, 'a', attempts, 't', first, 'w', second}
    redis.call('HSET', graves, event.i, redis.call('XADD', dead, '*', unpack(words)))
    redis.call('HSET', bodies, event.i, bodies_of(ids, {event})[1])
    redis.call('HINCRBY', reasons, second, 1)
  end
end

if act == 'bury' then
  for _, entry in ipairs(entries) do
    bury(entry)
  end
else
  redis.call('ZADD', done, unpack(scored))
  redis.call('ZREMRANGEBYRANK', done, 0, -1 - tonumber(first))
end
redis.call('XACK', queue, 'lanes', unpack(entries))
redis.call('XDEL', queue, unpack(entries))
redis.call('ZREM', due, unpack(entries))
redis.call('HDEL', tries, unpack(entries))
redis.call('HDEL', ids, unpack(names))
release(KEYS[1], released)
return #entries
