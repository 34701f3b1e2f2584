#!lua flags=allow-oom
-- Let refusals of a subject cover only what came before. ARGV: subject, 1 for all of them, else the purposes.
local refused, wanted = KEYS[1] .. ':of:' .. ARGV[1], {}
for at = 3, #ARGV do
  wanted[ARGV[at]] = true
end
local all = redis.call('HGETALL', refused)
for at = 1, #all, 2 do
  if ARGV[2] == '1' or wanted[all[at]] then
    redis.call('HSET', refused, all[at], string.match(all[at + 1], '^-?%d+') .. ' 0')
  end
end
return 1
