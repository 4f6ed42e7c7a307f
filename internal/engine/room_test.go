package engine

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// narrow is a store with little room.
type narrow struct {
	*probe
	mu    sync.Mutex
	room  state.Room
	err   error
	asked int
}

func (s *narrow) Room(context.Context) (state.Room, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return s.room, s.err
}

func (s *narrow) free(n uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room, s.err = state.Room{Free: n << 20, Total: 100 << 20, Keep: 16 << 20}, err
}

func TestSheddingBeginsAndEndsWithTheRoom(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		s, log := &narrow{probe: w.store}, &lines{}
		s.free(50, nil)
		e := w.start(tell, func(o *Options) { o.Store, o.Log = s, slog.New(slog.NewTextHandler(log, nil)) })
		step := func(what string, free uint64, err error, shedding bool, ratio float64, words ...string) {
			t.Helper()
			s.free(free, err)
			w.pass(roomEvery)
			if e.Shedding() != shedding || testutil.ToFloat64(e.metrics.shedding) != map[bool]float64{true: 1}[shedding] {
				t.Errorf("%s: shedding %t, want %t", what, e.Shedding(), shedding)
			}
			if got := testutil.ToFloat64(e.metrics.roomRatio); got != ratio {
				t.Errorf("%s: ratio %v, want %v", what, got, ratio)
			}
			got := log.take()
			for _, word := range words {
				if !strings.Contains(got, word) {
					t.Errorf("%s: %q does not say %q", what, got, word)
				}
			}
			if len(words) == 0 && got != "" {
				t.Errorf("%s: %q, want silence", what, got)
			}
		}
		step("half is free", 50, nil, false, 0.5)
		step("at the mark", 16, nil, false, 0.16)
		step("below it", 15, nil, true, 0.15, "level=WARN", "runs out of room", "free_mib=15", "of_mib=100")
		step("still", 3, nil, true, 0.03)
		step("just above it", 19, nil, true, 0.19)
		step("it does not answer", 90, state.ErrUnavailable, true, 0.19)
		step("it cannot say", 90, errors.New("no such disk"), true, 0.19) // it was away just before: one line is enough
		step("enough again", 20, nil, false, 0.2, "level=INFO", "has room again")
		step("it cannot say, as news", 90, errors.New("no such disk"), false, 0.2, "level=WARN", "no such disk")
		step("it still cannot", 90, errors.New("no such disk"), false, 0.2)
		if s.asked > 12 {
			t.Errorf("it was asked %d times in %s", s.asked, 10*roomEvery)
		}
	})
}

// What was accepted goes on while the rest is shed: shedding is what the door asks for, and nobody else.
func TestSheddingStopsNothingThatWasAccepted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		s := &narrow{probe: w.store}
		s.free(1, nil)
		e := w.start(twoRules, func(o *Options) { o.Store = s })
		w.pass(time.Second)
		if !e.Shedding() {
			t.Fatal("it does not shed")
		}
		inc := e.declare(ifsev.Declaration{Severity: 2, Tags: []string{"database"}})
		w.pass(21 * time.Minute)
		if len(w.calls.all()) == 0 {
			t.Error("nothing was delivered")
		}
		if _, err := e.note(inc.ID, "still"); err != nil {
			t.Error(err)
		}
	})
}

func TestAStoreWithoutBoundsNeverSheds(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		w.pass(time.Minute)
		if e.Shedding() || testutil.ToFloat64(e.metrics.roomRatio) != 1 || e.hands.runs("room") {
			t.Error("a store that knows no bound is asked how much room it has")
		}
		s := &narrow{probe: w.store}
		bounded := w.start("", owner("other"), func(o *Options) { o.Store = s })
		w.pass(time.Minute)
		if bounded.Shedding() || testutil.ToFloat64(bounded.metrics.roomRatio) != 1 {
			t.Error("a total of 0 counts as no room")
		}
	})
}
