package redisstate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev/state"
)

// Durability is what must be true of a write before it counts as done.
type Durability string

// The kinds of durability. What waits for it: a commit, an incident's number, a rule set's epoch, and what a person
// does about a dead delivery; a lost one of these would be missing or, with the numbers, given twice. What does not: a
// lease, a claim, a retry and the roster. Without them something is polled or attempted once more, under the same key.
const (
	// Local: the server has it, and keeps it as it is configured to.
	Local Durability = "local"
	// Replicated: every replica of the master has it as well (WAIT), one at least. Any of them may become the next master.
	Replicated Durability = "replicated"
	// Disk: it is in the server's append-only file, synced (WAITAOF 1 0; Redis 7.2).
	Disk Durability = "disk"
)

// How long one wait lasts. A server with appendfsync everysec syncs a second after it did so last, and not at once when
// it is asked: a shorter wait would end, and be begun anew behind the fence (see durably), just before its time.
const (
	replicasWait = 500 * time.Millisecond
	diskWait     = 1500 * time.Millisecond
)

// patience answers how long an operation is tried again, and how long one wait of it lasts.
func (d Durability) patience(budget time.Duration) (time.Duration, time.Duration) {
	wait := replicasWait
	if d == Disk {
		wait = diskWait
	}
	if budget <= 0 {
		budget = 2*time.Second + 2*(wait-replicasWait)
	}
	return budget, min(wait, budget/2)
}

// durably runs the script and answers once what it wrote, or what it found written, is durable. since says of an answer
// whether it tells of an earlier write that must be durable too; nil means always. A wait that ends short is an
// ErrUnavailable like an answer that was lost: the script runs again, and so it may run more than once.
//
// Script and wait go to one node in one pipeline, which is one connection: a WAIT that a cluster's client routes by
// itself ends on any node, and says nothing of the write before it.
func (s *Store) durably(ctx context.Context, sc script, base string, since func(answer any) bool, args ...any) (answer any, err error) {
	if s.durability == Local {
		return s.run(ctx, sc, base, args...)
	}
	err = s.do(ctx, sc.name, func(ctx context.Context) error {
		node, err := s.node(ctx, base)
		if err != nil {
			return err
		}
		if answer, err = s.waiting(ctx, node, func(p redis.Pipeliner) *redis.Cmd { return sc.EvalSha(ctx, p, keys(base), args...) }); redis.HasErrorPrefix(err, "NOSCRIPT") {
			answer, err = s.waiting(ctx, node, func(p redis.Pipeliner) *redis.Cmd { return sc.Eval(ctx, p, keys(base), args...) })
		}
		fewer := errors.Is(err, errMoreCopies)
		if err != nil && !fewer || !fewer && since != nil && !since(answer) {
			return err
		}
		// Servers differ in whether WAIT counts only what its own connection wrote. A write of its own, after the earlier
		// one, covers that.
		_, err = s.waiting(ctx, node, func(p redis.Pipeliner) *redis.Cmd {
			return p.Do(ctx, "SET", base+"fence", strconv.FormatUint(rand.Uint64(), 36))
		})
		return err
	})
	return answer, err
}

// errMoreCopies says that the replicas that were waited for have the write, and that there are more than was known.
var errMoreCopies = fmt.Errorf("%w: there are more replicas than was known", state.ErrUnavailable)

// node answers the client of the node that holds a base's keys.
func (s *Store) node(ctx context.Context, base string) (redis.UniversalClient, error) {
	if c, ok := s.client.(*redis.ClusterClient); ok {
		return c.MasterForKey(ctx, base)
	}
	return s.client, nil
}

// nodeName is what a node of a cluster is told from the others by; elsewhere there is one.
func nodeName(node redis.UniversalClient) string {
	if c, ok := node.(*redis.Client); ok {
		return c.Options().Addr
	}
	return ""
}

// waiting sends a write and the wait for it down one connection.
func (s *Store) waiting(ctx context.Context, node redis.UniversalClient, write func(redis.Pipeliner) *redis.Cmd) (any, error) {
	var cmd, wait, info *redis.Cmd
	name := nodeName(node)
	copies := s.copies.expected(name, time.Now())
	_, err := node.Pipelined(ctx, func(p redis.Pipeliner) error {
		cmd = write(p)
		if s.durability == Disk {
			wait = p.Do(ctx, "WAITAOF", 1, 0, s.wait.Milliseconds())
		} else {
			wait = p.Do(ctx, "WAIT", copies, s.wait.Milliseconds())
			info = p.Do(ctx, "INFO", "replication") // which master this is, and whom it sends to
		}
		return nil
	})
	answer, cmdErr := cmd.Result()
	switch {
	case cmdErr != nil && !errors.Is(cmdErr, redis.Nil):
		return nil, cmdErr
	case err != nil && wait.Err() == nil && !errors.Is(err, redis.Nil):
		return nil, err
	}
	if s.durability == Disk {
		return answer, s.reached(wait, 1)
	}
	text, err := info.Text()
	if err != nil {
		return nil, err
	}
	need := s.copies.seen(name, text, time.Now())
	if err := s.reached(wait, min(need, copies)); err != nil {
		return nil, err
	}
	if need > copies {
		return answer, s.moreCopies(wait, need)
	}
	return answer, nil
}

// moreCopies says whether so many replicas have the write although fewer were waited for.
func (s *Store) moreCopies(wait *redis.Cmd, need int) error {
	if s.reached(wait, need) == nil {
		return nil
	}
	return errMoreCopies
}

// reached says whether the wait found the write where it must be, so many times.
func (s *Store) reached(wait *redis.Cmd, need int) error {
	got, err := wait.Result()
	if err != nil {
		return err
	}
	if list, ok := got.([]any); ok && len(list) > 0 { // WAITAOF answers disks here, and there
		got = list[0]
	}
	n, _ := got.(int64)
	if n >= int64(need) {
		return nil
	}
	if s.durability == Disk {
		return fmt.Errorf("%w: what was written is not on the disk of the Redis server after %v, and does not count as accepted (durability: disk)", state.ErrUnavailable, s.wait)
	}
	return fmt.Errorf("%w: what was written has reached %d of %d replicas of the Redis server after %v, and does not count as accepted (durability: replicated)", state.ErrUnavailable, n, need, s.wait)
}
