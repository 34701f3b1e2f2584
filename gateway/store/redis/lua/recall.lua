#!lua flags=allow-oom
-- Tell what subjects have withdrawn. ARGV: a name for the state in case there is none, subjects.
-- Returns the name of the state (another one than before means that all was lost), since when all that was withdrawn is
-- known, and what each subject refuses.
local state, since = KEYS[1] .. ':state', KEYS[1] .. ':since'
if redis.call('EXISTS', state) == 0 then
  redis.call('SET', state, ARGV[1] .. '-' .. redis.call('TIME')[1])
end
local name = redis.call('GET', state)
-- Times are whole seconds, and what came in the first one, nobody has withdrawn yet where this is a new installation.
local born = tonumber(string.match(name, '-(%d+)$') or '1')
local found = {name, redis.call('GET', since) or string.format('%d', born - 1)}
for at = 2, #ARGV do
  found[at + 1] = redis.call('HGETALL', KEYS[1] .. ':of:' .. ARGV[at])
end
return found
