-- lease.lua takes, renews or gives up the right to poll a partition.
-- KEYS  1 base of the partition
-- ARGV  1 owner  2 time to live in microseconds (0: give up)
--       3 1 if this process has not had it yet: a lease of the same owner is then that of a former life of it, which is
--         gone, and so is all that it had in hand; it is handed out again at once
-- answer 1 if it is the owner's now, else 0
local t, ttl = now(), tonumber(ARGV[2])
local has = call('HMGET', P .. 'lease', 'owner', 'until')
if has[1] and has[1] ~= ARGV[1] and whole(has[2], 'lease') > t then return 0 end
if ttl <= 0 then
  if has[1] == ARGV[1] then call('DEL', P .. 'lease') end
  return 0
end

local flying = {}
if ARGV[3] == '1' and has[1] == ARGV[1] then
  want('destinations', 'zset')
  for _, dest in ipairs(fault and {} or call('ZRANGE', P .. 'destinations', 0, -1)) do
    want('queue:' .. dest, 'zset')
    if fault then break end
    for _, inc in ipairs(call('ZRANGEBYSCORE', P .. 'queue:' .. dest, '(' .. num(t), '+inf', 'LIMIT', 0, 1000)) do
      local l = lane(dest, inc)
      want('lane:' .. l, 'list')
      want('items:' .. l, 'hash')
      if fault then break end
      local id = call('LINDEX', P .. 'lane:' .. l, 0)
      if id and call('HEXISTS', P .. 'items:' .. l, 'f' .. id) == 1 then flying[#flying + 1] = {dest, inc, id} end
    end
  end
end

call('DEL', P .. 'lease') -- first, so that a full store is still polled
call('HSET', P .. 'lease', 'owner', ARGV[1], 'until', num(t + ttl))
for _, f in ipairs(flying) do
  local dest, inc, id = f[1], f[2], f[3]
  call('HDEL', P .. 'items:' .. lane(dest, inc), 'f' .. id)
  call('ZADD', P .. 'queue:' .. dest, num(t), inc)
  refresh(dest)
end
return 1
