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
  if string.byte(body) == 1 then
    return wanted[string.sub(body, 2, 17)]
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
  end
  if redis.call('HINCRBY', KEYS[1] .. ':reasons', reason, -1) <= 0 then
    redis.call('HDEL', KEYS[1] .. ':reasons', reason)
  end
end

local last, lent, found = false, 0, {}
for _, entry in ipairs(redis.call('XRANGE', stream, begin, '+', 'COUNT', ARGV[3])) do
  local event = entry[2]
  last = entry[1]
  if is_meant(event[6]) then
    found[#found + 1] = {event[2], event[4], take and '' or event[6]}
    if take and ARGV[1] == 'queue' then
      lent = lent + (is_lent(last) and 1 or 0)
      take_from_queue(last, event[2])
    elseif take then
      take_from_dead(last, event[2], event[12])
    end
    if take then
      redis.call('XDEL', stream, last)
    end
  end
end
return {last, lent, found}
