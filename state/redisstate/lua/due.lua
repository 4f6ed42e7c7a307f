-- due.lua answers what is due in a partition by the server's clock.
-- KEYS  1 base of the partition
-- ARGV  1 limit
-- answer {now, next or '', {incident, instant, ...}, {destination, instant, ...}}
local t = now()
local function due(name) return call('ZRANGEBYSCORE', P .. name, '-inf', num(t), 'WITHSCORES', 'LIMIT', 0, ARGV[1]) end
local function later(name)
  return call('ZRANGEBYSCORE', P .. name, '(' .. num(t), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
end
local a, b = later('wakes'), later('destinations')
if not a or (b and tonumber(b) < tonumber(a)) then a = b end
return {num(t), a or '', due('wakes'), due('destinations')}
