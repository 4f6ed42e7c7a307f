package state

import "context"

// Checker is a store that can look at itself.
type Checker interface {
	// Check reads everything that is kept, follows every chain of revisions, holds every index against what it is made
	// of, and tells each fault it finds. The error says why it could not go on; faults are none.
	Check(ctx context.Context, fault func(string)) (Checked, error)
}

// Checked counts what a check has read; wakes and incidents of what is listed alone.
type Checked struct {
	Incidents, Entries, Keys, Wakes, Deliveries, Dead, Inbound, RuleSets int
}
