-- lib.lua stands in front of every script.
--
-- KEYS[1] is the base of a partition, such as ifsev:{p7}: or ifsev:{meta}:. It is no key itself; every key of the
-- partition is made by appending to it, so all of them share its hash tag and live on one node of a cluster. There is a
-- second key, which is none either, for clusters that move slots (see keys in script.go):
--
--   incident:<id>         HASH  rev, doc, sum (summary), class (severity status), pages and seq of the timeline
--   timeline:<id>         LIST  one page a commit: <last seq> <entries> <page>; that of no id holds what
--                               is about no incident, the newest hundred
--   verdicts:<id>         HASH  rule -> verdict
--   bindings              HASH  key -> incident
--   numbers               ZSET  incident -> number
--   wakes                 ZSET  incident -> instant
--   marks:<day>           HASH  inbound id -> what took it; a bucket for each day, gone after ten
--   lane:<lane>           LIST  delivery ids, oldest first; <lane> is <length>:<destination>:<incident>
--   items:<lane>          HASH  of each delivery: one letter for the field (see ITEM), then its id
--   queue:<destination>   ZSET  incident -> when the head of its lane is due, or its claim expires
--   destinations          ZSET  destination -> the earliest in its queue
--   claimed               HASH  destination -> the token of its last claim
--   actions               SET   the action kinds there ever were
--   pending:<action>      ZSET  seq, lane and id -> when it was decided
--   dead                  ZSET  seq, lane and id -> when it was decided
--   dead:<id>             HASH  a dead delivery: the fields of ITEM, and lane
--   gone                  HASH  action -> how many of it are dead
--   classes               HASH  class -> how many incidents
--   facts                 HASH  epoch (newest rule set seen), seq (deliveries so far)
--   lease                 HASH  owner, until
--   fence                 STRING  what is written only to wait for its copy (see durable.go)
--
--   filling               HASH  batch: the last one taken, while the store is filled from another
--
-- Under ifsev:{meta}: there are besides
--   roster                HASH  owner -> until, epoch, hash of its rules: the replicas of the daemon that are there
--
-- Instants are microseconds of the server's clock. Names may hold any bytes: none is ever taken apart.
local P = KEYS[1]

-- ITEM are the fields of a delivery: attempts, body, created, due, last error, flying (the token of the claim, while claimed), action
-- kind, rule, seq.
local ITEM = {'a', 'b', 'c', 'd', 'e', 'f', 'k', 'r', 's'}

local call = redis.call

-- num writes a whole number with all its digits: Lua keeps fourteen, an instant has sixteen.
local function num(n) return string.format('%.0f', n) end

local function now()
  local t = call('TIME')
  return t[1] * 1000000 + t[2]
end

-- fault is the first thing found wrong before anything is written.
local fault

local function want(name, kind)
  local t = call('TYPE', P .. name).ok
  if t ~= 'none' and t ~= kind and not fault then
    fault = 'IFSEV key ' .. P .. name .. ' holds a ' .. t .. ' where a ' .. kind .. ' belongs'
  end
end

-- whole reads a number that was stored; what is not there is 0.
local function whole(v, name)
  local n = tonumber(v or 0)
  if not n and not fault then fault = 'IFSEV key ' .. P .. name .. ' holds no number where one belongs' end
  return n or 0
end

local function lane(dest, inc) return #dest .. ':' .. dest .. ':' .. inc end

-- fields names the fields of one delivery in its lane's hash.
local function fields(id)
  local out = {}
  for i, f in ipairs(ITEM) do out[i] = f .. id end
  return out
end

-- member is a delivery's place among the pending or the dead: in order of seq, then whose it is, each with its length.
local function member(seq, dest, inc, id)
  return string.format('%016.0f', seq) .. #dest .. ':' .. dest .. #inc .. ':' .. inc .. id
end

-- parts takes such a place apart: destination, incident and id.
local function parts(m)
  local function part(at)
    local colon = string.find(m, ':', at, true)
    local stop = colon + tonumber(string.sub(m, at, colon - 1))
    return string.sub(m, colon + 1, stop), stop + 1
  end
  local dest, at = part(17)
  local inc, rest = part(at)
  return dest, inc, string.sub(m, rest)
end

-- want_lane checks everything push and pop write.
local function want_lane(dest, inc, action)
  local l = lane(dest, inc)
  want('lane:' .. l, 'list')
  want('items:' .. l, 'hash')
  want('queue:' .. dest, 'zset')
  want('pending:' .. action, 'zset')
end

-- refresh brings `destinations` up to date with the queue of one of them.
local function refresh(dest)
  local head = call('ZRANGE', P .. 'queue:' .. dest, 0, 0, 'WITHSCORES')
  if head[2] then
    call('ZADD', P .. 'destinations', head[2], dest)
  else
    call('ZREM', P .. 'destinations', dest)
  end
end

-- queue sets the score of a lane by its head, unless it has one already and keep is true.
local function queue(dest, inc, keep)
  local l, q = lane(dest, inc), P .. 'queue:' .. dest
  local head = call('LINDEX', P .. 'lane:' .. l, 0)
  if not head then
    call('ZREM', q, inc)
  elseif not keep or not call('ZSCORE', q, inc) then
    call('ZADD', q, call('HGET', P .. 'items:' .. l, 'd' .. head) or 0, inc)
  end
  refresh(dest)
end

-- push puts a delivery at the end of its lane. One that is there already stays as it is; one that was left half added
-- is completed.
local function push(seq, dest, inc, id, action, rule, due, created, body, err)
  local l = lane(dest, inc)
  local items = P .. 'items:' .. l
  if call('HEXISTS', items, 'b' .. id) == 0 then
    call('HSET', items, 'a' .. id, 0, 'b' .. id, body, 'c' .. id, created, 'd' .. id, due, 'e' .. id, err,
      'k' .. id, action, 'r' .. id, rule, 's' .. id, num(seq))
    call('SADD', P .. 'actions', action)
    call('ZADD', P .. 'pending:' .. action, created, member(seq, dest, inc, id))
    call('RPUSH', P .. 'lane:' .. l, id)
  end
  queue(dest, inc, true)
end

-- pop takes the head, which must be id, out of its lane for good.
local function pop(dest, inc, id)
  local l = lane(dest, inc)
  local items = P .. 'items:' .. l
  local it = call('HMGET', items, 'k' .. id, 's' .. id)
  call('LPOP', P .. 'lane:' .. l)
  call('HDEL', items, unpack(fields(id)))
  if it[1] then call('ZREM', P .. 'pending:' .. it[1], member(tonumber(it[2]), dest, inc, id)) end
  queue(dest, inc, false)
end

-- holds answers the action of the delivery if the claim (its id and attempt) is the holder's, or false.
local function holds(dest, inc, id, attempt)
  local l = lane(dest, inc)
  if call('LINDEX', P .. 'lane:' .. l, 0) ~= id then return false end
  local it = call('HMGET', P .. 'items:' .. l, 'a' .. id, 'k' .. id)
  if it[1] ~= attempt then return false end
  return it[2]
end

-- unbury forgets a dead delivery; it must have been checked.
local function unbury(id, seq, dest, inc, action)
  call('ZREM', P .. 'dead', member(seq, dest, inc, id))
  local left = tonumber(call('HGET', P .. 'gone', action) or 0) - 1
  if left > 0 then call('HSET', P .. 'gone', action, num(left)) else call('HDEL', P .. 'gone', action) end
  call('DEL', P .. 'dead:' .. id)
end
