package state

import (
	"encoding/json"
	"time"

	"github.com/ifsev/ifsev"
)

// Ref points to an incident by exactly one of its names.
type Ref struct {
	ID     string
	Key    string
	Number int64
}

// Record is an incident as it is kept.
type Record struct {
	ID  string
	Rev Rev
	// Doc is the document as it was committed.
	Doc []byte
}

// Mark is an inbound id that a commit takes, so that the same one is not taken again for DedupKeep.
type Mark struct {
	ID string
	// Sum tells two bodies under one id apart; it is kept and answered as given.
	Sum string
}

// DedupKeep is how long inbound ids are remembered at least.
const DedupKeep = 7 * 24 * time.Hour

// ApartKept is how many commits of entries about no incident a partition keeps: the newest. Nobody is shown them, and an
// alert that is over without an incident makes one, so they are for those who look into a store alone.
const ApartKept = 100

// Commit is one decision about one incident, to be written as a whole.
type Commit struct {
	// ID is the incident's, or empty for a commit that only records entries about no incident: then Partition says
	// where, and only Marks and Entries are written. Of these the newest ApartKept commits of a partition are kept; where an
	// older version kept more, each commit takes some of them away.
	ID        string
	Partition ifsev.Partition
	// Expect is the revision the decision was made on; empty means the incident must not exist yet.
	Expect Rev
	// Next is the revision afterwards: NextRev of Expect, Doc and Entries.
	Next Rev
	Doc  []byte
	// DocSum, if not empty, is the hash that stands in the timeline in the place of Doc's: of a document that was committed
	// elsewhere and is not known any more.
	DocSum string
	// Marks are the inbound ids decided here; if any was taken before, nothing is written.
	Marks []Mark
	// Key, if not empty, is bound to ID; the binding before must be Bound (empty: there was none).
	Key, Bound string
	// BoundRev, if not empty, is the revision that the incident Bound must still be at: it has ended, and the key is taken
	// from it because it has.
	BoundRev Rev
	// Summary is what lists show. Without a number it is no incident's document that is committed: it is in no list and
	// in no count, has no entries, and no timeline is kept of it.
	Summary Summary
	// Entries are the timeline entries, in order of seq.
	Entries []Entry
	// Verdicts replace those kept, by rule.
	Verdicts map[string][]byte
	Outbox   []OutboxItem
	// Settle, if not nil, ends a claimed delivery in the same write.
	Settle *Settlement
	// Wake is when the incident must be looked at again; zero takes away the one there was.
	Wake time.Time
	// Epoch is the rule set used; a partition that has seen a newer one refuses. Zero is not checked.
	Epoch int64
}

// Listed reports whether the document is an incident's, which lists, counts and keeps a timeline of it.
func (c *Commit) Listed() bool { return c.Summary.Number > 0 }

// Entry is one timeline entry.
type Entry struct {
	Seq  int64           `json:"seq"`
	Body json.RawMessage `json:"body"`
}

// Page is what one commit added to the timeline, with what is needed to verify the chain.
type Page struct {
	Rev Rev `json:"rev"`
	// DocSum is DocSum of the document committed with it.
	DocSum  string  `json:"doc"`
	Entries []Entry `json:"entries,omitempty"`
}

// OutboxItem is a delivery to be put at the end of its lane. One whose ID is already in the lane is not added again.
type OutboxItem struct {
	ID          string
	Destination string
	// Action is the action kind, for counting.
	Action string
	// Rule is the rule's name, for filtering.
	Rule string
	Due  time.Time
	// Created is when it was decided.
	Created time.Time
	Body    []byte
}

// Settlement ends a claimed delivery: delivered, or dead. If the claim is no longer valid the commit is not written
// and the status is Stale.
type Settlement struct {
	Claim Claim
	// Dead puts the delivery on the dead list with Failure; otherwise it is gone.
	Dead    bool
	Failure string
}

// Status says what became of a commit.
type Status int

// The statuses of a commit, in the order they are checked.
const (
	// Written: it was written.
	Written Status = iota
	// Duplicate: at least one mark was taken before; Result.Duplicates says which and by which incident.
	Duplicate
	// Conflict: the revision differs; Result.Record is what is kept now (zero if the incident does not exist).
	Conflict
	// KeyTaken: the key is bound otherwise than Bound, or that incident is not at BoundRev; Result.Bound says to which
	// incident it is bound.
	KeyTaken
	// Stale: the claim to settle is no longer the holder's.
	Stale
	// OldEpoch: the partition has seen a newer rule set; Result.Epoch says which.
	OldEpoch
)

// String names the status for logs and metrics.
func (s Status) String() string {
	return [...]string{"written", "duplicate", "conflict", "key_taken", "stale", "old_epoch"}[s]
}

// Taken is what is remembered of an inbound id.
type Taken struct {
	Incident string `json:"i"`
	Sum      string `json:"s"`
}

// Result answers a commit.
type Result struct {
	Status     Status
	Record     Record
	Duplicates map[string]Taken
	Bound      string
	Epoch      int64
}

// Summary is what lists show and filter on.
type Summary struct {
	ID             string         `json:"id"`
	Number         int64          `json:"number"`
	Key            string         `json:"key,omitempty"`
	Title          string         `json:"title"`
	Severity       ifsev.Severity `json:"severity"`
	Status         ifsev.Status   `json:"status"`
	Tags           []string       `json:"tags"`
	Service        string         `json:"service,omitempty"`
	Source         string         `json:"source,omitempty"`
	Acknowledged   bool           `json:"acknowledged"`
	Commander      string         `json:"commander,omitempty"`
	DeclaredAt     time.Time      `json:"declared_at"`
	UpdatedAt      time.Time      `json:"updated_at"`
	LastActivityAt time.Time      `json:"last_activity_at"`
	Version        int64          `json:"version"`
}

// Query chooses incidents. Empty lists match everything; several values of one field match any, several fields all.
type Query struct {
	Statuses   []ifsev.Status
	Severities []ifsev.Severity
	// Tags must all be there.
	Tags []string
	// Text is looked for in title, key and service, without regard to case.
	Text string
	// Before, if not zero, is the number the list continues below.
	Before int64
	Limit  int
}

// Wake is an incident that must be looked at.
type Wake struct {
	ID string
	At time.Time
}

// DestinationDue is a destination that has something to claim in one partition.
type DestinationDue struct {
	Partition   ifsev.Partition
	Destination string
	At          time.Time
}

// Due is what is due.
type Due struct {
	Now          time.Time
	Next         time.Time
	Wakes        []Wake
	Destinations []DestinationDue
}

// Claim is a delivery handed out to be performed.
type Claim struct {
	Partition   ifsev.Partition
	Destination string
	// Incident names the lane within the destination.
	Incident string
	ID       string
	// Attempt counts from 1; it and the ID make the claim valid.
	Attempt int
	Body    []byte
}

// Letter is a delivery as people see it.
type Letter struct {
	Partition ifsev.Partition
	State     ifsev.DeliveryState
	Attempts  int
	// NextAttempt is when it is due or its claim expires; zero for the dead and for what waits behind another.
	NextAttempt time.Time
	LastError   string
	Body        []byte
	Place       Place
}

// DeliveryQuery chooses deliveries; empty fields match everything.
type DeliveryQuery struct {
	ID       string
	Incident string
	Rule     string
	Dead     bool // only the dead
	// After is the place the list continues after.
	After Place
	Limit int // 1 to 1000
}

// RuleSet is a rule set as it is kept.
type RuleSet struct {
	Epoch int64
	Hash  string
	Body  []byte
}

// Stats counts what is kept.
type Stats struct {
	// Incidents counts by severity and status.
	Incidents map[Class]int
	// Wakes counts pending wakes; OldestWake is the earliest of them.
	Wakes      int
	OldestWake time.Time
	// Outbox counts by action.
	Outbox map[string]OutboxStats
}

// Class is what incidents are counted by.
type Class struct {
	Severity ifsev.Severity
	Status   ifsev.Status
}

// OutboxStats counts the deliveries of one action.
type OutboxStats struct {
	Pending, Dead int
	// Oldest is when the oldest pending one was created; zero if there is none.
	Oldest time.Time
}
