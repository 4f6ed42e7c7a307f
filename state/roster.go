package state

import (
	"context"
	"time"
)

// Replica is one process that works on a store together with others.
type Replica struct {
	// Owner names it as in Lease.
	Owner string `json:"owner"`
	// Epoch is the rule set it decides with; Hash tells the set apart that its own files hold.
	Epoch int64  `json:"epoch"`
	Hash  string `json:"hash"`
}

// Roster is what a store offers that several processes may share: who else is there. Who stands on it decides how many
// partitions each of them polls, never who is right.
type Roster interface {
	// Enroll says that the replica is there for ttl from now (0: that it leaves), and answers all that are, sorted by
	// owner. A replica that does not say so again in time is gone.
	Enroll(ctx context.Context, r Replica, ttl time.Duration) ([]Replica, error)
}
