-- (stands before other scripts) What several of them do: read an entry, and count the events of keys down. A body stands in
-- a hash, not in the entry: of an entry that is deleted the stream keeps the bytes, in memory and in its snapshots.
local function fields(entry)
  local found = {}
  for at = 1, #entry[2], 2 do
    found[entry[2][at]] = entry[2][at + 1]
  end
  return found
end

local function bodies_of(hash, events)
  local names = {}
  for at, event in ipairs(events) do
    names[at] = event.i
  end
  local bodies = #names > 0 and redis.call('HMGET', hash, unpack(names)) or {}
  for at, event in ipairs(events) do
    bodies[at] = bodies[at] and bodies[at] ~= '' and bodies[at] or event.b or ''
  end
  return bodies
end

local function key_of(body)
  return string.byte(body) == 1 and string.sub(body, 2, 17) or ''
end

local function take_from_subject(tag, subject, name)
  local held, kept = redis.call('HGET', tag .. ':subjects', subject), {}
  for byte = 1, held and #held or 0, 16 do
    local other = string.sub(held, byte, byte + 15)
    kept[#kept + 1] = other ~= name and other or nil
  end
  if #kept > 0 then
    redis.call('HSET', tag .. ':subjects', subject, table.concat(kept))
  elseif held then
    redis.call('HDEL', tag .. ':subjects', subject)
  end
end

local function release(tag, released)
  local counts, names = {}, {}
  for _, name in ipairs(released) do
    names[#names + 1] = not counts[name] and name or nil
    counts[name] = (counts[name] or 0) + 1
  end
  local rows, left = #names > 0 and redis.call('HMGET', tag .. ':keys', unpack(names)) or {}, {}
  for at, name in ipairs(names) do
    local row = rows[at]
    local colon = row and string.find(row, ':', 1, true)
    local count = colon and tonumber(string.sub(row, 1, colon - 1)) - counts[name]
    if count and count > 0 then
      left[#left + 1] = name
      left[#left + 1] = string.format('%d', count) .. string.sub(row, colon)
    elseif count then
      redis.call('HDEL', tag .. ':keys', name)
      take_from_subject(tag, string.sub(row, colon + 84), name)
    end
  end
  if #left > 0 then
    redis.call('HSET', tag .. ':keys', unpack(left))
  end
end
