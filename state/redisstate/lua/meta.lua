-- meta.lua answers how the store was laid out, and lays it out the first time.
-- KEYS  1 base of meta
-- ARGV  1 partitions  2 version of the layout
-- answer {partitions, layout} as they are kept
local has = call('HMGET', P .. 'layout', 'partitions', 'version')
if has[1] then return has end
call('HSET', P .. 'layout', 'partitions', ARGV[1], 'version', ARGV[2])
return {ARGV[1], ARGV[2]}
