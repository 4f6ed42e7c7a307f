package redisstate_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/goleak"

	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/redisstate"
	"github.com/ifsev/ifsev/state/statetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// prefixes gives every store of a shared server keys of its own.
var prefixes atomic.Int64

// open opens an empty store on a server and closes it when the test ends.
func open(t *testing.T, url string) *redisstate.Store {
	t.Helper()
	return openAt(t, url, fmt.Sprintf("t%d:", prefixes.Add(1)))
}

// openLocal is open with no wait for replicas, for clusters that have none.
func openLocal(t *testing.T, url string) *redisstate.Store {
	t.Helper()
	return openWith(t, url, redisstate.Options{Prefix: fmt.Sprintf("t%d:", prefixes.Add(1)), Durability: redisstate.Local})
}

func openAt(t *testing.T, url, prefix string) *redisstate.Store {
	t.Helper()
	return openWith(t, url, redisstate.Options{Prefix: prefix})
}

func openWith(t *testing.T, url string, opt redisstate.Options) *redisstate.Store {
	t.Helper()
	s, err := redisstate.Open(t.Context(), url, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.AOF("always"))
	statetest.Run(t, func(t *testing.T, _ *statetest.Clock) state.Store { return open(t, server.URL()) },
		statetest.RealClock(nil))
}

// TestConformanceMini runs the scripts on another Redis, whose clock can be set: what happens after days is only
// shown here.
func TestConformanceMini(t *testing.T) {
	t.Parallel()
	statetest.Run(t, func(t *testing.T, clock *statetest.Clock) state.Store {
		server := miniredis.RunT(t)
		var last time.Time
		clock.OnChange(func(now time.Time) {
			server.SetTime(now)
			if !last.IsZero() {
				server.FastForward(now.Sub(last))
			}
			last = now
		})
		return open(t, "redis://"+server.Addr()+"/0")
	}, statetest.Serial()) // it is slow, and others are waiting
}
