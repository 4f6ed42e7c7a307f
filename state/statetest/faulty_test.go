package statetest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/memstate"
	"github.com/ifsev/ifsev/state/statetest"
)

func at() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func first() state.Commit {
	c := state.Commit{ID: ifsev.NewIncidentID([16]byte{1}, 3), Doc: []byte("doc"), Entries: []state.Entry{{Seq: 1, Body: []byte("1")}}}
	c.Next = state.NextRev("", c.Doc, c.Entries)
	return c
}

// planned answers the faults one after the other, then none.
func planned(faults ...statetest.Fault) statetest.Plan {
	return func(string) statetest.Fault {
		if len(faults) == 0 {
			return statetest.None
		}
		next := faults[0]
		faults = faults[1:]
		return next
	}
}

// A store without faults of its own passes the suite, so nothing is lost on the way through.
func TestFaultyWithoutFaultsConforms(t *testing.T) {
	t.Parallel()
	statetest.Run(t, func(t *testing.T, clock *statetest.Clock) state.Store {
		return statetest.Faulty(memstate.New(clock.Now), planned(), nil)
	})
}

func TestFaultBeforeDoesNothing(t *testing.T) {
	t.Parallel()
	s := statetest.Faulty(memstate.New(at), planned(statetest.Before), nil)
	c := first()
	if _, err := s.Commit(t.Context(), c); !errors.Is(err, state.ErrUnavailable) || !errors.Is(err, statetest.ErrInjected) {
		t.Fatalf("Commit: %v", err)
	}
	if _, err := s.Load(t.Context(), state.Ref{ID: c.ID}); !errors.Is(err, state.ErrNotFound) {
		t.Fatalf("Load: %v, want ErrNotFound", err)
	}
}

func TestFaultAfterHasDoneIt(t *testing.T) {
	t.Parallel()
	s := statetest.Faulty(memstate.New(at), planned(statetest.After), nil)
	c := first()
	if _, err := s.Commit(t.Context(), c); !errors.Is(err, state.ErrUnavailable) {
		t.Fatalf("Commit: %v", err)
	}
	res, err := s.Commit(t.Context(), c)
	if err != nil || res.Status != state.Conflict || res.Record.Rev != c.Next {
		t.Fatalf("the same again: %+v, %v, want a conflict that shows it was written", res, err)
	}
	if s.Count(statetest.After) != 1 || s.Count(statetest.None) != 1 {
		t.Fatalf("counted %d after and %d without fault, want one each", s.Count(statetest.After), s.Count(statetest.None))
	}
}

func TestFaultConflictingDoesNotCommit(t *testing.T) {
	t.Parallel()
	s := statetest.Faulty(memstate.New(at), planned(statetest.Conflicting, statetest.None, statetest.Conflicting), nil)
	c := first()
	for _, want := range []struct {
		status state.Status
		kept   state.Rev
	}{{state.Conflict, ""}, {state.Written, ""}, {state.Conflict, c.Next}} {
		if res, err := s.Commit(t.Context(), c); err != nil || res.Status != want.status || res.Record.Rev != want.kept {
			t.Fatalf("Commit: %+v, %v, want %s at %q", res, err, want.status, want.kept)
		}
	}
}

func TestFaultDelayedWaits(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan string), make(chan struct{})
	s := statetest.Faulty(memstate.New(at), planned(statetest.Delayed), func(_ context.Context, op string) {
		entered <- op
		<-leave
	})
	c := first()
	done := make(chan error, 1)
	go func() {
		_, err := s.Commit(t.Context(), c)
		done <- err
	}()
	if op := <-entered; op != "Commit" {
		t.Fatalf("%s waits, want Commit", op)
	}
	if _, err := s.Load(t.Context(), state.Ref{ID: c.ID}); !errors.Is(err, state.ErrNotFound) {
		t.Fatalf("Load while it waits: %v, want ErrNotFound", err)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context(), state.Ref{ID: c.ID}); err != nil {
		t.Fatalf("Load afterwards: %v", err)
	}
}

func TestSeededIsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	draw := func(seed uint64) []statetest.Fault {
		plan := statetest.Seeded(seed, statetest.Rates{Before: .2, After: .2, Conflicting: .2, Delayed: .2})
		faults := make([]statetest.Fault, 1000)
		for i := range faults {
			faults[i] = plan("Commit")
		}
		return faults
	}
	a := draw(1)
	if !slices.Equal(a, draw(1)) || slices.Equal(a, draw(2)) {
		t.Fatal("want the same faults for the same seed, others for another")
	}
	for f := statetest.None; f <= statetest.Delayed; f++ {
		n := 0
		for _, got := range a {
			if got == f {
				n++
			}
		}
		if n < 120 || n > 280 {
			t.Errorf("fault %d happened %d times in 1000, want about 200", f, n)
		}
	}
}

func TestHealEndsFaults(t *testing.T) {
	t.Parallel()
	s := statetest.Faulty(memstate.New(at), func(string) statetest.Fault { return statetest.Before }, nil)
	if _, err := s.Now(t.Context()); err == nil {
		t.Fatal("no fault before it is healed")
	}
	s.Heal()
	if _, err := s.Now(t.Context()); err != nil {
		t.Fatalf("Now: %v", err)
	}
}
