-- auditlane.lua holds a lane against the indexes of what is due, or makes its entries there anew.
-- KEYS  1 base of the partition
-- ARGV  1 destination  2 incident  3 1 to make them anew, else 0
-- answer 0 if all is well, 1 where it holds something and is in no index, 2 where it holds nothing and is in one,
--       3 where its destination is looked at too late, or not at all
local dest, inc = ARGV[1], ARGV[2]
local function wrong()
  local head = call('LINDEX', P .. 'lane:' .. lane(dest, inc), 0)
  local due = call('ZSCORE', P .. 'queue:' .. dest, inc)
  if head and not due then return 1 end
  if due and not head then return 2 end
  local first = call('ZRANGE', P .. 'queue:' .. dest, 0, 0, 'WITHSCORES')[2]
  local at = call('ZSCORE', P .. 'destinations', dest)
  if first and (not at or tonumber(at) > tonumber(first)) or at and not first then return 3 end
  return 0
end
local code = wrong()
if code == 0 or ARGV[3] ~= '1' then return code end
want('queue:' .. dest, 'zset')
want('destinations', 'zset')
if fault then return redis.error_reply(fault) end
queue(dest, inc, true)
return code
