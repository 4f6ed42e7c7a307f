-- due.lua answers what is due in a partition by the server's clock.
-- KEYS  1 base of the partition
-- ARGV  1 limit
-- answer {now, next or '', {incident, instant, ...}, {destination, instant, ...}}
local t, limit = now(), tonumber(ARGV[1])
local soonest
local function later(name)
  local at = call('ZRANGEBYSCORE', P .. name, '(' .. num(t), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  if at and (not soonest or tonumber(at) < tonumber(soonest)) then soonest = at end
end
later('wakes')
later('destinations')
local wakes = call('ZRANGEBYSCORE', P .. 'wakes', '-inf', num(t), 'WITHSCORES', 'LIMIT', 0, limit)
local due = call('ZRANGEBYSCORE', P .. 'destinations', '-inf', num(t), 'WITHSCORES')
local out = {}
for i, v in ipairs(due) do
  if i <= 2 * limit then out[i] = v end
  if i % 2 == 1 then later('queue:' .. v) end -- it may have other lanes that are not due yet
end
return {num(t), soonest or '', wakes, out}
