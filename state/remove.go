package state

import "context"

// Remover is a store from which incidents that are over can be taken away.
type Remover interface {
	// Remove forgets an incident at the revision: document, timeline, verdicts, summary, number and, where it is still
	// bound to it, its key. Its number is not given again. One at another revision, or of which something waits (a wake,
	// or a delivery that waits, is in flight or is dead), stays as it is. ErrNotFound if there is none.
	Remove(ctx context.Context, id string, expect Rev) (Removal, error)
}

// Removal says what became of an incident that was to be removed.
type Removal int

// What can become of it.
const (
	// Removed: it is gone.
	Removed Removal = iota
	// Changed: its revision is another.
	Changed
	// Unfinished: something about it waits.
	Unfinished
)
