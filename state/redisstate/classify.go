package redisstate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev/state"
)

// errClosed says the store was closed; asking again does not help.
var errClosed = errors.New("the store is closed")

// errMasterless is what Sentinels say that know no such master, or not yet.
var errMasterless = fmt.Errorf("%w: no Sentinel knows a master of the name in the store's URL", state.ErrUnavailable)

// denied is an answer that stays the same until an operator changes something. To those who wait for the store it is
// away, so that they come again; it is not tried again at once.
type denied struct{ text string }

// Error says what was refused, and what to do.
func (d denied) Error() string { return d.text }

// Is makes it one of state.ErrUnavailable.
func (d denied) Is(target error) bool { return target == state.ErrUnavailable }

// passing are the answers of a server that will do it later, or of one that is no longer the right one.
var passing = []string{
	"LOADING", "READONLY", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "MOVED", "ASK", "NOREPLICAS", "BUSY", "MISCONF",
	"ERR max number of clients", "NOSCRIPT", "REDIRECT", "FAILOVER",
	"UNBLOCKED",                            // a WAIT that was under way when the master became a replica
	"ERR WAIT cannot be used with replica", // and one that came after
	"ERR WAITAOF cannot be used with replica",
}

// A denial is how an answer begins, and what to do.
type denial struct{ code, advice string }

// denials are answers that only an operator changes, each with what to do.
var denials = []denial{
	{"WRONGPASS", "the Redis server does not know this user or password: look at the store's URL"},
	{"NOAUTH", "the Redis server wants a password: write the store as redis://USER:PASSWORD@HOST:PORT/DB, the password as ${env:NAME}"},
	{"ERR AUTH", "the Redis server has no password or users: leave them out of the store's URL"},
	{"NOPERM", "the Redis user may not do what ifsev needs; docs/operations.md has the ACL line"},
	{"ERR The user executing the script", "the Redis user may not do what ifsev needs; docs/operations.md has the ACL line"},
	{"ERR This instance has cluster support disabled", "the Redis server is no cluster: write the store as redis://HOST:PORT/DB"},
	{"ERR DB index is out of range", "the Redis server has no such database: choose another number at the end of the store's URL"},
	{"ERR invalid DB index", "the Redis server has no such database: choose another number at the end of the store's URL"},
	{"ERR SELECT is not allowed in cluster mode", "the Redis server is one of a cluster: write the store as redis+cluster://HOST:PORT,HOST:PORT"},
	{"ERR unknown command 'select'", aSentinel},
	{"ERR unknown command 'cluster'", "the server is no cluster, and may be a Sentinel: write the store as redis+sentinel://HOST:PORT/MASTER/DB, or redis://HOST:PORT/DB for one server"},
	{"ERR unknown command 'waitaof'", "the Redis server cannot say what is on disk (WAITAOF), which durability: disk needs: use Redis 7.2 or newer, or durability: local with appendfsync always"},
	{"ERR WAITAOF cannot be used when numlocal", "the Redis server keeps no append-only file, which durability: disk needs: set appendonly yes"},
}

// aSentinel is what to do about a Sentinel that was taken for a server.
const aSentinel = "the server is a Sentinel, which keeps nothing itself: write the store as redis+sentinel://HOST:PORT/MASTER/DB"

// sentinelDenials are those of Sentinels, which have users and passwords of their own.
var sentinelDenials = []denial{
	{"WRONGPASS", "the Sentinels do not know this user or password: look at sentinel_user= and sentinel_password= in the store's URL"},
	{"NOAUTH", "the Sentinels want a password: write it behind the store's URL as ?sentinel_password=${env:NAME}, with &sentinel_user= if they have users"},
	{"ERR AUTH", "the Sentinels have no password or users: leave sentinel_user= and sentinel_password= out of the store's URL"},
	{"NOPERM", "the Sentinels do not let this user ask for the master; docs/operations.md has the rights it needs"},
	{"ERR unknown command 'sentinel'", "the server is no Sentinel: give the addresses of the Sentinels (their port is mostly 26379), or write the store as redis://HOST:PORT/DB for one server"},
}

// classify says which of the store's errors a client's error is.
func classify(err error) error {
	var answer redis.Error
	switch {
	case errors.Is(err, redis.ErrClosed):
		return errClosed
	case errors.Is(err, state.ErrUnavailable):
		return err
	case masterless(err):
		return errMasterless
	case !errors.As(err, &answer):
		return fmt.Errorf("%w: %w", state.ErrUnavailable, plain(err))
	}
	text := answer.Error()
	switch {
	case has(text, "OOM"):
		return fmt.Errorf("%w: the Redis server is over its maxmemory: raise it or make room", state.ErrFull)
	case has(text, "MISCONF") && strings.Contains(text, "No space left"):
		return fmt.Errorf("%w: the disk of the Redis server is full", state.ErrFull)
	case has(text, "MISCONF"):
		return fmt.Errorf("%w: the Redis server cannot write to its disk and takes no writes; its log says why (%s)", state.ErrUnavailable, text)
	case has(text, "NOREPLICAS"):
		return fmt.Errorf("%w: the Redis server has fewer replicas than min-replicas-to-write and takes no writes", state.ErrUnavailable)
	}
	known := denials
	if ofSentinels(err) {
		known = sentinelDenials
	}
	for _, d := range known {
		if has(sameQuotes(text), d.code) {
			return denied{fmt.Sprintf("%s (%s)", d.advice, said(text))}
		}
	}
	for _, prefix := range passing {
		if has(text, prefix) {
			return fmt.Errorf("%w: %s", state.ErrUnavailable, said(text))
		}
	}
	return errors.New(text)
}

// nobodyAnswers is what the client puts before what each Sentinel's address came to, one a line.
const nobodyAnswers = "redis: all sentinels specified in configuration are unreachable: "

// ofSentinels reports whether the error is what Sentinels said, and not the server.
func ofSentinels(err error) bool { return strings.HasPrefix(err.Error(), nobodyAnswers) }

// plain has the error of the Sentinels in one line.
func plain(err error) error {
	if !ofSentinels(err) {
		return err
	}
	each := strings.Split(strings.TrimPrefix(err.Error(), nobodyAnswers), "\n")
	return &silent{"no Sentinel answers: " + strings.Join(each, "; "), err}
}

// silent is an error in other words.
type silent struct {
	text string
	err  error
}

// Error says it in these words.
func (s *silent) Error() string { return s.text }

// Unwrap answers the error as the client gave it.
func (s *silent) Unwrap() error { return s.err }

// sameQuotes writes an unknown command as the newest servers do: older ones quote it otherwise, and all as it was sent.
func sameQuotes(text string) string {
	if !strings.HasPrefix(text, "ERR unknown command") {
		return text
	}
	return "ERR" + strings.ToLower(strings.NewReplacer("`", "'").Replace(text[len("ERR"):]))
}

// masterless reports whether Sentinels answered that they know no such master; the client makes of that a kind of
// redis.Nil, which elsewhere means that there is nothing.
func masterless(err error) bool {
	return errors.Is(err, redis.Nil) && strings.Contains(err.Error(), "sentinels")
}

// said is what a server answered, without the place in the script that met it.
func said(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	line, _, _ = strings.Cut(line, " script: ")
	return strings.TrimSpace(line)
}

// has reports whether the server's answer begins with the code, also where a script's error carries it.
func has(text, code string) bool {
	return strings.HasPrefix(text, code) || strings.Contains(text, ": -"+code+" ") || strings.Contains(text, ": "+code+" ")
}
