#!lua flags=no-writes
-- Tell how many events wait, when the oldest was received, and when the next may be lent (0: at once; nothing: never).
local queue, due = KEYS[1] .. ':queue', KEYS[1] .. ':due'
local first = redis.call('XRANGE', queue, '-', '+', 'COUNT', 1)
if #first == 0 then
  return {0, '0', false}
end
local last = '0-0'
for _, group in ipairs(redis.call('XINFO', 'GROUPS', queue)) do
  local about = {}
  for at = 1, #group, 2 do
    about[group[at]] = group[at + 1]
  end
  if about['name'] == 'lanes' then
    last = about['last-delivered-id']
  end
end
local at = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
if #redis.call('XRANGE', queue, '(' .. last, '+', 'COUNT', 1) > 0 then
  at = '0'
end
return {redis.call('XLEN', queue), first[1][2][4], at or false}
