package engine

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// checkupLetters is how many deliveries a checkup looks at, the oldest.
const checkupLetters = 500

// Checkup is how an engine is, for people who look after it.
type Checkup struct {
	At time.Time
	// Ready is nil when everything runs.
	Ready error
	// Store is nil when it answered; the rest of what is in it is zero otherwise.
	Store    error
	Stats    state.Stats
	Findings []state.Finding
	// Ahead is how far the store's clock is ahead of this process's.
	Ahead time.Duration

	// Leased counts the partitions this replica polls; Replicas are all that are there, empty where nobody else can be.
	Leased   int
	Owner    string
	Replicas []state.Replica

	// Epoch, Hash and Rules are of the set in use; Own says that it is that of this replica's files.
	Epoch        int64
	Hash         string
	Rules        int
	Own          bool
	ReloadedAt   time.Time
	ReloadFailed bool
	// Posted is when each source last posted something, since this process started.
	Posted map[string]time.Time

	// Destinations are those with something waiting or dead, that are failing or ask to wait, by name; Partly says that there are
	// more deliveries than were looked at.
	Destinations map[string]DestinationCheckup
	Partly       bool

	// Audited is when the store was last audited, zero if never; Violations is what is wrong with it.
	Audited    time.Time
	Violations []state.Violation
	// Probe is how the last synthetic event fared that went the whole way, ProbeFailed why none has since.
	Probe       ProbeResult
	ProbeFailed string
	// Beat is when the last heartbeat arrived, BeatFailed why none has since.
	Beat       time.Time
	BeatFailed string
	// BackupFailed is why the last backup could not be made, ArchiveFailed why closed incidents did not leave the store when
	// that was last tried; empty where there is nothing to say.
	BackupFailed, ArchiveFailed string
}

// DestinationCheckup is how a destination is.
type DestinationCheckup struct {
	Pending, Dead int
	// Oldest is when the oldest that waits was decided.
	Oldest time.Time
	// LastError is that of the newest that failed.
	LastError string
	// Breaker is closed, open or half-open.
	Breaker string
	// Until is when the pause is over that the receiver asked for; zero if there is none.
	Until time.Time
}

// Checkup answers how the engine is. What the store does not answer until ctx ends is left out.
func (e *Engine) Checkup(ctx context.Context) Checkup {
	set := e.Rules()
	c := Checkup{
		At: e.now(), Ahead: e.skew.get(), Leased: len(e.leases.held()), Owner: e.opts.Owner,
		Epoch: set.Epoch, Hash: set.Hash, Rules: len(set.Rules), Own: e.rules.own() == 1,
		Violations: e.watch.auditor.violations(), Audited: e.watch.auditor.audited(), Findings: e.inspector.found(),
	}
	e.metrics.journal.tell(&c)
	c.Probe, c.ProbeFailed = e.watch.prober.result()
	c.Beat, c.BeatFailed = e.watch.heartbeat.state()
	c.Ready = e.Ready(ctx)
	if c.Stats, c.Store = e.store.Stats(ctx); c.Store == nil {
		c.Store = e.checkDestinations(ctx, &c)
	}
	return c
}

// checkDestinations fills in how the destinations are.
func (e *Engine) checkDestinations(ctx context.Context, c *Checkup) error {
	c.Destinations = map[string]DestinationCheckup{}
	letters, err := e.store.Deliveries(ctx, state.DeliveryQuery{Limit: checkupLetters})
	if err != nil {
		return err
	}
	c.Partly = len(letters) == checkupLetters
	for i := range letters {
		l := &letters[i]
		var d ifsev.Delivery
		if json.Unmarshal(l.Body, &d) != nil || d.Action == ifsev.ActionProbe {
			continue
		}
		at := c.Destinations[d.Destination]
		if l.State == ifsev.DeliveryDead {
			at.Dead++
		} else if at.Pending++; at.Oldest.IsZero() {
			at.Oldest = d.CreatedAt
		}
		if l.LastError != "" {
			at.LastError = l.LastError
		}
		c.Destinations[d.Destination] = at
	}
	for name, d := range e.courier.known() {
		at, there := c.Destinations[name]
		st := d.breaker.State()
		at.Breaker, at.Until = st.String(), d.pausedUntil()
		if there || st != gobreaker.StateClosed || !at.Until.IsZero() {
			c.Destinations[name] = at
		}
	}
	return nil
}

// known answers the destinations that are known of, by name.
func (c *courier) known() map[string]*destination {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.dests)
}

// found answers what was last found, in order. There may be no inspector.
func (i *inspector) found() []state.Finding {
	if i == nil {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	var all []state.Finding
	for _, key := range slices.Sorted(maps.Keys(i.known)) {
		all = append(all, i.known[key])
	}
	return all
}

// audited answers when the store was last audited. There may be no auditor.
func (a *auditor) audited() time.Time {
	if a == nil {
		return time.Time{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.at
}
