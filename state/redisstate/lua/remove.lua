-- remove.lua forgets an incident that is over.
-- KEYS  1 base of the partition
-- ARGV  1 id  2 expected rev  3 key it may be bound to, or empty
-- answer 0 removed, 1 its revision is another, 2 something about it waits, 3 there is none
local id = ARGV[1]
local incident = P .. 'incident:' .. id
local has = call('HMGET', incident, 'rev', 'class')
if not has[1] then return 3 end
if has[1] ~= ARGV[2] then return 1 end
if call('ZSCORE', P .. 'wakes', id) then return 2 end
for _, dest in ipairs(call('ZRANGE', P .. 'destinations', 0, -1)) do
  if call('EXISTS', P .. 'lane:' .. lane(dest, id)) == 1 then return 2 end
end
local mark = #id .. ':' .. id
for _, m in ipairs(call('ZRANGE', P .. 'dead', 0, -1)) do
  if string.find(m, mark, 17, true) then return 2 end -- at worst another's that holds the same text
end
want('classes', 'hash')
want('bindings', 'hash')
want('numbers', 'zset')
if fault then return redis.error_reply(fault) end
call('DEL', P .. 'verdicts:' .. id)
call('DEL', P .. 'timeline:' .. id)
if ARGV[3] ~= '' and call('HGET', P .. 'bindings', ARGV[3]) == id then call('HDEL', P .. 'bindings', ARGV[3]) end
if call('ZREM', P .. 'numbers', id) == 1 then call('HINCRBY', P .. 'classes', has[2], -1) end
call('DEL', incident)
return 0
