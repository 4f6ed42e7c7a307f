-- timeline.lua reads pages from the first that holds an entry above a seq until enough entries are gathered; pages
-- without entries go with the page before them, so that the chain of revisions has no gap.
-- KEYS  1 base of the partition
-- ARGV  1 incident id  2 seq to begin after  3 how many entries
-- answer the pages as they were written, or false if there is no such incident
local after, limit = tonumber(ARGV[2]), tonumber(ARGV[3])
local list = P .. 'timeline:' .. ARGV[1]
local pages = call('HGET', P .. 'incident:' .. ARGV[1], 'pages')
if not pages then return false end
local function last(i) return tonumber(string.match(call('LINDEX', list, i), '^%d+')) end
local lo, hi = 0, tonumber(pages)
while after > 0 and lo < hi do
  local mid = math.floor((lo + hi) / 2)
  if last(mid) > after then hi = mid else lo = mid + 1 end
end
local out, entries = {}, 0
for from = lo, tonumber(pages) - 1, 20 do
  for _, page in ipairs(call('LRANGE', list, from, math.min(from + 19, tonumber(pages) - 1))) do
    local stop, count = string.match(page, '^(%d+) (%d+)')
    count = tonumber(count)
    if entries >= limit and count > 0 then return out end
    entries = entries + math.min(count, tonumber(stop) - after) -- the first page may begin before
    out[#out + 1] = page
  end
end
return out
