-- putrules.lua makes a rule set the newest.
-- KEYS  1 base of meta
-- ARGV  1 hash  2 body
-- answer its epoch
local newest = tonumber(call('GET', P .. 'rules') or 0)
if not newest then return redis.error_reply('IFSEV key ' .. P .. 'rules holds no number where one belongs') end
if newest > 0 and call('HGET', P .. 'rules:' .. num(newest), 'hash') == ARGV[1] then return newest end
want('rules:' .. num(newest + 1), 'hash')
if fault then return redis.error_reply(fault) end
call('HSET', P .. 'rules:' .. num(newest + 1), 'hash', ARGV[1], 'body', ARGV[2])
call('SET', P .. 'rules', num(newest + 1))
return newest + 1
