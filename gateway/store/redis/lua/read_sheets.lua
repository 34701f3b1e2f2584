#!lua flags=no-writes
-- Read sheets in the order of their keys. ARGV: after which key (empty: all), how many at most. Returns key and sheet of each.
local from = ARGV[1] == '' and '-' or '(' .. ARGV[1]
local names = redis.call('ZRANGEBYLEX', KEYS[1] .. ':order', from, '+', 'LIMIT', 0, ARGV[2])
local found = {}
for at, sheet in ipairs(#names > 0 and redis.call('HMGET', KEYS[1] .. ':sheets', unpack(names)) or {}) do
  found[#found + 1], found[#found + 2] = names[at], sheet
end
return found
