#!lua flags=no-writes
-- Tell the keys of subjects. ARGV: subjects. Returns id and row of each.
local found = {}
for _, subject in ipairs(ARGV) do
  local held = redis.call('HGET', KEYS[1] .. ':subjects', subject)
  for byte = 1, held and #held or 0, 16 do
    local name = string.sub(held, byte, byte + 15)
    local row = redis.call('HGET', KEYS[1] .. ':keys', name)
    if row then
      found[#found + 1], found[#found + 2] = name, string.sub(row, string.find(row, ':', 1, true) + 1)
    end
  end
end
return found
