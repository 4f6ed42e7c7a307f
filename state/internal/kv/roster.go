package kv

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ifsev/ifsev/state"
)

var _ state.Roster = (*Store)(nil)

// present is a replica that said that it is there.
type present struct {
	state.Replica
	until time.Time
}

// Enroll says that a replica is there; see state.Roster. Like leases, the roster lives and dies with the process.
func (s *Store) Enroll(ctx context.Context, r state.Replica, ttl time.Duration) ([]state.Replica, error) {
	if ctx.Err() != nil {
		return nil, Interrupted(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.roster[r.Owner] = present{r, now.Add(ttl)}
	var all []state.Replica
	for owner, p := range s.roster {
		if !p.until.After(now) {
			delete(s.roster, owner)
			continue
		}
		all = append(all, p.Replica)
	}
	slices.SortFunc(all, func(a, b state.Replica) int { return cmp.Compare(a.Owner, b.Owner) })
	return all, nil
}
