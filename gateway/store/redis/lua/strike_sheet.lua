#!lua flags=allow-oom
-- Delete a sheet. ARGV: key. Returns 1 where there was one.
redis.call('ZREM', KEYS[1] .. ':order', ARGV[1])
return redis.call('HDEL', KEYS[1] .. ':sheets', ARGV[1])
