package boltstate

import (
	"testing"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/statetest"
)

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
