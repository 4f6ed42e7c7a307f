-- letters.lua reads deliveries of a partition.
-- KEYS  1 base of the partition
-- ARGV  1 action whose pending ones they are, or empty for the dead  2 where they are, as deliveries.lua says  3 ...
-- answer {now, {attempts, flying, due, error, body}, ...}; due is empty for the dead and for what waits behind another,
--       and nothing is in the list of one that is gone
local dead = ARGV[1] == ''
local out = {num(now())}
for i = 2, #ARGV do
  local dest, inc, id = parts(ARGV[i])
  local l = lane(dest, inc)
  local it
  if dead then
    it = call('HMGET', P .. 'dead:' .. id, unpack(ITEM))
  else
    it = call('HMGET', P .. 'items:' .. l, unpack(fields(id)))
  end
  if it[2] then
    local due = ''
    if not dead and call('LINDEX', P .. 'lane:' .. l, 0) == id then
      due = call('ZSCORE', P .. 'queue:' .. dest, inc) or ''
    end
    out[i] = {it[1], it[6] or '', due, it[5] or '', it[2]}
  else
    out[i] = {}
  end
end
return out
