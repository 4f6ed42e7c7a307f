-- number.lua answers an incident's number and takes the next one the first time.
-- KEYS  1 base of meta
-- ARGV  1 incident id
-- answer the number
local n = call('HGET', P .. 'numbers', ARGV[1])
if n then return tonumber(n) end
want('numbers', 'hash')
if fault then return redis.error_reply(fault) end
n = call('INCR', P .. 'number')
call('HSET', P .. 'numbers', ARGV[1], num(n))
return n
