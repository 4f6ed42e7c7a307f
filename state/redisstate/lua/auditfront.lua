-- auditfront.lua answers what comes first in the indexes of a partition.
-- KEYS  1 base of the partition
-- ARGV  1 how much of each
-- answer {{incident or group, ...}, {destination, incident, ...}}; the incident is empty where a destination has no queue
local last = ARGV[1] - 1
local lanes = {}
for _, dest in ipairs(call('ZRANGE', P .. 'destinations', 0, last)) do
  local queued = call('ZRANGE', P .. 'queue:' .. dest, 0, last)
  if #queued == 0 then queued = {''} end
  for _, inc in ipairs(queued) do
    lanes[#lanes + 1] = dest
    lanes[#lanes + 1] = inc
  end
end
return {call('ZRANGE', P .. 'wakes', 0, last), lanes}
