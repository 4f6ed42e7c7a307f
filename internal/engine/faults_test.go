package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// onceEach answers ErrUnavailable the first time a commit is seen.
func onceEach() func(state.Commit) error {
	var mu sync.Mutex
	seen := map[state.Rev]bool{}
	return func(c state.Commit) error {
		mu.Lock()
		defer mu.Unlock()
		if seen[c.Next] {
			return nil
		}
		seen[c.Next] = true
		return state.ErrUnavailable
	}
}

func TestLostAnswersAreNoSecondWrites(t *testing.T) {
	for _, c := range []struct {
		name string
		lose func(*probe)
	}{
		{"before it was written", func(p *probe) { p.before = onceEach() }},
		{"after it was written", func(p *probe) { p.after = onceEach() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				e := w.start("")
				w.store.set(c.lose)
				inc := e.declare(ifsev.Declaration{Key: "k"})
				for i := range 10 {
					if r, err := e.note(inc.ID, fmt.Sprint(i)); err != nil || !r.Changed || r.Replayed {
						t.Errorf("note %d: %+v, %v", i, r, err)
					}
				}
				if r := e.alerts(firing("1", "k", "a")); r[0].Result != ifsev.AlertUpdated {
					t.Errorf("alert: %+v", r)
				}
				if got := types(e.events(inc.ID, ifsev.Noted, ifsev.Declared, ifsev.AlertFiring)); got != "declared noted noted noted noted noted noted noted noted noted noted alert" {
					t.Error(got)
				}
			})
		})
	}
}

// A write whose answer is lost and on which another replica builds before it is tried again is still one write.
func TestLostAnswerWithAnotherReplicaInBetween(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.start("", owner("a")), w.start("", owner("b"))
		inc := a.declare(ifsev.Declaration{})
		first := true
		w.store.set(func(p *probe) {
			p.after = func(c state.Commit) error {
				if !first {
					return nil
				}
				first = false
				if _, err := b.note(inc.ID, "in between"); err != nil {
					t.Error(err)
				}
				return state.ErrUnavailable
			}
		})
		if r, err := a.note(inc.ID, "mine"); err != nil || !r.Changed {
			t.Errorf("%+v, %v", r, err)
		}
		if got := len(a.events(inc.ID, ifsev.Noted)); got != 2 {
			t.Errorf("%d notes, want 2", got)
		}
	})
}

func TestStoreAwayLongerThanTheBudget(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		req := Request{Ref: state.Ref{ID: inc.ID}, Change: ifsev.Change{Note: "n"}, Actor: alice, ID: "k", Sum: "s"}
		w.store.set(func(p *probe) { p.away = true })
		began := time.Now()
		_, err := e.Submit(t.Context(), req)
		if !errors.Is(err, state.ErrUnavailable) {
			t.Errorf("%v", err)
		}
		within(t, "the caller was told", time.Since(began), time.Second, 2*time.Second)
		if _, err := e.SubmitAlerts(t.Context(), []ifsev.Alert{firing("1", "k", "a")}); !errors.Is(err, state.ErrUnavailable) {
			t.Errorf("alerts: %v", err)
		}
		if err := e.Ready(t.Context()); err != nil {
			t.Logf("not ready, as should be: %v", err)
		}
		w.store.set(func(p *probe) { p.away = false })
		if r := e.must(req); r.Replayed || !r.Changed {
			t.Errorf("sent again: %+v", r)
		}
		if r := e.must(req); !r.Replayed {
			t.Errorf("and again: %+v", r)
		}
	})
}

func TestFullStoreIsToldAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		w.store.set(func(p *probe) { p.before = func(state.Commit) error { return state.ErrFull } })
		began := time.Now()
		if _, err := e.note(inc.ID, "n"); !errors.Is(err, state.ErrFull) || time.Since(began) > 0 {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

// Random trouble with every commit: what was accepted is there once, and what was not is there at most once.
func TestRandomTrouble(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) { randomTrouble(t, w, seed) })
		})
	}
}

func randomTrouble(t *testing.T, w *world, seed uint64) {
	engines := []*running{w.start("", owner("a")), w.start("", owner("b"))}
	inc := engines[0].declare(ifsev.Declaration{})
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(seed, 1))
	trouble := func(percent int) func(state.Commit) error {
		return func(state.Commit) error {
			mu.Lock()
			defer mu.Unlock()
			if dice.IntN(100) < percent {
				return fmt.Errorf("%w: trouble", state.ErrUnavailable)
			}
			return nil
		}
	}
	w.store.set(func(p *probe) { p.slow, p.before, p.after = time.Millisecond, trouble(30), trouble(30) })
	accepted := make([]error, 60)
	var wg sync.WaitGroup
	for i := range accepted {
		wg.Go(func() {
			req := Request{Ref: state.Ref{ID: inc.ID}, Change: ifsev.Change{Note: fmt.Sprint(i)}, Actor: alice, ID: fmt.Sprint(i), Sum: "s"}
			for range 3 { // a sender that tries three times, anywhere
				if _, accepted[i] = engines[(i+int(seed))%2].Submit(context.Background(), req); accepted[i] == nil {
					return
				}
			}
		})
	}
	wg.Wait()
	w.store.set(func(p *probe) { p.before, p.after = nil, nil })
	times := map[string]int{}
	for _, ev := range engines[1].events(inc.ID, ifsev.Noted) {
		times[ev.Data.String("text")]++
	}
	for i, err := range accepted {
		if n := times[fmt.Sprint(i)]; n > 1 || err == nil && n != 1 {
			t.Errorf("note %d is there %d times, its sender was told %v", i, n, err)
		}
	}
}

func TestAnOlderReplicaTakesOverNewerRules(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		old := w.start("", owner("old"))
		inc := old.declare(ifsev.Declaration{Severity: 1})
		newer := w.start(`
  kit:
    when: noted
    then: [{add_tags: [kit]}]
`, owner("new"))
		if _, err := newer.note(inc.ID, "by the new one"); err != nil {
			t.Fatal(err)
		}
		if _, err := old.note(inc.ID, "by the old one"); err != nil {
			t.Fatalf("the older replica: %v", err)
		}
		if a, b := old.Rules().Epoch, newer.Rules().Epoch; a != b || old.Rules().Rule("kit") == nil {
			t.Errorf("the older replica is at epoch %d, the other at %d", a, b)
		}
		if got := types(old.events(inc.ID, ifsev.Noted, ifsev.Tagged, ifsev.RuleFired)); got != "noted rule_fired tagged noted rule_fired" {
			t.Errorf("timeline: %s", got)
		}
	})
}
