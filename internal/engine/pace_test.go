package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// everybody tells three receivers of each incident.
const everybody = `
  tell:
    when: declared
    then: [{webhook: {to: status, json: {}}}]
  other:
    when: declared
    then: [{webhook: {to: slow, json: {}}}]
  page:
    when: declared
    then: [{page: alice}]
`

const limited = "webhook:status"

// bucket is a receiver that takes so many at once and one more every so often; it says when to come again if it says so.
type bucket struct {
	mu      sync.Mutex
	size    int
	every   time.Duration
	says    time.Duration
	last    time.Time
	left    int
	taken   []string
	answers time.Duration
}

func (b *bucket) answer(_ context.Context, c call) (ifsev.Receipt, error) {
	time.Sleep(b.answers)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if n := int(now.Sub(b.last) / b.every); n > 0 {
		b.left, b.last = min(b.size, b.left+n), now
	}
	if b.left == 0 {
		return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonRateLimited, Text: "429 slow down", RetryAfter: b.says}
	}
	b.left--
	b.taken = append(b.taken, c.ID)
	return ifsev.Receipt{Status: 200}, nil
}

// only has one destination answer so, and the others take everything.
func only(name string, answer func(context.Context, call) (ifsev.Receipt, error)) func(context.Context, call) (ifsev.Receipt, error) {
	return func(ctx context.Context, c call) (ifsev.Receipt, error) {
		if c.Destination == name {
			return answer(ctx, c)
		}
		return ok(ctx, c)
	}
}

// until refuses what comes before the instant.
func until(end time.Time, asks time.Duration) func(context.Context, call) (ifsev.Receipt, error) {
	return func(ctx context.Context, c call) (ifsev.Receipt, error) {
		if time.Now().Before(end) {
			return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonRateLimited, Text: "429", RetryAfter: asks}
		}
		return ok(ctx, c)
	}
}

// deliveries answers what is in the outbox.
func (r *running) deliveries(q state.DeliveryQuery) []Delivery {
	r.w.t.Helper()
	q.Limit = 1000
	list, err := r.Deliveries(r.w.t.Context(), q)
	if err != nil {
		r.w.t.Fatal(err)
	}
	return list
}

func TestAReceiverThatAsksToWaitIsLeftAlone(t *testing.T) {
	for name, reason := range map[string]ifsev.FailureReason{"429": ifsev.ReasonRateLimited, "503": ifsev.ReasonServer} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				e := w.start(everybody)
				began := time.Now()
				w.calls.answer(only(limited, func(ctx context.Context, c call) (ifsev.Receipt, error) {
					if time.Since(began) < 20*time.Second {
						time.Sleep(5 * time.Millisecond)
						return ifsev.Receipt{}, &ifsev.Failure{Reason: reason, Text: "not now", RetryAfter: 20*time.Second - time.Since(began)}
					}
					return ok(ctx, c)
				}))
				const n = 30
				for range n {
					e.declare(ifsev.Declaration{})
					w.pass(20 * time.Millisecond)
				}
				w.pass(19 * time.Second)
				if got := len(w.calls.all(limited)); got > defaultConcurrency {
					t.Errorf("%d requests, %d of them after it asked to wait", got, got-1)
				}
				for _, name := range []string{"webhook:slow", "page:alice"} {
					if got := w.calls.all(name); len(got) != n || got[n-1].At.Sub(began) > time.Second {
						t.Errorf("%s: %d requests, the last after %s", name, len(got), got[len(got)-1].At.Sub(began))
					}
				}
				for _, d := range e.deliveries(state.DeliveryQuery{}) {
					if d.NextAttempt.Sub(began) < 20*time.Second || !strings.Contains(d.LastError, "asked to wait until") {
						t.Errorf("%s at %s: %q", d.State, d.NextAttempt.Sub(began), d.LastError)
					}
				}
				before := len(w.calls.all(limited))
				w.pass(time.Minute)
				after := w.calls.all(limited)[before:]
				if left := e.deliveries(state.DeliveryQuery{}); len(left) != 0 || len(after) != n {
					t.Fatalf("%d are left after %d more requests", len(left), len(after))
				}
				// One first, and then more and more.
				gaps := []time.Duration{after[1].At.Sub(after[0].At), after[2].At.Sub(after[1].At), after[n-1].At.Sub(after[n-2].At)}
				within(t, "the second", gaps[0], gapFirst/2, gapFirst)
				if gaps[1] >= gaps[0] || gaps[2] > gapLeast {
					t.Errorf("gaps %v: want less and less", gaps)
				}
			})
		})
	}
}

func TestAReceiverIsAskedLittleMoreThanItTakes(t *testing.T) {
	for name, c := range map[string]struct {
		*bucket
		n, requests int
		within      time.Duration
	}{
		"one a second":                {&bucket{size: 1, every: time.Second, says: time.Second}, 60, 85, 2 * time.Minute},
		"one a second, slow":          {&bucket{size: 1, every: time.Second, says: time.Second, answers: 700 * time.Millisecond}, 60, 90, 2 * time.Minute},
		"one a second, without words": {&bucket{size: 1, every: time.Second}, 60, 100, 3 * time.Minute},
		"ten a second":                {&bucket{size: 10, every: 100 * time.Millisecond, says: time.Second}, 200, 250, 2 * time.Minute},
		"one in twenty seconds":       {&bucket{size: 1, every: 20 * time.Second, says: 20 * time.Second}, 20, 55, 20 * time.Minute},
		"half a minute's worth":       {&bucket{size: 30, every: 2 * time.Second, says: 30 * time.Second}, 90, 150, 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				b := c.bucket
				w.calls.answer(b.answer)
				e := w.start("  tell:\n    when: declared\n    then: [{webhook: {to: status, json: {}}}]\n")
				for range c.n {
					e.declare(ifsev.Declaration{})
				}
				w.pass(c.within)
				got := w.calls.all(limited)
				if len(b.taken) != c.n || len(e.deliveries(state.DeliveryQuery{})) != 0 {
					t.Errorf("%d were taken of %d, with %d requests", len(b.taken), c.n, len(got))
				}
				if len(got) > c.requests {
					t.Errorf("%d requests for %d deliveries, want at most %d", len(got), c.n, c.requests)
				}
				most := slices.MaxFunc(got, func(a, b call) int { return a.Number - b.Number })
				if most.Number > 10 {
					t.Errorf("one took %d attempts", most.Number)
				}
			})
		})
	}
}

// One that takes nothing for a while, and then everything, has it soon: how often it refused in a row says nothing about
// how fast it takes what it takes.
func TestAReceiverThatOpensAgainHasEverythingSoon(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("  tell:\n    when: declared\n    then: [{webhook: {to: status, json: {}}}]\n")
		began := time.Now()
		w.calls.answer(until(began.Add(40*time.Second), 2*time.Second))
		for range 50 {
			e.declare(ifsev.Declaration{})
			w.pass(10 * time.Millisecond)
		}
		w.pass(time.Minute - time.Since(began))
		if n := len(w.calls.all()); n > 50+defaultConcurrency+20 {
			t.Errorf("%d requests", n)
		}
		if left := e.deliveries(state.DeliveryQuery{}); len(left) > 0 {
			t.Errorf("%d wait 20 s after it opened", len(left))
		}
	})
}

// Each partition has its turn where one at a time is claimed: what comes anew does not go before what waits.
func TestWhatComesAnewDoesNotOvertakeForGood(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		b := &bucket{size: 1, every: time.Second, says: time.Second}
		w.calls.answer(b.answer)
		e := w.start("  tell:\n    when: declared\n    then: [{webhook: {to: status, json: {}}}]\n")
		for range 30 {
			e.declare(ifsev.Declaration{})
		}
		first := map[string]bool{}
		for _, d := range e.deliveries(state.DeliveryQuery{}) {
			first[d.ID] = true
		}
		for range 600 {
			e.declare(ifsev.Declaration{})
			w.pass(time.Second)
		}
		for _, c := range w.calls.all() {
			delete(first, c.ID)
		}
		if len(first) > 0 {
			t.Errorf("%d of the first 30 were not attempted in ten minutes, while %d were taken", len(first), len(b.taken))
		}
	})
}

// Two replicas that were told the same do not come back together.
func TestReplicasDoNotComeBackAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		began := time.Now()
		w.calls.answer(until(began.Add(time.Minute), time.Minute))
		one := w.start(everybody, owner("one"))
		w.start(everybody, owner("two"))
		w.pass(30 * time.Second)
		began = time.Now()
		w.calls.answer(only(limited, until(began.Add(time.Minute), time.Minute)))
		for range 60 {
			one.declare(ifsev.Declaration{})
		}
		w.pass(59 * time.Second)
		before := len(w.calls.all(limited))
		if before > 2*defaultConcurrency {
			t.Errorf("%d requests", before)
		}
		w.pass(20 * time.Second)
		for i, c := range w.calls.all(limited)[before:] {
			if i == 1 && c.At.Equal(w.calls.all(limited)[before].At) {
				t.Error("they come back at the same instant")
			}
		}
	})
}

func TestAnAgeThatEndsInAPauseIsKept(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(`
  tell:
    when: declared
    then:
      - webhook: {to: status, json: {}}
        retry: {max_age: 10m}
        on_error: [{page: alice}]
`)
		began := time.Now()
		w.calls.answer(only(limited, until(began.Add(time.Hour), time.Hour)))
		first := e.declare(ifsev.Declaration{})
		w.pass(5 * time.Minute)
		second := e.declare(ifsev.Declaration{})
		w.pass(20 * time.Minute)
		if got := w.calls.all(limited); len(got) != 1 {
			t.Errorf("%d requests", len(got))
		}
		for _, inc := range []ifsev.Incident{first, second} {
			failed := e.events(inc.ID, ifsev.ActionFailed)
			if len(failed) != 1 || failed[0].Data.String("reason") != "rate_limited" || !strings.Contains(failed[0].Data.String("error"), "max_age") {
				t.Fatalf("%+v", failed)
			}
			within(t, "given up", failed[0].At.Sub(inc.DeclaredAt), 10*time.Minute, 11*time.Minute+time.Second)
		}
		if got := w.calls.all("page:alice"); len(got) != 2 {
			t.Errorf("%d pages instead", len(got))
		}
		// One that is sent again by hand gets an attempt, though not in the pause.
		dead := e.deliveries(state.DeliveryQuery{Dead: true})
		if err := e.RetryDelivery(t.Context(), dead[0].ID); err != nil {
			t.Fatal(err)
		}
		w.pass(10 * time.Minute)
		if got := w.calls.all(limited); len(got) != 1 {
			t.Errorf("%d requests in the pause", len(got))
		}
		w.pass(time.Hour)
		if got := w.calls.all(limited); len(got) != 2 || len(e.deliveries(state.DeliveryQuery{Dead: true})) != 1 {
			t.Errorf("%d requests after it", len(got))
		}
	})
}

// What waits for the receiver is looked over again and again, which is no attempt.
func TestAPauseUsesUpNoAttempts(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(`
  tell:
    when: declared
    then:
      - webhook: {to: status, json: {}}
        retry: {attempts: 2, max_age: 3h}
`)
		began := time.Now()
		e.declare(ifsev.Declaration{})
		w.pass(time.Second)
		w.calls.answer(until(began.Add(90*time.Minute), time.Hour))
		for range 20 {
			e.declare(ifsev.Declaration{})
		}
		w.pass(3 * time.Hour)
		attempts := map[string]int{}
		for _, c := range w.calls.all(limited)[1:] {
			attempts[c.ID]++
		}
		for _, d := range e.deliveries(state.DeliveryQuery{Dead: true}) {
			if attempts[d.ID] != 2 {
				t.Errorf("one was given up after %d attempts: %s", attempts[d.ID], d.LastError)
			}
		}
		if left := e.deliveries(state.DeliveryQuery{}); len(attempts) != 20 || len(left) > 1 {
			t.Errorf("%d were attempted, %d are left", len(attempts), len(left))
		}
	})
}

func TestAPauseIsToldAndIsAReason(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		s := &auditable{probe: w.store}
		e := w.start(everybody, func(o *Options) { o.Store = s })
		w.pass(2 * time.Minute)
		began := time.Now()
		w.calls.answer(only(limited, until(began.Add(10*time.Minute), 5*time.Minute)))
		e.declare(ifsev.Declaration{})
		w.pass(time.Second)
		e.declare(ifsev.Declaration{})
		w.pass(3 * time.Minute)
		c := e.Checkup(t.Context())
		at := c.Destinations[limited]
		within(t, "the pause", at.Until.Sub(began), 5*time.Minute, 5*time.Minute+askedJitter)
		if at.Pending != 2 || !strings.Contains(at.LastError, "asked to wait until") {
			t.Errorf("%+v", at)
		}
		if other, there := c.Destinations["page:alice"]; there {
			t.Errorf("%+v", other)
		}
		if v := e.watch.auditor.violations(); len(v) > 0 {
			t.Errorf("%+v", v)
		}
		w.pass(20 * time.Minute)
		if at, there := e.Checkup(t.Context()).Destinations[limited]; there {
			t.Errorf("afterwards: %+v", at)
		}
	})
}

// A claim may be under way when the receiver asks to wait: what it brings is given back.
func TestWhatIsClaimedWhenThePauseBeginsIsGivenBack(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("  tell:\n    when: declared\n    then: [{webhook: {to: status, json: {}}, retry: {attempts: 1}}]\n", func(o *Options) { o.Visibility = time.Minute })
		began := time.Now()
		var n atomic.Int32
		w.calls.answer(until(began.Add(10*time.Second), 10*time.Second))
		w.store.set(func(p *probe) {
			p.answering = func(op string) {
				if op != "claim" {
					return
				}
				if n.Add(1) > 1 {
					time.Sleep(time.Second) // its answer is on the way
				}
			}
		})
		for range 4 {
			e.declare(ifsev.Declaration{})
		}
		w.pass(5 * time.Second)
		if got := w.calls.all(limited); len(got) != 1 {
			t.Errorf("%d requests", len(got))
		}
		w.pass(time.Minute)
		ids := map[string]bool{}
		for _, c := range w.calls.all(limited) {
			ids[c.ID] = true
		}
		if len(ids) != 4 || len(w.calls.all(limited)) != 4 {
			t.Errorf("%d of 4 were attempted, in %d requests", len(ids), len(w.calls.all(limited)))
		}
	})
}

func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		zero := func(time.Duration) time.Duration { return 0 }
		r := withDefaults(&ifsev.Delivery{})
		now, p := time.Now(), pace{}
		began := now
		if !p.slow(began, now, 2*time.Second, r, zero) || p.slow(began, now, time.Second, r, zero) {
			t.Error("those that are under way together are refused together")
		}
		p.took(began) // and what it took before says nothing
		if p.refused != 1 || p.gap != gapFirst || !p.next().Equal(now.Add(2*time.Second)) {
			t.Errorf("%+v", p)
		}
		p.slow(began, now, time.Minute, r, zero)
		if !p.next().Equal(now.Add(time.Minute)) {
			t.Error("a longer pause is kept")
		}
		for i := range 6 {
			began = began.Add(time.Hour)
			p.slow(began, began, 0, r, zero)
			if p.gap != gapFirst || p.refused != i+2 {
				t.Errorf("a pause that was too short says nothing about the gap: %+v", p)
			}
		}
		for i := range 6 {
			began = began.Add(time.Hour)
			p.took(began)
			gap := p.gap
			began = began.Add(time.Hour)
			p.slow(began, began, 0, r, zero)
			if want := min(gapMost, max(2*gap, gapFirst)); p.gap != want || p.tooShort != gap || p.refused != 1 {
				t.Errorf("after %d: %+v", i, p)
			}
		}
		slow := 0
		for p.gap > 0 {
			began = began.Add(time.Second)
			p.took(began)
			if slow++; slow > 100 {
				t.Fatalf("it does not come to an end: %+v", p)
			}
		}
		if p.refused != 0 || !p.next().Equal(p.until) || slow < 8 {
			t.Errorf("%+v after %d", p, slow)
		}
		if s := fmt.Sprint(p.tooShort); s != "0s" {
			t.Errorf("it remembers %s", s)
		}
	})
}
