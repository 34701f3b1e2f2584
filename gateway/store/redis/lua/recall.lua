#!lua flags=allow-oom
-- Tell what subjects have withdrawn. ARGV: a name for the state in case there is none, subjects.
-- Returns the name of the state (another one than before means that all was lost), and what each subject refuses.
redis.call('SET', KEYS[1] .. ':state', ARGV[1], 'NX')
local found = {redis.call('GET', KEYS[1] .. ':state')}
for at = 2, #ARGV do
  found[at] = redis.call('HGETALL', KEYS[1] .. ':of:' .. ARGV[at])
end
return found
