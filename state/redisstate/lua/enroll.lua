-- enroll.lua says that a replica is there, and answers all that are.
-- KEYS  1 base of meta
-- ARGV  1 owner  2 time to live in microseconds (0: it leaves)  3 epoch  4 hash
-- answer {owner, epoch, hash, ...}
local t = now()
local roster = P .. 'roster'
if tonumber(ARGV[2]) <= 0 then
  call('HDEL', roster, ARGV[1])
else
  call('HDEL', roster, ARGV[1]) -- first, so that a full store still knows who is there
  call('HSET', roster, ARGV[1], num(t + ARGV[2]) .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
end
local out = {}
local all = call('HGETALL', roster)
for i = 1, #all, 2 do
  local till, epoch, hash = string.match(all[i + 1], '^(%d+) (%d+) (.*)$')
  if till and tonumber(till) > t then
    out[#out + 1] = all[i]
    out[#out + 1] = epoch
    out[#out + 1] = hash
  else
    call('HDEL', roster, all[i])
  end
end
return out
