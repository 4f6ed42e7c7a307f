package boltstate

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/statetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	statetest.Run(t, func(t *testing.T, clock *statetest.Clock) state.Store {
		s, err := Open(t.TempDir(), Options{Now: clock.Now, noSync: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	})
}
