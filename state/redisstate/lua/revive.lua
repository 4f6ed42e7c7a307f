-- revive.lua puts a dead delivery at the end of its lane, or forgets it.
-- KEYS  1 base of the partition
-- ARGV  1 id  2 revive or drop
-- answer 1, or 0 if it is not dead
local id = ARGV[1]
want('dead:' .. id, 'hash')
if fault then return redis.error_reply(fault) end
local it = call('HMGET', P .. 'dead:' .. id, 'b', 'c', 'e', 'k', 'r', 's', 'dest', 'inc')
if not it[1] then return 0 end
local action, seq, dest, inc = it[4], whole(it[6], 'dead:' .. id), it[7], it[8]
want('dead', 'zset')
want('gone', 'hash')
want('destinations', 'zset')
want('actions', 'set')
want_lane(dest, inc, action)
if not fault then whole(call('HGET', P .. 'gone', action), 'gone') end
if fault then return redis.error_reply(fault) end
if ARGV[2] == 'revive' then push(seq, dest, inc, id, action, it[5], num(now()), it[2], it[1], it[3]) end
unbury(id, seq, dest, inc, action)
return 1
