#!lua
-- Append each event that its destination does not have yet, be it queued or among the last that were settled, and store
-- the keys that those are sealed under. A key that was destroyed is not stored again, and nothing under it is appended.
-- ARGV: how many keys of months, and how many keys; id and row of each of those; then id, received and body of each of
-- some hundreds of events. Told to do the same again, it does nothing.
-- Returns for each event that was not appended, for its key was destroyed: its number, and when that was (-1: its month).
local queue, ids, done = KEYS[1] .. ':queue', KEYS[1] .. ':ids', KEYS[1] .. ':done'
local keys, subjects = KEYS[1] .. ':keys', KEYS[1] .. ':subjects'
if redis.call('EXISTS', queue) == 0 then
  redis.call('XGROUP', 'CREATE', queue, 'lanes', '0', 'MKSTREAM')
end
local first = 3 + 2 * tonumber(ARGV[1])
local expired = redis.call('GET', KEYS[1] .. ':expired') or ''
for at = 3, first - 1, 2 do
  if string.sub(ARGV[at + 1], 1, 7) >= expired then
    redis.call('HSETNX', KEYS[1] .. ':months', ARGV[at], ARGV[at + 1])
  end
end
local names, noted, rows, ended, used = {}, {}, {}, {}, {}
for at = first, first + 2 * tonumber(ARGV[2]) - 1, 2 do
  names[#names + 1], rows[#rows + 1] = ARGV[at], ARGV[at + 1]
  noted[#noted + 1] = redis.sha1hex(ARGV[at])
end
local destroyed = redis.call('ZMSCORE', KEYS[1] .. ':destroyed', unpack(noted))
for at, name in ipairs(names) do
  ended[name] = destroyed[at] or string.sub(rows[at], 1, 7) < expired and '-1' or nil
end

local events, start = {}, first + 2 * #names
for at = start, #ARGV, 3 do
  events[#events + 1] = ARGV[at]
end
local settled = redis.call('ZMSCORE', done, unpack(events))
local waiting = redis.call('HMGET', ids, unpack(events))
local seen, fresh, refused = {}, {}, {}
for number, id in ipairs(events) do
  if not settled[number] and not waiting[number] and not seen[id] then
    local at = start + 3 * (number - 1)
    local key = string.sub(ARGV[at + 2], 2, 17)
    if ended[key] then
      refused[#refused + 1], refused[#refused + 2] = number, ended[key]
    else
      seen[id], used[key] = true, (used[key] or 0) + 1
      fresh[#fresh + 1] = id
      fresh[#fresh + 1] = ARGV[at + 2]
      redis.call('XADD', queue, '*', 'i', id, 'r', ARGV[at + 1])
    end
  end
end
if #fresh == 0 then
  return refused
end
redis.call('HSET', ids, unpack(fresh))
local before, stored = redis.call('HMGET', keys, unpack(names)), {}
for at, name in ipairs(names) do
  local row, subject = before[at], string.sub(rows[at], 84)
  local count = row and tonumber(string.sub(row, 1, string.find(row, ':', 1, true) - 1)) or 0
  if used[name] then
    stored[#stored + 1] = name
    stored[#stored + 1] = string.format('%d', count + used[name]) .. ':' .. rows[at]
    if not row and subject ~= '' then
      redis.call('HSET', subjects, subject, (redis.call('HGET', subjects, subject) or '') .. name)
    end
  end
end
redis.call('HSET', keys, unpack(stored))
return refused
