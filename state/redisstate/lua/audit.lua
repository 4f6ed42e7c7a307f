-- audit.lua holds a document against the indexes, or makes its entry in the index of wakes anew.
-- KEYS  1 base of the partition
-- ARGV  1 id  2 revision of the document (empty: there is none)  3 where it belongs in the index of wakes (empty: nowhere)
--       4 1 to make the entry anew, else 0; then the ids of the deliveries that it waits for
-- answer {1 if the revision is another, instant in the index of wakes, its number in the index, id of a delivery that is
--       nowhere, ...}; what is in no index is empty
local id = ARGV[1]
if (call('HGET', P .. 'incident:' .. id, 'rev') or '') ~= ARGV[2] then return {1, '', ''} end
local wake = call('ZSCORE', P .. 'wakes', id) or ''
local out = {0, wake, call('ZSCORE', P .. 'numbers', id) or ''}
if ARGV[4] == '1' then
  want('wakes', 'zset')
  if fault then return redis.error_reply(fault) end
  if ARGV[3] == '' then call('ZREM', P .. 'wakes', id) else call('ZADD', P .. 'wakes', ARGV[3], id) end
  return out
end
if #ARGV < 5 then return out end
local all = call('ZRANGE', P .. 'destinations', 0, -1)
for i = 5, #ARGV do
  local there = call('EXISTS', P .. 'dead:' .. ARGV[i]) == 1
  for _, dest in ipairs(all) do
    if there then break end
    there = call('HEXISTS', P .. 'items:' .. lane(dest, id), 'b' .. ARGV[i]) == 1
  end
  if not there then out[#out + 1] = ARGV[i] end
end
return out
