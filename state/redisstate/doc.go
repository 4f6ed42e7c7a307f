// Package redisstate keeps ifsev's state in Redis, so that many replicas of the daemon share it: one server, a master
// watched by Sentinel, or a cluster. It imports package state and the root, and nobody else imports go-redis.
//
// Every partition has a hash tag of its own, {p0} to {p63}; numbers and rule sets live under {meta}. What a commit
// touches shares one tag, so it is one script on one node and one round trip. Go decides and encodes; the scripts in
// lua/ move bytes and check: lua/lib.lua lists the keys, each script says what it takes and answers.
//
//	Commit ─► arguments ─► EVALSHA commit.lua ─► status ─► Result
//	            │ NOSCRIPT: EVAL once        │ no answer: the same again, within the budget, then ErrUnavailable
//
// Every script may run twice: a write whose answer was lost is sent again as it was. The server's clock decides what
// is due, so replicas whose clocks differ agree.
package redisstate
