-- fill.lua takes a batch of what another store kept, once.
-- KEYS  1 base of a partition, or of meta
-- ARGV  1 number of the batch, which is higher than those before; then for each thing to do: a command of Redis, the
--       name of a key, how many arguments, and these. Two are no commands of Redis:
--       DELIVER  (the name is not used) destination, incident, id, action, rule, due, created, body, error, attempts,
--                token of the claim or empty: goes to the end of its lane
--       BURY     the same: goes to the dead list
-- answer 1, or 0 if the batch was taken before
local filling = P .. 'filling'
if tonumber(call('HGET', filling, 'batch') or 0) >= tonumber(ARGV[1]) then return 0 end

local function deliver(a)
  local dest, inc, id = a[1], a[2], a[3]
  push(call('HINCRBY', P .. 'facts', 'seq', 1), dest, inc, id, a[4], a[5], a[6], a[7], a[8], a[9])
  local items = P .. 'items:' .. lane(dest, inc)
  call('HSET', items, 'a' .. id, a[10])
  if a[11] ~= '' then call('HSET', items, 'f' .. id, a[11]) end
end

local function bury(a)
  local dest, inc, id, action = a[1], a[2], a[3], a[4]
  local seq = call('HINCRBY', P .. 'facts', 'seq', 1)
  call('HSET', P .. 'dead:' .. id, 'a', a[10], 'b', a[8], 'c', a[7], 'e', a[9], 'k', action, 'r', a[5], 's', num(seq),
    'dest', dest, 'inc', inc)
  call('ZADD', P .. 'dead', a[7], member(seq, dest, inc, id))
  call('HINCRBY', P .. 'gone', action, 1)
  call('SADD', P .. 'actions', action)
end

local i = 2
while i <= #ARGV do
  local cmd, name, n = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local a = {}
  for j = 1, n do a[j] = ARGV[i + 2 + j] end
  i = i + 3 + n
  if cmd == 'DELIVER' then
    deliver(a)
  elseif cmd == 'BURY' then
    bury(a)
  else
    call(cmd, P .. name, unpack(a))
  end
end
call('HSET', filling, 'batch', ARGV[1])
return 1
