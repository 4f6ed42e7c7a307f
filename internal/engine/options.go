package engine

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// Performer makes one attempt at a delivery. The error should be an *ifsev.Failure; any other counts as internal and is
// tried again. *actions.Sender is one.
type Performer interface {
	Perform(ctx context.Context, a actions.Attempt) (ifsev.Receipt, error)
}

// Options is what an Engine is made of. Store, Rules and Performer are required; zero values of the others mean the
// defaults given with them.
type Options struct {
	// Store is used and measured, and never closed.
	Store state.Store
	// Rules is the first set; Start puts it in the store, which gives it its epoch.
	Rules     *rules.Set
	Performer Performer
	// LoadSet makes a set again of what the store keeps: for firings that began under an older set, and where another
	// replica has a newer one. Nil means rules.Load in the world of the set in use.
	LoadSet func(state.RuleSet) (*rules.Set, error)

	// Retention says what becomes of incidents that are over, each time it is asked; nil means that they stay.
	Retention func() Retention

	// Log takes what the engine has to say; nil means nowhere.
	Log *slog.Logger
	// Registry takes the metrics; nil means nowhere.
	Registry prometheus.Registerer
	// Owner names this process in leases. It should be the same after a restart, so that a crash does not leave the
	// partitions unpolled until the lease ends; empty means a random one.
	Owner string
	// NewID makes a UUIDv7; nil means one of the wall clock.
	NewID func() [16]byte
	// Now is the clock; nil means the wall clock.
	Now func() time.Time
	// Actions and Sources are the closed sets of metric labels.
	Actions []ifsev.ActionSpec
	Sources []string
	// Scheduler says whose turn it is, and draws the lots, in a simulation; nil means goroutines and chance.
	Scheduler Scheduler
	// SelfWatch answers what the daemon does to be noticed when it does not work; nil means nothing.
	SelfWatch func() SelfWatch
	// Version and Commit are told in ifsev_build_info.
	Version, Commit string

	// Concurrency is how many attempts run at once at one destination; 8.
	Concurrency int
	// Visibility is how long a claimed delivery is hidden from others; 25 s.
	Visibility time.Duration
	// AttemptTimeout bounds an attempt whose delivery names no timeout; 15 s. Every attempt ends 5 s before Visibility.
	AttemptTimeout time.Duration
	// Poll is the longest wait between two looks at what is due; 50 ms. A store that nobody else writes to may have a
	// longer one: what this process commits wakes the timekeeper by itself.
	Poll time.Duration
	// Lease is how long a partition stays leased without renewal; 10 s. It is renewed every third of that.
	Lease time.Duration
	// Budget is how long a commit is tried again while the store is away, before the caller is told; 2 s.
	Budget time.Duration
	// MaxWaiting is how many submissions from outside may wait at once; 10,000. More answer ErrBusy.
	MaxWaiting int
}

const (
	defaultConcurrency    = 8
	defaultVisibility     = 25 * time.Second
	defaultAttemptTimeout = 15 * time.Second
	defaultPoll           = 50 * time.Millisecond
	defaultLease          = 10 * time.Second
	defaultBudget         = 2 * time.Second
	defaultMaxWaiting     = 10_000

	// settleTime is what is left of the visibility time after the longest attempt, to write down how it went.
	settleTime = 5 * time.Second
)

// withDefaults fills in what was left out, and answers what is missing.
func (o Options) withDefaults() (Options, error) {
	switch {
	case o.Store == nil:
		return o, errors.New("engine: Options.Store is missing")
	case o.Rules == nil:
		return o, errors.New("engine: Options.Rules is missing")
	case o.Performer == nil:
		return o, errors.New("engine: Options.Performer is missing")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = func() [16]byte { return uuid.Must(uuid.NewV7()) }
	}
	if o.Owner == "" {
		o.Owner = uuid.NewString()
	}
	orDefault(&o.Concurrency, defaultConcurrency)
	orDefault(&o.Visibility, defaultVisibility)
	orDefault(&o.AttemptTimeout, defaultAttemptTimeout)
	orDefault(&o.Poll, defaultPoll)
	orDefault(&o.Lease, defaultLease)
	orDefault(&o.Budget, defaultBudget)
	orDefault(&o.MaxWaiting, defaultMaxWaiting)
	if o.Visibility <= settleTime {
		return o, errors.New("engine: Options.Visibility must be longer than 5 s")
	}
	return o, nil
}

func orDefault[T int | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}
