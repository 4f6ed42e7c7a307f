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
	var before error
	for try := 0; ; try++ {
		err := f(ctx)
		if err == nil || missing(err) {
			return err
		}
		if before != nil && over(ctx) {
			return before // the last try was cut short, and the one before says more
		}
		if err = s.misled(classify(err)); !passes(err) {
			return told(what, err)
		}
		before = err
		s.reload(ctx)
		if !pause(ctx, try) {
			return err
		}
	}
}

// over reports whether the context's time is up. A connection that has the same deadline may notice before the context does.
func over(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

// told names what was under way beside a fault, which the text of the server alone does not say. Of a store that is away
// or full it is no help.
func told(what string, err error) error {
	for _, known := range []error{state.ErrUnavailable, state.ErrFull, errClosed} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w (%s)", err, what)
}

// pipelined sends what fill puts into a pipeline. What is not there is no error: the command that asked for it says so.
func (s *Store) pipelined(ctx context.Context, what string, fill func(ctx context.Context, p redis.Pipeliner) error) error {
	return s.do(ctx, what, func(ctx context.Context) error {
		cmds, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error { return fill(ctx, p) })
		if !missing(err) {
			return err
		}
		for _, cmd := range cmds { // the first error hides those behind it
			if err := cmd.Err(); err != nil && !missing(err) {
				return err
			}
		}
		return nil
	})
}

// missing reports whether an error says only that something is not there.
func missing(err error) bool { return errors.Is(err, redis.Nil) && !masterless(err) }

// passes reports whether asking again may help.
func passes(err error) bool {
	var d denied
	return errors.Is(err, state.ErrUnavailable) && !errors.As(err, &d)
}

// misled makes a denial of MOVED where nobody follows it: the server is one of a cluster, and the URL does not say so.
func (s *Store) misled(err error) error {
	if _, ok := s.client.(*redis.ClusterClient); !ok && strings.Contains(err.Error(), ": MOVED ") {
		return denied{"the Redis server is one of a cluster: write the store as redis+cluster://HOST:PORT,HOST:PORT"}
	}
	return err
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

// ProcessPipelineHook counts the scripts of a pipeline as ProcessHook does.
func (counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		for _, cmd := range cmds {
			tally(ctx, cmd, cmd.Err())
		}
		return err
	}
}

// ProcessHook counts a script unless it surely did not run; what the client sends of its own, such as HELLO, is none.
func (counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		tally(ctx, cmd, err)
		return err
	}
}

func tally(ctx context.Context, cmd redis.Cmder, err error) {
	script := cmd.Name() == "evalsha" || cmd.Name() == "eval"
	if done, ok := ctx.Value(counter{}).(*atomic.Int32); ok && script && !undone(err) {
		done.Add(1)
	}
}

// undone reports whether the error says that the server did nothing: it refused, or there was no connection.
func undone(err error) bool {
	var refusal redis.Error
	var network *net.OpError
	return errors.As(err, &refusal) && !errors.Is(err, redis.Nil) || errors.As(err, &network) && network.Op == "dial"
}

// reload makes a cluster's client look where the masters are now: after one dies it would otherwise go on asking it
// for up to a minute. Nobody waits for it, and one at a time looks. (The client's own ReloadState rests a fifth of a second
// after each look, which is a fifth of a second more without a master.)
func (s *Store) reload(ctx context.Context) {
	c, ok := s.client.(*redis.ClusterClient)
	if !ok || !s.reloading.CompareAndSwap(false, true) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reloadTime)
	go func() {
		defer s.reloading.Store(false)
		defer cancel()
		_ = c.ForEachMaster(ctx, func(context.Context, *redis.Client) error { return nil }) // it looks before it begins
	}()
}

// reloadTime is how long a look may take: it may have begun with a node that hangs, and the next one begins with another.
const reloadTime = time.Second

// pause waits a little longer after each try, with jitter so that replicas do not come back all at once; false if
// there is no time left for another.
func pause(ctx context.Context, try int) bool {
	wait := min(10*time.Millisecond<<min(try, 5), 100*time.Millisecond)
	timer := time.NewTimer(wait/2 + rand.N(wait))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return !over(ctx)
	}
}
