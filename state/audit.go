package state

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

// Invariant is something that is always true of what a store holds.
type Invariant string

// The invariants.
const (
	// InvariantWake: an incident or group is in the index of wakes as its document says, and nothing else is.
	InvariantWake Invariant = "wake"
	// InvariantDelivery: what an unfinished firing waits for is in a lane or dead.
	InvariantDelivery Invariant = "delivery"
	// InvariantLane: every lane that holds something is in the index of what is due, and nothing else is.
	InvariantLane Invariant = "lane"
	// InvariantSummary: a document can be read, and lists show what it says.
	InvariantSummary Invariant = "summary"
	// InvariantChain: every revision of a timeline follows from what was written.
	InvariantChain Invariant = "chain"
	// InvariantOverdue: what is due is dealt with, unless there is a reason.
	InvariantOverdue Invariant = "overdue"
)

// Invariants lists all of them, for metrics.
func Invariants() []Invariant {
	return []Invariant{InvariantWake, InvariantDelivery, InvariantLane, InvariantSummary, InvariantChain, InvariantOverdue}
}

// Violation is a place where an invariant does not hold.
type Violation struct {
	Invariant Invariant
	Partition ifsev.Partition
	// ID is the incident's or the group's.
	ID string
	// Destination is set for lanes.
	Destination string
	// Text says what is wrong, for the log.
	Text string
}

// Audit is what one look at a part of a store found.
type Audit struct {
	// Documents and Lanes count what was held against the indexes.
	Documents, Lanes int
	// Incidents are the IDs of some of those that were looked at: no groups.
	Incidents  []string
	Violations []Violation
	// Next is where the next look begins; empty when everything was looked at.
	Next string
}

// Auditor is a store whose indexes can be held against what they are made of, a part at a time, while it is in use.
type Auditor interface {
	// Audit looks at documents and lanes of the partitions from cursor on (empty: from the first), about limit of them,
	// and at the front of every index. What changes meanwhile is no violation.
	Audit(ctx context.Context, parts []ifsev.Partition, cursor string, limit int) (Audit, error)
	// Repair makes the index entries of a wake or lane anew, of the document or of the lane as they are now. False means
	// that nothing was wrong any more, or that it cannot be made anew.
	Repair(ctx context.Context, v Violation) (bool, error)
}

// grain is how much an index may differ from a document: instants are kept to the millisecond, and rounded up.
const grain = time.Millisecond

// Expected is what must be found of a document outside of it.
type Expected struct {
	// Wake is zero for never.
	Wake time.Time
	// Deliveries are those that firings wait for.
	Deliveries []string
	// Summary has no number where the document is a group's.
	Summary Summary
}

// Expect reads a document for what must be found of it.
func Expect(doc []byte) (Expected, error) {
	var d ifsev.Document
	if err := json.Unmarshal(doc, &d); err != nil {
		return Expected{}, fmt.Errorf("the document cannot be read: %w", err)
	}
	e := Expected{Wake: roundUp(d.Wake)}
	if d.Group == nil {
		e.Summary = SummaryOf(&d.Incident)
	}
	for i := range d.Firings {
		if f := &d.Firings[i]; f.Delivery != "" {
			e.Deliveries = append(e.Deliveries, f.Delivery)
		}
	}
	return e, nil
}

func roundUp(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Add(grain - 1).Truncate(grain)
}

// Wakes reports whether an entry in the index of wakes, zero for none, is the document's.
func (e *Expected) Wakes(at time.Time) bool {
	if e.Wake.IsZero() || at.IsZero() {
		return e.Wake.IsZero() && at.IsZero()
	}
	return e.Wake.Sub(at).Abs() <= grain
}

// Shows reports whether the summary that lists show is the document's.
func (e *Expected) Shows(s Summary) bool {
	want, is := flat(e.Summary), flat(s)
	return want == is
}

// flat is a summary in a form that can be compared: as it is written.
func flat(s Summary) string {
	if s.Tags = slices.Clone(s.Tags); s.Tags == nil {
		s.Tags = []string{}
	}
	for _, at := range []*time.Time{&s.DeclaredAt, &s.UpdatedAt, &s.LastActivityAt} {
		*at = at.UTC()
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err.Error() // a year beyond 9999
	}
	return string(text)
}

// Misplaced is the violation of a wake that is in the index at the instant is, zero for not, and belongs there at want.
func Misplaced(p ifsev.Partition, id string, want, is time.Time) Violation {
	text := func(at time.Time) string {
		if at.IsZero() {
			return "never"
		}
		return at.UTC().Format(time.RFC3339Nano)
	}
	return Violation{
		Invariant: InvariantWake, Partition: p, ID: id,
		Text: fmt.Sprintf("%s is to be looked at %s, and the index says %s", id, text(want), text(is)),
	}
}

// Unlisted is the violation of a lane that holds something or not, and is in the index of what is due or not.
func Unlisted(p ifsev.Partition, destination, id, what string) Violation {
	return Violation{
		Invariant: InvariantLane, Partition: p, ID: id, Destination: destination,
		Text: fmt.Sprintf("the lane of %s to %s %s", id, destination, what),
	}
}

// Lost is the violation of firings that wait for deliveries which are nowhere.
func Lost(p ifsev.Partition, id string, deliveries []string) Violation {
	return Violation{
		Invariant: InvariantDelivery, Partition: p, ID: id,
		Text: fmt.Sprintf("a firing on %s waits for what is neither in a lane nor dead: %s", id, strings.Join(deliveries, ", ")),
	}
}

// Misshown is the violation of a document that cannot be read, or whose summary says something else.
func Misshown(p ifsev.Partition, id, why string) Violation {
	return Violation{Invariant: InvariantSummary, Partition: p, ID: id, Text: fmt.Sprintf("%s: %s", id, why)}
}
