-- deliveries.lua reads a stretch of the deliveries of a partition, oldest first.
-- KEYS  1 base of the partition
-- ARGV  1 action whose pending ones are wanted, or empty for the dead  2 place to begin at  3 how many to look at
--       4 id  5 incident  6 rule (each empty: any)  7 instant before which none is wanted, or empty; the place to
--       begin at counts from there
-- answer {now, looked at, {dest, incident, id, seq, created, attempts, flying, due, error, body}, ...}; due is empty
--       for the dead and for what waits behind another
local dead = ARGV[1] == ''
local set = P .. (dead and 'dead' or 'pending:' .. ARGV[1])
local from = tonumber(ARGV[2])
if ARGV[7] ~= '' then from = from + call('ZCOUNT', set, '-inf', '(' .. ARGV[7]) end
local list = call('ZRANGE', set, from, from + ARGV[3] - 1)
local out = {num(now()), #list}

-- part reads the text of the given length at a place, and answers where it ends.
local function part(m, at)
  local colon = string.find(m, ':', at, true)
  local stop = colon + tonumber(string.sub(m, at, colon - 1))
  return string.sub(m, colon + 1, stop), stop + 1
end

local function any(want, is) return want == '' or want == is end

for _, m in ipairs(list) do
  local dest, at = part(m, 17)
  local inc, rest = part(m, at)
  local id = string.sub(m, rest)
  if any(ARGV[4], id) and any(ARGV[5], inc) then
    local l = lane(dest, inc)
    local it
    if dead then
      it = call('HMGET', P .. 'dead:' .. id, unpack(ITEM))
    else
      it = call('HMGET', P .. 'items:' .. l, unpack(fields(id)))
    end
    if it[2] and any(ARGV[6], it[8]) then
      local due = ''
      if not dead and call('LINDEX', P .. 'lane:' .. l, 0) == id then
        due = call('ZSCORE', P .. 'queue:' .. dest, inc) or ''
      end
      out[#out + 1] = {it[9], it[3], it[1], it[6] or '', due, it[5] or '', it[2]}
    end
  end
end
return out
