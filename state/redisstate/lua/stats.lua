-- stats.lua counts what is in a partition.
-- KEYS  1 base of the partition
-- answer {wakes, earliest wake or '', {class, count, ...}, {action, pending, created of the oldest or '', dead, ...}}
local function first(name)
  local head = call('ZRANGE', P .. name, 0, 0, 'WITHSCORES')
  return head[2] or ''
end
local out = {}
for _, action in ipairs(call('SMEMBERS', P .. 'actions')) do
  local name = 'pending:' .. action
  out[#out + 1] = action
  out[#out + 1] = call('ZCARD', P .. name)
  out[#out + 1] = first(name)
  out[#out + 1] = tonumber(call('HGET', P .. 'gone', action) or 0)
end
return {call('ZCARD', P .. 'wakes'), first('wakes'), call('HGETALL', P .. 'classes'), out}
