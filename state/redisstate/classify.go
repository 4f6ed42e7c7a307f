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

// denied is an answer that stays the same until an operator changes something. To those who wait for the store it is
// away, so that they come again; it is not tried again at once.
type denied struct{ text string }

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

// denials are answers that only an operator changes, each with what to do.
var denials = []struct{ code, advice string }{
	{"WRONGPASS", "the Redis server does not know this user or password: look at the store's URL"},
	{"NOAUTH", "the Redis server wants a password: write the store as redis://USER:PASSWORD@HOST:PORT/DB, the password as ${env:NAME}"},
	{"ERR AUTH", "the Redis server has no password or users: leave them out of the store's URL"},
	{"NOPERM", "the Redis user may not do what ifsev needs; docs/operations.md has the ACL line"},
	{"ERR The user executing the script", "the Redis user may not do what ifsev needs; docs/operations.md has the ACL line"},
	{"ERR This instance has cluster support disabled", "the Redis server is no cluster: write the store as redis://HOST:PORT/DB"},
	{"ERR DB index is out of range", "the Redis server has no such database: choose another number at the end of the store's URL"},
	{"ERR invalid DB index", "the Redis server has no such database: choose another number at the end of the store's URL"},
	{"ERR SELECT is not allowed in cluster mode", "the Redis server is one of a cluster: write the store as redis+cluster://HOST:PORT,HOST:PORT"},
	{"ERR unknown command 'WAITAOF'", "the Redis server cannot say what is on disk (WAITAOF), which durability: disk needs: use Redis 7.2 or newer, or durability: local with appendfsync always"},
	{"ERR WAITAOF cannot be used when numlocal", "the Redis server keeps no append-only file, which durability: disk needs: set appendonly yes"},
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
		return fmt.Errorf("%w: no Sentinel knows a master of the name in the store's URL", state.ErrUnavailable)
	case !errors.As(err, &answer):
		return fmt.Errorf("%w: %w", state.ErrUnavailable, err)
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
	for _, d := range denials {
		if has(text, d.code) {
			return denied{fmt.Sprintf("%s (%s)", d.advice, firstLine(text))}
		}
	}
	for _, prefix := range passing {
		if has(text, prefix) {
			return fmt.Errorf("%w: %s", state.ErrUnavailable, text)
		}
	}
	return errors.New(text)
}

// masterless reports whether Sentinels answered that they know no such master; the client makes of that a kind of
// redis.Nil, which elsewhere means that there is nothing.
func masterless(err error) bool {
	return errors.Is(err, redis.Nil) && strings.Contains(err.Error(), "sentinels")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSpace(line)
}

// has reports whether the server's answer begins with the code, also where a script's error carries it.
func has(text, code string) bool {
	return strings.HasPrefix(text, code) || strings.Contains(text, ": -"+code+" ") || strings.Contains(text, ": "+code+" ")
}
