package kv_test

import (
	"testing"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/internal/kv"
	"github.com/ifsev/ifsev/state/memstate"
	"github.com/ifsev/ifsev/state/statetest"
)

func TestAudit(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T, clock *statetest.Clock) state.Store {
		s := memstate.New(clock.Now)
		t.Cleanup(func() { _ = s.Close() }) // nothing to lose
		return s
	}
	statetest.RunAudit(t, open, func(t *testing.T, s state.Store, how statetest.Spoil, at statetest.Spoilt) {
		s.(*memstate.Store).Spoil(t, string(how), kv.Spoilt{
			Partition: at.Partition, ID: at.ID, Destination: at.Destination, Number: at.Number, Wake: at.Wake,
		})
	})
}
