package engine

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Killed at any attempt of a firing of several steps, another engine goes on where it was: nothing is skipped, and what
// is done twice is done under the same key.
func TestAnotherEngineGoesOnAfterACrash(t *testing.T) {
	const steps = `
  kit:
    if: severity == 1
    then:
      - webhook: {to: status, json: {step: 1}}
      - webhook: {to: slow, json: {step: 2}}
      - page: alice
      - add_tags: [done]
`
	for killed := 1; killed <= 3; killed++ {
		for _, done := range []bool{false, true} {
			name := map[bool]string{false: "before the receiver did it", true: "after the receiver did it"}[done]
			t.Run(strings.Repeat("I", killed)+" "+name, func(t *testing.T) {
				inWorld(t, func(t *testing.T, w *world) {
					a := w.start(steps, owner("a"))
					seen := 0
					w.calls.answer(func(ctx context.Context, c call) (ifsev.Receipt, error) {
						if seen++; seen != killed {
							return ifsev.Receipt{}, nil
						}
						if done {
							// The store is out of reach from the moment the receiver has it.
							w.store.set(func(p *probe) { p.away = true })
							return ifsev.Receipt{}, nil
						}
						return hang(ctx, c)
					})
					inc := a.declare(ifsev.Declaration{Severity: 1})
					w.pass(0)
					a.crash()
					w.calls.answer(ok)
					b := w.start(steps, owner("b"))
					w.pass(time.Minute)
					if doc := b.document(inc.ID); len(doc.Firings) != 0 || !slices.Contains(doc.Incident.Tags, "done") {
						t.Errorf("the firing is not finished: %+v", doc.Firings)
					}
					checkSteps(t, w.calls.all())
				})
			})
		}
	}
}

// checkSteps wants the three steps in order, each under one key, the one that was killed twice.
func checkSteps(t *testing.T, calls []call) {
	t.Helper()
	var order []string
	keys := map[string]string{}
	for _, c := range calls {
		if id, ok := keys[c.Destination]; ok && id != c.ID {
			t.Errorf("%s under two keys: %s and %s", c.Destination, id, c.ID)
		}
		if keys[c.Destination] == "" {
			order = append(order, c.Destination)
		}
		keys[c.Destination] = c.ID
	}
	if !slices.Equal(order, []string{"webhook:status", "webhook:slow", "page:alice"}) || len(calls) != 4 {
		t.Errorf("%d attempts in the order %v", len(calls), order)
	}
}

func TestWhatIsInFlightAtACrashComesAgainWithinTheVisibilityTime(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.start(tell, owner("same"))
		w.calls.answer(hang)
		a.declare(ifsev.Declaration{Severity: 1})
		w.pass(0)
		a.crash()
		w.calls.answer(ok)
		w.start(tell, owner("same"))
		w.pass(time.Minute)
		calls := w.calls.all()
		if len(calls) != 2 || calls[1].Number != 2 {
			t.Fatalf("%+v", calls)
		}
		within(t, "the second attempt", calls[1].At.Sub(calls[0].At), defaultVisibility, defaultVisibility+time.Second)
	})
}

func TestStopFinishesWhatIsInHand(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		w.calls.answer(func(ctx context.Context, c call) (ifsev.Receipt, error) {
			time.Sleep(3 * time.Second)
			return ifsev.Receipt{}, ctx.Err()
		})
		inc := e.declare(ifsev.Declaration{Severity: 1})
		w.pass(time.Second)
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := e.Stop(ctx); err != nil {
			t.Error(err)
		}
		within(t, "stopped", time.Since(began), 2*time.Second, 2*time.Second)
		if n := len(e.events(inc.ID, ifsev.Delivered)); n != 1 {
			t.Errorf("%d delivered events: the attempt was not written down", n)
		}
	})
}

func TestStopFinishesWhatWaits(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		w.store.set(func(p *probe) { p.slow = time.Second })
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := e.note(inc.ID, "n"); err != nil {
					t.Errorf("accepted and not done: %v", err)
				}
			})
		}
		synctest.Wait()
		if err := e.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if n := len(e.events(inc.ID, ifsev.Noted)); n != 100 {
			t.Errorf("%d notes", n)
		}
	})
}

func TestStopIsBounded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		release := make(chan struct{})
		defer close(release)
		w.calls.answer(func(context.Context, call) (ifsev.Receipt, error) {
			<-release // it does not even look at its context
			return ifsev.Receipt{}, nil
		})
		e.declare(ifsev.Declaration{Severity: 1})
		w.pass(0)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		began := time.Now()
		err := e.Stop(ctx)
		within(t, "stopped", time.Since(began), 5*time.Second, 5*time.Second+cutTime)
		if err == nil || !strings.Contains(err.Error(), "webhook:status") {
			t.Errorf("%v: want to be told what was cut", err)
		}
	})
}

func TestStopWhileTheStoreIsAway(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		inc := e.declare(ifsev.Declaration{})
		w.store.set(func(p *probe) { p.away = true })
		done := make(chan error, 1)
		go func() {
			_, err := e.note(inc.ID, "n")
			done <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		if err := e.Stop(ctx); err == nil {
			t.Error("nothing is said of what could not be written")
		}
		within(t, "stopped", time.Since(began), time.Second, time.Second+cutTime)
		if err := <-done; err == nil {
			t.Error("the caller was told it is done")
		}
	})
}

func TestTheEndOfTheStartingContextStopsTheIntake(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e, err := New(Options{Store: w.store, Rules: w.rules(tell), Performer: w.calls})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if err := e.Start(ctx); err != nil {
			t.Fatal(err)
		}
		w.pass(0)
		cancel()
		w.pass(time.Second)
		if err := e.Ready(t.Context()); err == nil {
			t.Error("still ready")
		}
		if err := e.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestPartitionsChangeHands(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.start(tell, owner("a"))
		w.pass(0)
		b := w.start(tell, owner("b"))
		w.pass(time.Minute)
		if n, m := len(a.leases.held()), len(b.leases.held()); n != ifsev.Partitions/2 || m != ifsev.Partitions/2 {
			t.Errorf("a holds %d, b %d", n, m)
		}
		for range 8 {
			b.declare(ifsev.Declaration{Severity: 1})
		}
		w.pass(2 * time.Second)
		if len(w.calls.all()) != 8 {
			t.Error("what b committed was not delivered by both")
		}
		if err := a.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.pass(defaultLease/10 + time.Millisecond)
		if n := len(b.leases.held()); n != ifsev.Partitions {
			t.Errorf("b holds %d after a has stopped", n)
		}
		b.crash()
		c := w.start(tell, owner("c"))
		w.pass(0)
		if n := len(c.leases.held()); n != 0 {
			t.Errorf("c holds %d right after b's crash", n)
		}
		w.pass(defaultLease + defaultLease/3)
		if n := len(c.leases.held()); n != ifsev.Partitions {
			t.Errorf("c holds %d after b's leases have ended", n)
		}
	})
}

func TestALeaseThatCannotBeRenewedIsNotTrusted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		w.pass(0)
		w.store.set(func(p *probe) { p.away = true })
		w.pass(defaultLease + defaultLease/3)
		if n := len(e.leases.held()); n != 0 {
			t.Errorf("%d are held without renewal", n)
		}
		w.store.set(func(p *probe) { p.away = false })
		w.pass(defaultLease / 3)
		if n := len(e.leases.held()); n != ifsev.Partitions {
			t.Errorf("%d are held after it could be renewed", n)
		}
	})
}

func TestReady(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		if err := e.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		_ = w.store.Close()
		if err := e.Ready(t.Context()); err == nil {
			t.Error("ready without a store")
		}
	})
}

func TestCrewKeepsLoopsAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var restarts []string
		c := newCrew(turns{}, slog.New(slog.DiscardHandler), func(loop string) { restarts = append(restarts, loop) })
		ctx, cancel := context.WithCancel(t.Context())
		runs := 0
		c.loop(ctx, "loop one", func(context.Context) {
			if runs++; runs < 3 {
				panic("again")
			}
			<-ctx.Done()
		})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if runs != 3 || !slices.Equal(restarts, []string{"loop", "loop"}) || !c.runs("loop one") {
			t.Errorf("%d runs, restarts %v", runs, restarts)
		}
		short, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if err := c.wait(short); err == nil || !strings.Contains(err.Error(), "loop one") {
			t.Errorf("waiting for a loop that runs: %v", err)
		}
		cancel()
		if err := c.wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestOneFaultyRequestDoesNotHarmTheOthers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		w.store.set(func(p *probe) {
			p.slow = time.Millisecond
			p.before = func(c state.Commit) error {
				for _, entry := range c.Entries {
					if strings.Contains(string(entry.Body), "poison") {
						panic("a fault")
					}
				}
				return nil
			}
		})
		var wg sync.WaitGroup
		var mu sync.Mutex
		failed := map[string]bool{}
		for _, text := range []string{"a", "b", "poison", "c", "d"} {
			wg.Go(func() {
				if _, err := e.note(inc.ID, text); err != nil {
					mu.Lock()
					failed[text] = true
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(failed) != 1 || !failed["poison"] {
			t.Errorf("failed: %v", failed)
		}
		if n := len(e.events(inc.ID, ifsev.Noted)); n != 4 {
			t.Errorf("%d notes", n)
		}
	})
}
