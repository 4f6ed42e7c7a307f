-- deliveries.lua looks at a stretch of the deliveries of a partition, oldest first, for where they are; letters.lua reads
-- them.
-- KEYS  1 base of the partition
-- ARGV  1 action whose pending ones are wanted, or empty for the dead  2 place to begin at  3 how many to look at
--       4 id  5 incident  6 rule (each empty: any)  7 instant before which none is wanted, or empty; the place to
--       begin at counts from there
-- answer {looked at, {created, seq, place}, ...}
local dead = ARGV[1] == ''
local set = P .. (dead and 'dead' or 'pending:' .. ARGV[1])
local from = tonumber(ARGV[2])
if ARGV[7] ~= '' then from = from + call('ZCOUNT', set, '-inf', '(' .. ARGV[7]) end
local list = call('ZRANGE', set, from, from + ARGV[3] - 1)
local out = {#list}

local function any(want, is) return want == '' or want == is end

for _, m in ipairs(list) do
  local dest, inc, id = parts(m)
  if any(ARGV[4], id) and any(ARGV[5], inc) then
    local it
    if dead then
      it = call('HMGET', P .. 'dead:' .. id, 'c', 'r')
    else
      it = call('HMGET', P .. 'items:' .. lane(dest, inc), 'c' .. id, 'r' .. id)
    end
    if it[1] and any(ARGV[6], it[2]) then out[#out + 1] = {it[1], string.sub(m, 1, 16), m} end
  end
end
return out
