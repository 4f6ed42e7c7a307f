package state

import "context"

// FindingKind is one of the things about a store that take away from what ifsev promises.
type FindingKind string

// The kinds of findings.
const (
	// FindingPersistence: what was accepted may be lost when the server or its host ends.
	FindingPersistence FindingKind = "persistence"
	// FindingReplicas: there are too few copies, or they come too late.
	FindingReplicas FindingKind = "replicas"
	// FindingMemory: there is, or soon will be, no room.
	FindingMemory FindingKind = "memory"
	// FindingCluster: a part of the cluster is not served.
	FindingCluster FindingKind = "cluster"
	// FindingClock: its clock and this process's disagree.
	FindingClock FindingKind = "clock"
	// FindingUnfit: it cannot keep state at all, and is refused.
	FindingUnfit FindingKind = "unfit"
)

// FindingKinds lists all kinds, for metrics.
func FindingKinds() []FindingKind {
	return []FindingKind{FindingPersistence, FindingReplicas, FindingMemory, FindingCluster, FindingClock, FindingUnfit}
}

// Finding is one line about a store, for the log.
type Finding struct {
	Kind FindingKind
	// Key stays the same while the finding does, whatever numbers Text holds.
	Key  string
	Text string
}

// Inspector is a store whose surroundings may change while it is in use.
type Inspector interface {
	// Inspect answers what takes away from the promises now. An error that wraps ErrUnavailable says that it could not
	// be asked; any other says why it must not be used, and what to change: it adds to what was found, which stays true.
	Inspect(ctx context.Context) ([]Finding, error)
}
