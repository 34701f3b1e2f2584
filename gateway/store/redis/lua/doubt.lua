#!lua flags=allow-oom
-- Say that what was withdrawn is known only since a time, unless a later one is told already, or an operator told 0: all
-- of it was put back. ARGV: the time.
local since = KEYS[1] .. ':since'
local told = redis.call('GET', since)
if told ~= '0' and (tonumber(told) or 0) < tonumber(ARGV[1]) then
  redis.call('SET', since, ARGV[1])
end
return 1
