package engine

import (
	"context"
	"hash/fnv"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// leaseChunk is how many partitions are asked for at once at least, when some are missing.
const leaseChunk = 8

// enroll says that this replica is there and reckons its share: of N replicas each polls a part of N, rounded up. One
// that cannot decide polls nothing and does not count. While nobody answers, the share stays as it was.
//
//	replicas  1     2        3           a dies, after its time  b and c
//	share     64    32 32    22 22 20                            32 32
func (l *leases) enroll(ctx context.Context) {
	self, able := l.self()
	if !able {
		l.share = 0
	}
	if l.roster == nil {
		if able {
			l.share = ifsev.Partitions
		}
		return
	}
	ttl := l.ttl
	if !able {
		ttl = 0
	}
	self.Owner = l.owner
	all, err := l.roster.Enroll(ctx, self, ttl)
	if err != nil {
		return // the leases fail too, and say so
	}
	if n := len(all); able && n > 0 {
		l.share = (ifsev.Partitions + n - 1) / n
	}
	l.met(ctx, all)
}

// settle renews what is held, takes what is missing to the share, and gives up what is above it. What is held stays:
// partitions change hands only where they must.
func (l *leases) settle(ctx context.Context) ([]ifsev.Partition, error) {
	l.mu.Lock()
	want := l.parts
	l.mu.Unlock()
	if !l.asked {
		want = l.inOrder() // after a crash it has its own leases still
	}
	got, err := l.store.Lease(ctx, l.owner, want, l.ttl)
	if err != nil {
		return nil, err
	}
	l.asked = true
	if len(want) < ifsev.Partitions && len(got) < l.share {
		if got, err = l.gain(ctx, got); err != nil {
			return nil, err
		}
	}
	if len(got) <= l.share {
		return got, nil
	}
	if _, err := l.store.Lease(ctx, l.owner, got[l.share:], 0); err != nil {
		return nil, err
	}
	return got[:l.share:l.share], nil
}

// gain asks for partitions that are not held until the share is reached or all were asked for.
func (l *leases) gain(ctx context.Context, held []ifsev.Partition) ([]ifsev.Partition, error) {
	free := slices.DeleteFunc(l.inOrder(), func(p ifsev.Partition) bool { return slices.Contains(held, p) })
	for len(free) > 0 && len(held) < l.share {
		n := min(len(free), max(leaseChunk, l.share-len(held)))
		got, err := l.store.Lease(ctx, l.owner, free[:n], l.ttl)
		if err != nil {
			return nil, err
		}
		held, free = append(slices.Clone(held), got...), free[n:]
	}
	return held, nil
}

// inOrder answers all partitions, beginning at a place of this replica's own, so that several that look for free ones do
// not all look in the same place.
func (l *leases) inOrder() []ifsev.Partition {
	h := fnv.New32a()
	_, _ = h.Write([]byte(l.owner)) // a hash takes everything
	start := int(h.Sum32() % ifsev.Partitions)
	all := allPartitions()
	return slices.Concat(all[start:], all[:start])
}

var _ state.Roster = (*measured)(nil)

// Enroll implements state.Roster; where the store has none, the replica is alone.
func (s *measured) Enroll(ctx context.Context, r state.Replica, ttl time.Duration) (all []state.Replica, err error) {
	roster, ok := s.Store.(state.Roster)
	if !ok {
		return []state.Replica{r}, nil
	}
	defer s.time("enroll")(&err)
	return roster.Enroll(ctx, r, ttl)
}
