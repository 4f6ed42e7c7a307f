-- retry.lua makes a claimed delivery due again.
-- KEYS  1 base of the partition
-- ARGV  1 destination  2 incident  3 id  4 attempt  5 due  6 failure
-- answer 1, or 0 if the claim is no longer the holder's
local dest, inc, id = ARGV[1], ARGV[2], ARGV[3]
local items = P .. 'items:' .. lane(dest, inc)
if not holds(dest, inc, id, ARGV[4]) then return 0 end
want('queue:' .. dest, 'zset')
want('destinations', 'zset')
if fault then return redis.error_reply(fault) end
call('ZREM', P .. 'queue:' .. dest, inc) -- first, so that a full store still drains
call('HDEL', items, 'f' .. id)
call('HSET', items, 'd' .. id, ARGV[5], 'e' .. id, ARGV[6])
queue(dest, inc, false)
return 1
