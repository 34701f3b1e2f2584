#!lua flags=allow-oom
-- Tell every process that subjects are erased. ARGV: when, subjects.
for at = 2, #ARGV do
  redis.call('XADD', KEYS[1] .. ':log', '*', 's', ARGV[at], 't', ARGV[1])
end
return 1
