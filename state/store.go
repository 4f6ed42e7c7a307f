package state

import (
	"context"
	"errors"
	"time"

	"github.com/ifsev/ifsev"
)

// ErrUnavailable says the store could not be reached or did not answer in time. The outcome of a write is unknown: do
// the same write again, with the same revision and ids; that is always safe.
var ErrUnavailable = errors.New("the store cannot be reached")

// ErrNotFound says there is no such incident, delivery or rule set.
var ErrNotFound = errors.New("not found")

// ErrFull says the store has no room (disk full, maxmemory); nothing was written.
var ErrFull = errors.New("the store is full")

// Store is everything a backend offers. All methods are safe for concurrent use, obey the context, and answer errors
// that wrap ErrUnavailable, ErrFull or ErrNotFound where these apply; any other error is a fault to be reported.
type Store interface {
	Incidents
	Queue
	Outbox
	RuleSets
	// Now is the store's own clock, which decides what is due. Embedded stores use the clock they were given.
	Now(ctx context.Context) (time.Time, error)
	// Stats counts what is in the store, for metrics; it may lag behind by a few seconds.
	Stats(ctx context.Context) (Stats, error)
	// Close releases everything; it waits for writes under way. It may be called twice.
	Close() error
}

// Incidents keeps documents, timelines and verdicts.
type Incidents interface {
	// Load answers what is kept of the incident ref points to; ErrNotFound if there is none. A Ref by key answers the
	// incident last bound to that key, whatever its status.
	Load(ctx context.Context, ref Ref) (Record, error)
	// Commit writes one decision, all of it or nothing, and nil error means it is durable as configured. The answer's
	// Status says whether it was written; a commit that was written before under the same revision and ids answers as
	// the first time did or as Duplicate or Conflict, and never writes twice.
	//
	// Everything is checked before the first write, in this order: duplicate ids, revision, key binding, settlement,
	// epoch. Then what is added is written (outbox lanes, an earlier wake, timeline, verdicts and summary), then document
	// and key, then what is taken away (the settled delivery, a later wake), and the dedup marks last; so where a backend
	// can fail in the middle, the sender's retry finishes it and nothing is skipped.
	Commit(ctx context.Context, c Commit) (Result, error)
	// Number answers the incident number of id, taking the next one the first time it is asked. Numbers start at 1 and
	// are never used twice; one that was taken for a commit that never came leaves a gap.
	Number(ctx context.Context, id string) (int64, error)
	// List answers summaries, highest number first, at most q.Limit (1 to 200), that come after q.Before and match.
	List(ctx context.Context, q Query) ([]Summary, error)
	// Timeline answers the commits of an incident that hold an entry with a seq above after, oldest first, until at
	// least limit entries are gathered; nothing if there are no more. An unknown incident is ErrNotFound. A commit
	// without entries goes with the one before it (the first ones with the one after), so that asking again with the
	// last seq seen, from 0 until nothing comes, gathers the whole chain for Verify.
	Timeline(ctx context.Context, id string, after int64, limit int) ([]Page, error)
	// Verdicts answers the last recorded verdict of each rule on an incident, by rule.
	Verdicts(ctx context.Context, id string) (map[string][]byte, error)
}

// Queue says what is due, and hands out deliveries.
type Queue interface {
	// Due answers what is due by the store's clock in the partitions: at most limit wakes and limit destinations for
	// each partition, earliest first. Next is the earliest instant after that at which anything in them will be due;
	// zero if nothing waits.
	Due(ctx context.Context, parts []ifsev.Partition, limit int) (Due, error)
	// Claim takes up to limit due deliveries of one destination, one for each lane, hides them for the visibility time
	// and counts the attempt. A delivery that is neither settled nor retried by then is handed out again. Within a
	// lane (destination and incident) order is kept: the second is not handed out before the first is settled.
	Claim(ctx context.Context, p ifsev.Partition, destination string, limit int, visibility time.Duration) ([]Claim, error)
	// Retry makes a claimed delivery due again at the instant, remembering the failure. False means the claim is no
	// longer the holder's (it expired and another took it, or it was settled); nothing was changed then.
	Retry(ctx context.Context, c Claim, at time.Time, failure string) (bool, error)
	// Lease takes or renews the right to poll each of the partitions for ttl, and answers those that are owner's now.
	// A ttl of zero gives them up. A lease decides who polls, never who is right: revisions do that.
	Lease(ctx context.Context, owner string, parts []ifsev.Partition, ttl time.Duration) ([]ifsev.Partition, error)
}

// Outbox is what people see and do about deliveries.
type Outbox interface {
	// Deliveries answers what waits, is in flight, is being retried or is dead, oldest first, in the order of their
	// places; those created at once in an order of the store's own. Asked again after the last place, until nothing comes,
	// it gathers each once, whatever dies or is settled meanwhile.
	Deliveries(ctx context.Context, q DeliveryQuery) ([]Letter, error)
	// Revive puts a dead delivery at the end of its lane, due now, with its attempts at 0; ErrNotFound if it is not dead.
	Revive(ctx context.Context, id string, p ifsev.Partition) error
	// Drop forgets a dead delivery; ErrNotFound if it is not dead.
	Drop(ctx context.Context, id string, p ifsev.Partition) error
}

// RuleSets keeps every rule set that was ever used, numbered by epoch from 1.
type RuleSets interface {
	// PutRuleSet makes the set with this hash the newest and answers its epoch; the newest set again answers its own
	// epoch and writes nothing.
	PutRuleSet(ctx context.Context, hash string, body []byte) (int64, error)
	// RuleSet answers the body kept under the epoch, 0 meaning the newest; ErrNotFound if there is none.
	RuleSet(ctx context.Context, epoch int64) (RuleSet, error)
}
