-- lease.lua takes, renews or gives up the right to poll a partition.
-- KEYS  1 base of the partition
-- ARGV  1 owner  2 time to live in microseconds (0: give up)
-- answer 1 if it is the owner's now, else 0
local t, ttl = now(), tonumber(ARGV[2])
local has = call('HMGET', P .. 'lease', 'owner', 'until')
if has[1] and has[1] ~= ARGV[1] and whole(has[2], 'lease') > t then return 0 end
if ttl <= 0 then
  if has[1] == ARGV[1] then call('DEL', P .. 'lease') end
  return 0
end
call('DEL', P .. 'lease') -- first, so that a full store is still polled
call('HSET', P .. 'lease', 'owner', ARGV[1], 'until', num(t + ttl))
return 1
