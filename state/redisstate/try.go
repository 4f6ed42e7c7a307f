package redisstate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev/state"
)

// errClosed says the store was closed; asking again does not help.
var errClosed = errors.New("the store is closed")

// do calls f until it answers, the server says something that asking again would not change, or the budget is spent.
// From the second time on it may repeat what the server has already done; see counting.
func (s *Store) do(ctx context.Context, what string, f func(ctx context.Context) error) error {
	s.open.RLock()
	defer s.open.RUnlock()
	if s.closed {
		return errClosed
	}
	ctx, cancel := context.WithTimeout(ctx, s.budget)
	defer cancel()
	for try := 0; ; try++ {
		err := f(ctx)
		if err == nil || errors.Is(err, redis.Nil) {
			return err
		}
		if err = classify(err); !errors.Is(err, state.ErrUnavailable) {
			return fmt.Errorf("%s: %w", what, err)
		}
		s.reload(ctx)
		if !pause(ctx, try) {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

// A counter counts the scripts under a context that the server may have run: those it answered, and those whose
// answer was lost. A cluster's client sends some again by itself, so how often f was called does not say it.
type counter struct{}

// counting answers a context under which they are counted.
func counting(ctx context.Context) (context.Context, *atomic.Int32) {
	done := new(atomic.Int32)
	return context.WithValue(ctx, counter{}, done), done
}

// DialHook changes nothing.
func (counter) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook changes nothing: nobody asks how often a pipeline was sent.
func (counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook counts a script unless it surely did not run; what the client sends of its own, such as HELLO, is none.
func (counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		script := cmd.Name() == "evalsha" || cmd.Name() == "eval"
		if done, ok := ctx.Value(counter{}).(*atomic.Int32); ok && script && !undone(err) {
			done.Add(1)
		}
		return err
	}
}

// undone reports whether the error says that the server did nothing: it refused, or there was no connection.
func undone(err error) bool {
	var refusal redis.Error
	var network *net.OpError
	return errors.As(err, &refusal) && !errors.Is(err, redis.Nil) || errors.As(err, &network) && network.Op == "dial"
}

// reload makes a cluster's client look where the masters are now: after one dies it would otherwise go on asking it
// for up to a minute.
func (s *Store) reload(ctx context.Context) {
	if c, ok := s.client.(*redis.ClusterClient); ok {
		c.ReloadState(ctx)
	}
}

// pause waits a little longer after each try, with jitter so that replicas do not come back all at once; false if
// there is no time left for another.
func pause(ctx context.Context, try int) bool {
	wait := min(10*time.Millisecond<<min(try, 5), 200*time.Millisecond)
	timer := time.NewTimer(wait/2 + rand.N(wait))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// passing are the answers of a server that will do it later, or of one that is no longer the right one.
var passing = []string{
	"LOADING", "READONLY", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "MOVED", "ASK", "NOREPLICAS", "BUSY", "MISCONF",
	"ERR max number of clients", "NOSCRIPT",
}

// classify says which of the store's errors a client's error is.
func classify(err error) error {
	var answer redis.Error
	switch {
	case errors.Is(err, redis.ErrClosed):
		return errClosed
	case !errors.As(err, &answer):
		return fmt.Errorf("%w: %w", state.ErrUnavailable, err)
	}
	text := answer.Error()
	switch {
	case has(text, "OOM"):
		return fmt.Errorf("%w: the Redis server is over its maxmemory: raise it or make room", state.ErrFull)
	case has(text, "MISCONF") && strings.Contains(text, "No space left"):
		return fmt.Errorf("%w: the disk of the Redis server is full", state.ErrFull)
	}
	for _, prefix := range passing {
		if has(text, prefix) {
			return fmt.Errorf("%w: %s", state.ErrUnavailable, text)
		}
	}
	return errors.New(text)
}

// has reports whether the server's answer begins with the code, also where a script's error carries it.
func has(text, code string) bool {
	return strings.HasPrefix(text, code) || strings.Contains(text, ": -"+code+" ") || strings.Contains(text, ": "+code+" ")
}
