package statetest

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev/state"
)

// Open opens an empty store for one test and registers its clean-up with t; a store whose clock cannot be set ignores
// the clock. It is called once for each subtest and for each run of the model, from several goroutines at once unless
// Serial is given. t.Context of the t it is given is over when clean-ups run.
type Open func(t *testing.T, clock *Clock) state.Store

// Option changes how Run drives a store.
type Option func(*suite)

// RealClock says that the store's clock runs by itself. Where time must pass, advance is called; if it is nil, the
// suite waits for the store's Now to get there, and makes the times it waits for tens of milliseconds.
func RealClock(advance func(time.Duration)) Option {
	return func(s *suite) { s.real, s.advance = true, advance }
}

// Serial runs one subtest after the other, for stores that share one server and are emptied by Open.
func Serial() Option { return func(s *suite) { s.serial = true } }

// WithoutModel leaves the random runs out, for a store that differs from one they are held against in how it is reached
// alone.
func WithoutModel() Option { return func(s *suite) { s.promisesOnly = true } }

// Run is the suite.
func Run(t *testing.T, open func(t *testing.T, clock *Clock) state.Store, opts ...Option) {
	t.Helper()
	s := &suite{open: open}
	for _, o := range opts {
		o(s)
	}
	for _, p := range promises() {
		s.run(t, p)
	}
	if !s.promisesOnly {
		t.Run("model", func(t *testing.T) { s.model(t) })
	}
}

type suite struct {
	open    Open
	real    bool
	advance func(time.Duration)
	serial  bool

	promisesOnly bool
}

// A promise is one subtest, named after what it shows.
type promise struct {
	name string
	show func(t *testing.T, w *world)
	// virtual promises need a clock that jumps over days.
	virtual bool
}

func promises() []promise {
	var all []promise
	for _, group := range [][]promise{
		commitPromises(), refusalPromises(), incidentPromises(), timelinePromises(), byteBoundPromises(), duePromises(), claimPromises(),
		settlePromises(), copyPromises(), removePromises(), outboxPromises(), leasePromises(), ruleSetPromises(), storePromises(), raceWorthyPromises(),
	} {
		all = append(all, group...)
	}
	return all
}

func (s *suite) run(t *testing.T, p promise) {
	t.Run(p.name, func(t *testing.T) {
		if p.virtual && s.real {
			t.Skip("needs a clock that can be set")
		}
		if !s.serial {
			t.Parallel()
		}
		p.show(t, s.world(t))
	})
}
