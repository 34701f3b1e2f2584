#!lua flags=allow-oom
-- Say that an owner is alive, and take back what owners have that no longer say so.
-- ARGV: owner (empty for a process that leases nothing), milliseconds that it is taken for alive, a name for the state in
-- case there is none. Returns the name of the state: another one than before means that all was lost.
local queue, due, owners = KEYS[1] .. ':queue', KEYS[1] .. ':due', KEYS[1] .. ':owners'
local owner, most = ARGV[1], 500
redis.call('SET', KEYS[1] .. ':state', ARGV[3], 'NX')
if owner ~= '' then
  redis.call('SET', KEYS[1] .. ':alive:' .. owner, '', 'PX', ARGV[2])
  redis.call('SADD', owners, owner)
end
for _, other in ipairs(redis.call('SMEMBERS', owners)) do
  if redis.call('EXISTS', KEYS[1] .. ':alive:' .. other) == 0 then
    local pending = redis.pcall('XPENDING', queue, 'lanes', '-', '+', most, other)
    local lent = pending.err and {} or pending
    for _, lease in ipairs(lent) do
      redis.call('XCLAIM', queue, 'lanes', 'nobody', 0, lease[1], 'JUSTID')
      redis.call('ZADD', due, 0, lease[1])
    end
    if #lent < most then
      redis.call('SREM', owners, other)
      redis.pcall('XGROUP', 'DELCONSUMER', queue, 'lanes', other)
    end
  end
end
return redis.call('GET', KEYS[1] .. ':state')
