-- rules.lua reads a rule set.
-- KEYS  1 base of meta
-- ARGV  1 epoch (0: the newest)
-- answer {epoch, hash, body}, or {} if there is none
local epoch = tonumber(ARGV[1])
if epoch == 0 then epoch = tonumber(call('GET', P .. 'rules') or 0) end
local set = call('HMGET', P .. 'rules:' .. num(epoch), 'hash', 'body')
if not set[1] then return {} end
return {epoch, set[1], set[2]}
