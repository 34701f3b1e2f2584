#!lua flags=allow-oom
-- Look through a stretch of what is queued (queue) or dead (dead) for what is sealed under some keys, or was stored unsealed
-- of some subjects; and take it away, where that is wanted.
-- ARGV: queue or dead, the entry after which to begin (or -), how many to look at, 1 to take away, how many keys; those, and
-- subjects. Returns the last entry that was looked at (nothing: there are none), how many of those found are lent, and id,
-- received and body of each.
local stream, take = KEYS[1] .. ':' .. ARGV[1], ARGV[4] == '1'
local begin = ARGV[2] == '-' and '-' or '(' .. ARGV[2]
local wanted, subjects = {}, {}
for at = 6, 5 + tonumber(ARGV[5]) do
  wanted[ARGV[at]] = true
end
for at = 6 + tonumber(ARGV[5]), #ARGV do
  subjects[#subjects + 1] = ARGV[at]
end

local function is_meant(body)
  if key_of(body) ~= '' then
    return wanted[key_of(body)]
  end
  for _, subject in ipairs(subjects) do
    if string.find(body, subject, 1, true) then
      return true
    end
  end
end

local function is_lent(entry)
  local pending = redis.pcall('XPENDING', stream, 'lanes', entry, entry, 1)
  return not pending.err and pending[1] and pending[1][2] ~= 'nobody'
end

local function take_from_queue(entry, id)
  redis.pcall('XACK', stream, 'lanes', entry)
  redis.call('ZREM', KEYS[1] .. ':due', entry)
  redis.call('HDEL', KEYS[1] .. ':tries', entry)
  redis.call('HDEL', KEYS[1] .. ':ids', id)
end

local function take_from_dead(entry, id, reason)
  if redis.call('HGET', KEYS[1] .. ':graves', id) == entry then
    redis.call('HDEL', KEYS[1] .. ':graves', id)
    redis.call('HDEL', KEYS[1] .. ':bodies', id)
  end
  if redis.call('HINCRBY', KEYS[1] .. ':reasons', reason, -1) <= 0 then
    redis.call('HDEL', KEYS[1] .. ':reasons', reason)
  end
end

local entries, events = redis.call('XRANGE', stream, begin, '+', 'COUNT', ARGV[3]), {}
for at, entry in ipairs(entries) do
  events[at] = fields(entry)
end
local lent, found = 0, {}
for at, body in ipairs(bodies_of(KEYS[1] .. (ARGV[1] == 'queue' and ':ids' or ':bodies'), events)) do
  local entry, event = entries[at][1], events[at]
  if is_meant(body) then
    found[#found + 1] = {event.i, event.r, take and '' or body}
    if take and ARGV[1] == 'queue' then
      lent = lent + (is_lent(entry) and 1 or 0)
      take_from_queue(entry, event.i)
    elseif take then
      take_from_dead(entry, event.i, event.w)
    end
    if take then
      redis.call('XDEL', stream, entry)
    end
  end
end
return {#entries > 0 and entries[#entries][1], lent, found}
