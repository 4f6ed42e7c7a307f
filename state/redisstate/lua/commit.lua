-- commit.lua writes one decision about one incident: everything is checked before the first write.
--
-- KEYS  1 base of the partition
-- ARGV  1 id (empty: only marks and a page)  2 expected rev  3 next rev  4 document  5 summary  6 number (0: not listed)  7 class
--       8 key  9 bound  10 wake (empty: none)  11 epoch (0: not checked)  12 last seq (empty: no entries)
--       13 entries  14 page  15 marks  16 verdicts  17 outbox items
--       18 settle: empty, done or dead  19 destination  20 incident  21 id  22 attempt  23 failure
--       24 revision of what the key is bound to (empty: not checked)
--       then for each mark: id, taken; for each verdict: rule, body; for each item: id, destination, action, rule,
--       due, created, body
-- answer {status, rev, document, bound, epoch, id, taken, ...}: rev is what is kept now, document only on conflict,
--       bound only when the key is taken, epoch only when too old, the pairs only for duplicates
--
-- Lua has no rollback, so the order is such that a commit that stopped in the middle can be sent again: what is added
-- comes first (deliveries, an earlier wake), then timeline, verdicts and document; what is taken away comes after the
-- document (the settled delivery, the former wake), the marks come last.
local A = ARGV
local id, expect, nxt = A[1], A[2], A[3]
local key, wake, epoch = A[8], A[10], tonumber(A[11])
local marks, verdicts, items = tonumber(A[15]), tonumber(A[16]), tonumber(A[17])
local at_marks = 24
local at_verdicts = at_marks + 2 * marks
local at_items = at_verdicts + 2 * verdicts
local settle, s_dest, s_inc, s_id = A[18], A[19], A[20], A[21]
local t = now()
local today = math.floor(t / 86400000000)
local incident, timeline = P .. 'incident:' .. id, P .. 'timeline:' .. id

local has = {false, false, false, false}
if id ~= '' then has = call('HMGET', incident, 'rev', 'class', 'pages', 'seq') end
local rev = has[1] or ''

-- 1 duplicates
local dups = {1, rev, '', '', 0}
for i = 1, marks, 500 do
  local ids = {}
  for m = i, math.min(marks, i + 499) do ids[#ids + 1] = A[at_marks + 2 * m - 1] end
  for day = today, today - 7, -1 do
    for n, taken in ipairs(call('HMGET', P .. 'marks:' .. num(day), unpack(ids))) do
      if taken then dups[#dups + 1] = ids[n]; dups[#dups + 1] = taken end
    end
  end
end
if #dups > 5 then return dups end

-- 2 revision, 3 key, 4 settlement, 5 epoch
local s_action
local facts = {false, false}
if id ~= '' then
  if rev ~= expect then return {2, rev, call('HGET', incident, 'doc') or '', '', 0} end
  if key ~= '' then
    local bound = call('HGET', P .. 'bindings', key) or ''
    if bound ~= A[9] or A[24] ~= '' and call('HGET', P .. 'incident:' .. bound, 'rev') ~= A[24] then
      return {3, rev, '', bound, 0}
    end
  end
  if settle ~= '' then
    s_action = holds(s_dest, s_inc, s_id, A[22])
    if not s_action then return {4, rev, '', '', 0} end
  end
  facts = call('HMGET', P .. 'facts', 'epoch', 'seq')
  if epoch > 0 and whole(facts[1], 'facts') > epoch then return {5, rev, '', '', whole(facts[1], 'facts')} end
end

-- 6 types and numbers
want('timeline:' .. id, 'list')
local pages, last = whole(has[3], 'incident:' .. id), A[12]
if last == '' then last = num(whole(has[4], 'incident:' .. id)) end
local seq = whole(facts[2], 'facts')
local gone, class, before = 0, A[7], has[2]
local listed = A[6] ~= '0'
local counts = {false, false}
if id ~= '' then
  want('incident:' .. id, 'hash')
  want('verdicts:' .. id, 'hash')
  want('bindings', 'hash')
  want('numbers', 'zset')
  want('wakes', 'zset')
  want('facts', 'hash')
  want('classes', 'hash')
  want('destinations', 'zset')
  want('actions', 'set')
  for i = at_items, at_items + 7 * items - 1, 7 do want_lane(A[i + 2], id, A[i + 3]) end
  if settle ~= '' then
    want_lane(s_dest, s_inc, s_action)
    want('dead', 'zset')
    want('dead:' .. s_id, 'hash')
    want('gone', 'hash')
    if not fault then gone = whole(call('HGET', P .. 'gone', s_action), 'gone') end
  end
  if not fault then
    counts = call('HMGET', P .. 'classes', class, before or class)
    counts = {whole(counts[1], 'classes'), whole(counts[2], 'classes')}
  end
end
if marks > 0 then want('marks:' .. num(today), 'hash') end
if fault then return redis.error_reply(fault) end

-- 7 writes
if settle ~= '' then
  -- Taking something away is allowed when the store is full, and what follows then is too: a full store still drains.
  call('HDEL', P .. 'items:' .. lane(s_dest, s_inc), 'f' .. s_id)
end
if items > 0 then
  call('HSET', P .. 'facts', 'seq', num(seq + items))
  for n = 1, items do
    local i = at_items + 7 * (n - 1)
    push(seq + n, A[i + 2], id, A[i + 1], A[i + 3], A[i + 4], A[i + 5], A[i + 6], A[i + 7], '')
  end
end
if wake ~= '' then call('ZADD', P .. 'wakes', 'LT', wake, id) end

local page = last .. ' ' .. A[13] .. ' ' .. A[14]
if id == '' then
  if A[13] ~= '0' and call('LINDEX', timeline, -1) ~= page then
    -- state.ApartKept stay; what an older version kept beyond goes bit by bit, so that no commit takes long.
    local surplus = call('RPUSH', timeline, page) - 100
    if surplus > 0 then call('LTRIM', timeline, math.min(surplus, 100), -1) end
  end
else
  if call('LLEN', timeline) > pages then
    if pages == 0 then call('DEL', timeline) else call('LTRIM', timeline, 0, pages - 1) end
  end
  if listed then
    call('RPUSH', timeline, page)
    pages = pages + 1
  end
  for i = at_verdicts + 1, at_items, 500 do
    call('HSET', P .. 'verdicts:' .. id, unpack(A, i, math.min(at_items, i + 499)))
  end
  call('HSET', incident, 'rev', nxt, 'doc', A[4], 'sum', A[5], 'class', class, 'pages', num(pages), 'seq', last)
  if listed then call('ZADD', P .. 'numbers', A[6], id) end
  if listed and before ~= class then
    call('HSET', P .. 'classes', class, num(counts[1] + 1))
    if before then call('HSET', P .. 'classes', before, num(counts[2] - 1)) end
  end
  if key ~= '' then call('HSET', P .. 'bindings', key, id) end
  if epoch > 0 then call('HSET', P .. 'facts', 'epoch', num(epoch)) end
  if settle == 'dead' then
    local l = lane(s_dest, s_inc)
    local it = call('HMGET', P .. 'items:' .. l, unpack(fields(s_id)))
    local old = call('HMGET', P .. 'dead:' .. s_id, 's', 'dest', 'inc', 'k')
    if old[1] then
      unbury(s_id, tonumber(old[1]), old[2], old[3], old[4])
      if old[4] == s_action then gone = gone - 1 end
    end
    call('HSET', P .. 'dead:' .. s_id, 'a', it[1], 'b', it[2], 'c', it[3], 'e', A[23], 'k', s_action, 'r', it[8],
      's', it[9], 'dest', s_dest, 'inc', s_inc)
    call('ZADD', P .. 'dead', it[3], member(tonumber(it[9]), s_dest, s_inc, s_id))
    call('HSET', P .. 'gone', s_action, num(gone + 1))
  end
  if settle ~= '' then pop(s_dest, s_inc, s_id) end
  if wake == '' then call('ZREM', P .. 'wakes', id) else call('ZADD', P .. 'wakes', wake, id) end
end
for n = 1, marks do
  local bucket = P .. 'marks:' .. num(today)
  call('HSETNX', bucket, A[at_marks + 2 * n - 1], A[at_marks + 2 * n])
  if n == 1 then call('EXPIREAT', bucket, num((today + 10) * 86400)) end
end
return {0, nxt, '', '', 0}
