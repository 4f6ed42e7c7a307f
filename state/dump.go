package state

import (
	"context"
	"errors"
	"time"

	"github.com/ifsev/ifsev"
)

// Dumper is a store that can tell all that it keeps. Leases and who is there are not kept, and not told.
type Dumper interface {
	// Dump hands over every row once: an incident before its pages, these in order, and the deliveries of each lane in
	// order. Nothing may be written meanwhile. It ends with the first error that row answers.
	Dump(ctx context.Context, row func(Row) error) error
}

// ErrNotEmpty says that a store which is to be filled holds something.
var ErrNotEmpty = errors.New("the store is not empty")

// Filler is a store that can take what another told.
type Filler interface {
	// Filling reports whether filling was begun and not ended: then the store must not be used.
	Filling(ctx context.Context) (bool, error)
	// BeginFill makes the store ready to be filled: one that holds something answers ErrNotEmpty, unless that is what is
	// left of filling that broke off, which is taken away.
	BeginFill(ctx context.Context) error
	// Fill takes the next rows. Batches are numbered from 1; one that was taken before is not taken again, so a batch
	// whose outcome is unknown may be given again.
	Fill(ctx context.Context, batch int64, rows []Row) error
	// EndFill says that all is there.
	EndFill(ctx context.Context) error
}

// Row is one thing a store keeps; one field is set.
type Row struct {
	LastNumber *int64
	Number     *Numbered
	RuleSet    *RuleSet
	Epoch      *EpochSeen
	Incident   *Kept
	Summary    *Summary
	Page       *KeptPage
	Binding    *Binding
	Delivery   *KeptDelivery
	Mark       *KeptMark
}

// Numbered is an incident's number.
type Numbered struct {
	ID     string
	Number int64
}

// EpochSeen is the newest rule set that was used in a partition.
type EpochSeen struct {
	Partition ifsev.Partition
	Epoch     int64
}

// Kept is a document with what belongs to it, but for its summary and timeline.
type Kept struct {
	Record
	Verdicts map[string][]byte
	// Wake is zero for none.
	Wake time.Time
}

// KeptPage is one commit of a timeline, or of entries about no incident.
type KeptPage struct {
	Partition ifsev.Partition
	// Incident is empty for entries about none.
	Incident string
	// LastSeq is the highest seq up to it.
	LastSeq int64
	Page    Page
}

// Binding is what a key is bound to.
type Binding struct{ Key, Incident string }

// KeptDelivery is a delivery in its lane, or a dead one.
type KeptDelivery struct {
	// OutboxItem holds what was given; its Due is when it is due, or while it is claimed when that expires. Of the dead
	// it is zero.
	OutboxItem
	Partition ifsev.Partition
	Incident  string
	Attempts  int64
	Claimed   bool
	Dead      bool
	LastError string
	// Place counts from 0 within the lane; of the dead it is 0.
	Place int
}

// KeptMark is an inbound id that was taken on a day, counted from 1970 by the store's clock in UTC.
type KeptMark struct {
	Partition ifsev.Partition
	Day       int64
	ID        string
	Taken     Taken
}
