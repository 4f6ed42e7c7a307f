package memstate_test

import (
	"testing"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
	"github.com/ifsev/ifsev/state/statetest"
)

func TestConformance(t *testing.T) {
	statetest.Run(t, func(t *testing.T, clock *statetest.Clock) state.Store {
		s := memstate.New(clock.Now)
		t.Cleanup(func() { _ = s.Close() }) // nothing to lose
		return s
	})
}
