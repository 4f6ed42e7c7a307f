-- load.lua reads the incident last bound to a key.
-- KEYS  1 base of the partition
-- ARGV  1 key
-- answer {id, rev, document}, or {} if there is none
local id = call('HGET', P .. 'bindings', ARGV[1])
if not id then return {} end
local kept = call('HMGET', P .. 'incident:' .. id, 'rev', 'doc')
if not kept[1] then return {} end
return {id, kept[1], kept[2]}
