package redisstate

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ifsev/ifsev/state"
)

var _ state.Roster = (*Store)(nil)

// Enroll says that a replica is there, in one round trip; the server's clock says when it is gone.
func (s *Store) Enroll(ctx context.Context, r state.Replica, ttl time.Duration) ([]state.Replica, error) {
	got, err := s.run(ctx, s.scripts.enroll, s.meta(), r.Owner, ttl.Microseconds(), r.Epoch, r.Hash)
	if err != nil {
		return nil, err
	}
	var all []state.Replica
	for a := reading(got); ; {
		if a.err != nil {
			return nil, a.err
		}
		if !a.more() {
			break
		}
		all = append(all, state.Replica{Owner: a.text(), Epoch: a.integer(), Hash: a.text()})
	}
	slices.SortFunc(all, func(a, b state.Replica) int { return cmp.Compare(a.Owner, b.Owner) })
	return all, nil
}
