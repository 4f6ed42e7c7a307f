-- claim.lua hands out the heads of the due lanes of one destination.
-- KEYS  1 base of the partition
-- ARGV  1 destination  2 limit  3 visibility in microseconds  4 a token of this claim alone
--       5 0 if the same claim cannot have been sent before, with its answer lost
-- answer {incident, id, attempt, body, ...}
local dest, t, token = ARGV[1], now(), ARGV[4]
local q = P .. 'queue:' .. dest
want('queue:' .. dest, 'zset')
want('destinations', 'zset')
want('claimed', 'hash')
local found = {}
for _, inc in ipairs(call('ZRANGEBYSCORE', q, '-inf', num(t), 'LIMIT', 0, ARGV[2])) do
  local l = lane(dest, inc)
  want('lane:' .. l, 'list')
  want('items:' .. l, 'hash')
  if fault then break end
  local id = call('LINDEX', P .. 'lane:' .. l, 0) or ''
  local it = call('HMGET', P .. 'items:' .. l, 'a' .. id, 'b' .. id)
  found[#found + 1] = {inc, l, id, whole(it[1], 'items:' .. l), it[2]}
end
if fault then return redis.error_reply(fault) end
local out = {}

-- What was handed out under this token is handed out again as it was: otherwise it would lie until its claim expires.
if ARGV[5] ~= '0' or call('HGET', P .. 'claimed', dest) == token then
  for _, inc in ipairs(call('ZRANGEBYSCORE', q, '(' .. num(t), num(t + ARGV[3]), 'LIMIT', 0, 1000)) do
    local l = lane(dest, inc)
    local id = call('LINDEX', P .. 'lane:' .. l, 0) or ''
    local it = call('HMGET', P .. 'items:' .. l, 'a' .. id, 'b' .. id, 'f' .. id)
    if it[3] == token then
      out[#out + 1] = inc
      out[#out + 1] = id
      out[#out + 1] = it[1]
      out[#out + 1] = it[2]
    end
  end
  if #out > 0 then return out end
end

for _, f in ipairs(found) do
  local inc, l, id, attempt, body = f[1], f[2], f[3], f[4] + 1, f[5]
  -- Removed first and added again: removing is allowed when the store is full, so a full store still drains.
  call('ZREM', q, inc)
  if body then
    call('HSET', P .. 'items:' .. l, 'a' .. id, attempt, 'f' .. id, token)
    call('ZADD', q, num(t + ARGV[3]), inc)
    out[#out + 1] = inc
    out[#out + 1] = id
    out[#out + 1] = attempt
    out[#out + 1] = body
  else
    -- A lane whose head is nothing: what a write that stopped in the middle may leave.
    call('LPOP', P .. 'lane:' .. l)
    queue(dest, inc, false)
  end
end
if #out > 0 then call('HSET', P .. 'claimed', dest, token) end
refresh(dest)
return out
