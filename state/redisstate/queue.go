package redisstate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Due asks all partitions in one round trip to each node. On a cluster, whose nodes have a clock each, Now is the
// earliest of theirs; while one of them is away, what is due in the partitions of the others is answered.
func (s *Store) Due(ctx context.Context, parts []ifsev.Partition, limit int) (state.Due, error) {
	calls, err := s.calls(parts, limit)
	if err != nil {
		return state.Due{}, err
	}
	if len(calls) == 0 {
		now, err := s.Now(ctx)
		return state.Due{Now: now}, err
	}
	answers, err := s.some(ctx, s.scripts.due, calls)
	if err != nil {
		return state.Due{}, err
	}
	var due state.Due
	for i, got := range answers {
		if isAbsent(got) {
			continue
		}
		a := reading(got)
		due.Now, due.Next = earlier(due.Now, a.instant()), earlier(due.Next, a.instant())
		wakes, destinations := a.list(), a.list()
		for wakes.more() {
			due.Wakes = append(due.Wakes, state.Wake{ID: wakes.text(), At: wakes.instant()})
		}
		for destinations.more() {
			due.Destinations = append(due.Destinations,
				state.DestinationDue{Partition: parts[i], Destination: destinations.text(), At: destinations.instant()})
		}
		if err := firstOf(a.err, wakes.err, destinations.err); err != nil {
			return state.Due{}, err
		}
	}
	return due, nil
}

// earlier answers the earlier of two instants, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// calls are calls with the same arguments in each of the partitions.
func (s *Store) calls(parts []ifsev.Partition, args ...any) ([]call, error) {
	calls := make([]call, len(parts))
	for i, p := range parts {
		if err := known(p); err != nil {
			return nil, err
		}
		calls[i] = call{s.base(p), args}
	}
	return calls, nil
}

func known(p ifsev.Partition) error {
	if p < 0 || p >= ifsev.Partitions {
		return fmt.Errorf("there is no partition %d: they are 0 to %d", p, ifsev.Partitions-1)
	}
	return nil
}

// Claim hands out the heads of due lanes. If the answer is lost, asking again hands out the same ones.
func (s *Store) Claim(ctx context.Context, p ifsev.Partition, destination string, limit int, visibility time.Duration) ([]state.Claim, error) {
	if err := known(p); err != nil {
		return nil, err
	}
	if limit <= 0 {
		return nil, nil
	}
	var got any
	token := strconv.FormatUint(rand.Uint64(), 36)
	ctx, done := counting(ctx)
	err := s.do(ctx, "claim", func(ctx context.Context) (err error) {
		got, err = s.scripts.claim.Run(ctx, s.client, keys(s.base(p)), destination, limit, visibility.Microseconds(), token, min(done.Load(), 1)).Result()
		return err
	})
	if err != nil {
		return nil, err
	}
	var claims []state.Claim
	a := reading(got)
	for a.more() {
		claims = append(claims, state.Claim{
			Partition: p, Destination: destination, Incident: a.text(), ID: a.text(), Attempt: int(a.integer()),
			Body: []byte(a.text()),
		})
	}
	return claims, a.err
}

// Retry makes a claimed delivery due again. Asking twice answers as the first time did.
func (s *Store) Retry(ctx context.Context, c state.Claim, at time.Time, failure string) (bool, error) {
	if err := known(c.Partition); err != nil {
		return false, err
	}
	got, err := s.run(ctx, s.scripts.retry, s.base(c.Partition), c.Destination, c.Incident, c.ID, c.Attempt, micros(at), failure)
	return got == int64(1), err
}

// Lease takes, renews or gives up the right to poll partitions, in one round trip to each node. Those of a node that is
// away are not the owner's, while others are there.
func (s *Store) Lease(ctx context.Context, owner string, parts []ifsev.Partition, ttl time.Duration) ([]ifsev.Partition, error) {
	calls, err := s.calls(parts)
	if err != nil || len(calls) == 0 {
		return nil, err
	}
	for i, p := range parts {
		calls[i].args = []any{owner, ttl.Microseconds(), s.lives.first(p, owner)}
	}
	answers, err := s.some(ctx, s.scripts.lease, calls)
	if err != nil {
		return nil, err
	}
	var mine []ifsev.Partition
	for i, got := range answers {
		if got == int64(1) {
			mine = append(mine, parts[i])
			s.lives.had(parts[i], owner)
		}
	}
	return mine, nil
}

// lives are the leases this process has had: what a former life of an owner had in hand is taken from it once.
type lives struct {
	mu    sync.Mutex
	known map[life]bool
}

type life struct {
	p     ifsev.Partition
	owner string
}

// first answers 1 where the owner has not had the partition's lease in this process, else 0.
func (l *lives) first(p ifsev.Partition, owner string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known[life{p, owner}] {
		return 0
	}
	return 1
}

func (l *lives) had(p ifsev.Partition, owner string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil {
		l.known = map[life]bool{}
	}
	l.known[life{p, owner}] = true
}
