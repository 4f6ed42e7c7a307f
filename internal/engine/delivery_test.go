package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

const tell = `
  tell:
    if: severity == 1
    then: [{webhook: {to: status, json: {title: "${title}"}}}]
`

// While a receiver is down, nobody waits longer for the way round than the delivery may grow old, however many wait.
func TestGivingUpInTimeWhileAReceiverIsDown(t *testing.T) {
	for _, n := range []int{1, 10, 100} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				e := w.start("\n  tell:\n    if: severity == 1\n    then:\n      - webhook: {to: status, json: {title: \"${title}\"}}\n        retry: {max_age: 1m, attempts: 3}\n        on_error: [{page: database}]\n")
				w.calls.answer(func(_ context.Context, c call) (ifsev.Receipt, error) {
					if c.Action == "page" {
						return ifsev.Receipt{Status: 200}, nil
					}
					return failing(ifsev.ReasonNetwork)(nil, c)
				})
				for range n {
					e.declare(ifsev.Declaration{Severity: 1})
				}
				w.pass(3 * time.Minute)
				if got := len(w.calls.all("page:database")); got != n {
					t.Errorf("%d of %d had their way round after 3 minutes", got, n)
				}
				if got := len(w.calls.all("webhook:status")); got > 3*n+breakerFailures+18 {
					t.Errorf("%d attempts at a receiver that is down", got)
				}
			})
		})
	}
}

// Where the outcome of a delivery that was made cannot be recorded, for whatever reason, nobody gets it again and again.
func TestWhatWasTakenIsNotMadeAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		w.store.set(func(p *probe) {
			p.before = func(c state.Commit) error {
				if c.Settle != nil {
					return errors.New("the document is damaged")
				}
				return nil
			}
		})
		inc := e.declare(ifsev.Declaration{Severity: 1})
		w.pass(6 * time.Hour)
		if n := len(w.calls.all()); n != 1 {
			t.Errorf("made %d times", n)
		}
		w.store.set(func(p *probe) { p.before = nil })
		w.pass(time.Hour)
		if n := len(e.events(inc.ID, ifsev.Delivered)); n != 1 || len(w.calls.all()) != 1 {
			t.Errorf("recorded %d times, made %d times", n, len(w.calls.all()))
		}
	})
}

// An address that comes out of data may be anything; the step with it fails, and nothing else does.
func TestAnAddressOfAnyLength(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("\n  call-back:\n    if: severity == 1\n    then:\n      - webhook: {url: \"${description}\", json: {a: 1}}\n  wake-up:\n    if: severity == 1\n    then: [{page: database}]\n")
		w.calls.answer(func(_ context.Context, c call) (ifsev.Receipt, error) {
			if strings.HasPrefix(c.Destination, "webhook") {
				return failing(ifsev.ReasonConfig)(nil, c)
			}
			return ifsev.Receipt{Status: 200}, nil
		})
		a := firing("1", "k", "f")
		a.Severity, a.Description = 1, "https://"+strings.Repeat("a", 5000)+".example.com/x"
		if _, err := e.SubmitAlerts(t.Context(), []ifsev.Alert{a}); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Minute)
		if n := len(w.calls.all("page:database")); n != 1 {
			t.Errorf("paged %d times", n)
		}
	})
}

func TestStepsGoOnAfterTheOutcome(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(`
  kit:
    if: severity == 1
    then:
      - id: first
        webhook: {to: status, json: {a: 1}}
      - note: "answered ${steps.first.status}"
      - webhook: {to: slow, json: {after: "${steps.first.body}"}}
      - add_tags: [kit]
`)
		w.calls.answer(func(context.Context, call) (ifsev.Receipt, error) {
			return ifsev.Receipt{Status: 201, Outputs: ifsev.Data{"status": 201, "body": "made"}}, nil
		})
		inc := e.declare(ifsev.Declaration{Severity: 1})
		w.pass(0)
		doc := e.document(inc.ID)
		if len(doc.Firings) != 0 || !slices.Contains(doc.Incident.Tags, "kit") {
			t.Errorf("not finished: %+v", doc.Firings)
		}
		calls := w.calls.all()
		if len(calls) != 2 || calls[0].Destination != "webhook:status" || calls[1].Destination != "webhook:slow" {
			t.Fatalf("calls %+v", calls)
		}
		if body, _ := calls[1].Args["json"].(map[string]any); body["after"] != "made" {
			t.Errorf("the second step got %v", calls[1].Args)
		}
		if notes := e.events(inc.ID, ifsev.Noted); len(notes) != 1 || notes[0].Data.String("text") != "answered 201" {
			t.Errorf("notes %+v", notes)
		}
		if n := len(e.events(inc.ID, ifsev.Delivered)); n != 2 {
			t.Errorf("%d delivered events", n)
		}
	})
}

func TestFailedAttemptsAreMadeAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		w.calls.answer(failing(ifsev.ReasonInternal)) // which opens no breaker, and asks for no pause
		inc := e.declare(ifsev.Declaration{Severity: 1})
		w.pass(2 * time.Hour)
		calls := w.calls.all()
		if len(calls) < 12 {
			t.Fatalf("%d attempts in an hour", len(calls))
		}
		for i := range calls[:len(calls)-1] {
			gap, bound := calls[i+1].At.Sub(calls[i].At), ifsev.Retry{Min: retryMin, Max: retryMax}.Backoff(i+1)
			within(t, fmt.Sprintf("attempt %d", i+2), gap, retryAtOnce, bound+2*time.Millisecond)
			if calls[i+1].ID != calls[0].ID || calls[i+1].Number != i+2 {
				t.Errorf("attempt %d: %s number %d", i+2, calls[i+1].ID, calls[i+1].Number)
			}
		}
		within(t, "the last attempt", calls[len(calls)-1].At.Sub(inc.DeclaredAt), time.Hour, time.Hour+2*time.Millisecond)
		failed := e.events(inc.ID, ifsev.ActionFailed)
		if len(failed) != 1 || failed[0].Data.Int("attempts") != len(calls) || failed[0].Data.String("reason") != "internal" {
			t.Errorf("%+v", failed)
		}
		dead, err := e.Deliveries(t.Context(), state.DeliveryQuery{Dead: true, Limit: 10})
		if err != nil || len(dead) != 1 || dead[0].State != ifsev.DeliveryDead || dead[0].ID != calls[0].ID || !strings.Contains(dead[0].LastError, "internal") {
			t.Fatalf("dead: %+v, %v", dead, err)
		}
		if got := testutil.ToFloat64(e.metrics.actionDeliveries.WithLabelValues("webhook", "dead", "internal")); got != 1 {
			t.Errorf("%v counted as dead", got)
		}
	})
}

func TestDeadDeliveries(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		w.calls.answer(func(context.Context, call) (ifsev.Receipt, error) {
			return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonClient, Text: "it will not", Permanent: true}
		})
		inc := e.declare(ifsev.Declaration{Severity: 1})
		e.declare(ifsev.Declaration{Severity: 1})
		w.pass(0)
		dead, err := e.Deliveries(t.Context(), state.DeliveryQuery{Dead: true, Limit: 10})
		if err != nil || len(dead) != 2 || len(w.calls.all()) != 2 {
			t.Fatalf("%d dead after %d attempts, %v", len(dead), len(w.calls.all()), err)
		}
		w.calls.answer(ok)
		if err := e.RetryDelivery(t.Context(), dead[0].ID); err != nil {
			t.Fatal(err)
		}
		w.pass(0)
		if got := types(e.events(inc.ID, ifsev.Delivered, ifsev.ActionFailed)); got != "action_failed delivered" {
			t.Errorf("timeline: %s", got)
		}
		if err := e.DropDelivery(t.Context(), dead[1].ID); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{e.RetryDelivery(t.Context(), dead[0].ID), e.DropDelivery(t.Context(), dead[1].ID), e.RetryDelivery(t.Context(), "none")} {
			if !errors.Is(err, state.ErrNotFound) {
				t.Errorf("what is not dead: %v", err)
			}
		}
	})
}

func TestRetryAfterIsObeyedUpToAnHour(t *testing.T) {
	for _, c := range []struct{ asked, waited time.Duration }{{90 * time.Second, 90 * time.Second}, {5 * time.Hour, time.Hour}} {
		t.Run(c.asked.String(), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				e := w.start("  p:\n    if: severity == 1\n    then: [{page: alice}]\n")
				w.calls.answer(func(_ context.Context, got call) (ifsev.Receipt, error) {
					if got.Number > 1 {
						return ifsev.Receipt{}, nil
					}
					return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonRateLimited, Text: "slow down", RetryAfter: c.asked}
				})
				e.declare(ifsev.Declaration{Severity: 1})
				w.pass(2 * time.Hour)
				calls := w.calls.all()
				if len(calls) != 2 {
					t.Fatalf("%d attempts", len(calls))
				}
				within(t, "the second attempt", calls[1].At.Sub(calls[0].At), c.waited, c.waited+askedJitter+2*time.Millisecond)
			})
		})
	}
}

func TestRungsOfABreaker(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		w.calls.answer(failing(ifsev.ReasonNetwork))
		const n = 30
		for range n {
			e.declare(ifsev.Declaration{Severity: 1})
		}
		w.pass(breakerPause - time.Millisecond)
		first := len(w.calls.all())
		// Those that were under way when it opened are made; nothing is claimed after that.
		if first < breakerFailures || first > breakerFailures+defaultConcurrency {
			t.Fatalf("%d attempts before the breaker's pause is over", first)
		}
		w.pass(breakerPause)
		if probes := len(w.calls.all()) - first; probes < 1 || probes > 2 {
			t.Errorf("%d attempts in the next ten seconds, want one probe", probes)
		}
		w.calls.answer(ok)
		w.pass(time.Minute)
		delivered := map[string]bool{}
		for _, c := range w.calls.all() {
			delivered[c.ID] = true
		}
		if pending, err := e.Deliveries(t.Context(), state.DeliveryQuery{Limit: 100}); err != nil || len(pending) != 0 || len(delivered) != n {
			t.Errorf("%d pending, %d delivered, %v", len(pending), len(delivered), err)
		}
	})
}

func TestAHangingReceiverHoldsUpNobodyElse(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(`
  slow:
    when: declared
    then: [{webhook: {to: slow, json: {}}}]
  page:
    when: declared
    then: [{page: alice}]
`)
		w.calls.answer(func(ctx context.Context, c call) (ifsev.Receipt, error) {
			if c.Destination == "webhook:slow" {
				return hang(ctx, c)
			}
			return ok(ctx, c)
		})
		for range 40 {
			began := time.Now()
			e.declare(ifsev.Declaration{})
			w.pass(0)
			pages := w.calls.all("page:alice")
			if last := pages[len(pages)-1].At; last.Before(began) || last.Sub(began) > 0 {
				t.Fatalf("a page waited %s", last.Sub(began))
			}
			w.pass(50 * time.Millisecond)
		}
		if got := len(w.calls.all("webhook:slow")); got != defaultConcurrency {
			t.Errorf("%d attempts hang at once, want %d", got, defaultConcurrency)
		}
	})
}

func TestOneIncidentsDeliveriesStayInOrder(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(`
  say:
    when: noted
    then: [{webhook: {to: status, json: {text: "${event.text}"}}}]
`)
		n := 0
		w.calls.answer(func(context.Context, call) (ifsev.Receipt, error) {
			if n++; n%3 != 0 {
				return ifsev.Receipt{}, &ifsev.Failure{Reason: ifsev.ReasonRateLimited, Text: "not now"}
			}
			return ifsev.Receipt{}, nil
		})
		inc := e.declare(ifsev.Declaration{})
		for i := range 20 {
			if _, err := e.note(inc.ID, fmt.Sprintf("%02d", i)); err != nil {
				t.Fatal(err)
			}
		}
		w.pass(30 * time.Minute)
		var got []string
		for _, ev := range e.events(inc.ID, ifsev.Delivered) {
			got = append(got, ev.Data.String("delivery"))
		}
		var sent []string
		for _, c := range w.calls.all() {
			if len(sent) == 0 || sent[len(sent)-1] != c.ID {
				sent = append(sent, c.ID)
			}
		}
		if len(got) != 20 || !slices.Equal(got, sent) {
			t.Errorf("%d delivered; the order of attempts and outcomes differs", len(got))
		}
	})
}

func TestPagesGoToWhoHoldsTheRoleNow(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("  p:\n    if: severity == 1\n    then: [{page: commander}]\n")
		w.calls.answer(failing(ifsev.ReasonRateLimited))
		inc := e.declare(ifsev.Declaration{Severity: 1, Commander: "alice"})
		w.pass(0)
		e.must(Request{Ref: state.Ref{ID: inc.ID}, Change: ifsev.Change{Roles: map[string]string{"commander": "bob"}}, Actor: alice})
		w.calls.answer(ok)
		w.pass(time.Minute)
		calls := w.calls.all()
		if len(calls) != 2 || calls[0].Roles["commander"] != "alice" || calls[1].Roles["commander"] != "bob" {
			t.Errorf("%+v", calls)
		}
	})
}

func TestAPanicInASenderCostsOneAttempt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		w.calls.answer(func(_ context.Context, c call) (ifsev.Receipt, error) {
			if c.Number == 1 {
				panic("a fault")
			}
			return ifsev.Receipt{}, nil
		})
		e.declare(ifsev.Declaration{Severity: 1})
		w.pass(time.Minute)
		if got := len(w.calls.all()); got != 2 {
			t.Errorf("%d attempts", got)
		}
		if got := testutil.ToFloat64(e.metrics.actionAttempts.WithLabelValues("webhook", "failure", "internal")); got != 1 {
			t.Errorf("%v counted as internal", got)
		}
	})
}

// The receiver has it, and the store is away when that should be written down.
func TestAnOutcomeWaitsForTheStore(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		w.calls.answer(func(context.Context, call) (ifsev.Receipt, error) {
			w.store.set(func(p *probe) { p.away = true })
			return ifsev.Receipt{}, nil
		})
		inc := e.declare(ifsev.Declaration{Severity: 1})
		w.pass(12 * time.Second)
		w.calls.answer(ok)
		w.store.set(func(p *probe) { p.away = false })
		w.pass(time.Minute)
		if got := len(w.calls.all()); got != 1 {
			t.Errorf("%d attempts: the claim was still valid", got)
		}
		if n := len(e.events(inc.ID, ifsev.Delivered)); n != 1 {
			t.Errorf("%d delivered events", n)
		}
	})
}

func TestAnOutcomeThatComesTooLateIsDroppedAndTheDeliveryComesAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(tell)
		w.calls.answer(func(_ context.Context, c call) (ifsev.Receipt, error) {
			w.store.set(func(p *probe) { p.away = c.Number == 1 })
			return ifsev.Receipt{}, nil
		})
		inc := e.declare(ifsev.Declaration{Severity: 1})
		w.pass(2 * time.Minute)
		w.store.set(func(p *probe) { p.away = false })
		w.pass(2 * time.Minute)
		calls := w.calls.all()
		if len(calls) != 2 || calls[0].ID != calls[1].ID {
			t.Errorf("%+v: want the same delivery twice", calls)
		}
		if n := len(e.events(inc.ID, ifsev.Delivered)); n != 1 {
			t.Errorf("%d delivered events", n)
		}
	})
}

func TestNextAttemptBounds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	d := &ifsev.Delivery{Action: "webhook", CreatedAt: now, Retry: ifsev.Retry{Min: 2 * time.Second, Max: 10 * time.Second, MaxAge: time.Minute}}
	for n, bound := range map[int]time.Duration{1: 2 * time.Second, 2: 4 * time.Second, 3: 8 * time.Second, 4: 10 * time.Second, 1000: 10 * time.Second} {
		var least, most time.Duration = time.Hour, 0
		for range 500 {
			wait := nextAttempt(d, n, 0, now, turns{}.jitter).Sub(now)
			least, most = min(least, wait), max(most, wait)
		}
		if least < retryAtOnce || most > bound || least > bound/4 || most < bound*3/4 {
			t.Errorf("attempt %d: %s to %s, want all of %s to %s", n+1, least, most, retryAtOnce, bound)
		}
	}
	if at := nextAttempt(d, 9, time.Hour, now, turns{}.jitter); !at.Equal(now.Add(time.Minute)) {
		t.Errorf("the last attempt is at %s, not at the end of its age", at)
	}
	for _, c := range []struct {
		retry ifsev.Retry
		n     int
		after time.Duration
		want  bool
	}{
		{ifsev.Retry{}, 1, 59 * time.Minute, false}, {ifsev.Retry{}, 1, time.Hour, true},
		{ifsev.Retry{Attempts: 3}, 2, 0, false}, {ifsev.Retry{Attempts: 3}, 3, 0, true},
	} {
		if got := spent(&ifsev.Delivery{Action: "webhook", CreatedAt: now, Retry: c.retry}, c.n, now.Add(c.after)); got != c.want {
			t.Errorf("%+v after %d attempts and %s: spent %t", c.retry, c.n, c.after, got)
		}
	}
	if spent(&ifsev.Delivery{Action: "page", CreatedAt: now}, 99, now.Add(23*time.Hour)) {
		t.Error("a page is given up within a day")
	}
}

func TestAShortWaitIsShorterThanThePoll(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(`
  tell:
    if: severity == 1
    then:
      - webhook: {to: status, json: {}}
        retry: {min: 200ms, max: 200ms}
`, func(o *Options) { o.Poll = time.Minute })
		w.calls.answer(failing(ifsev.ReasonInternal))
		e.declare(ifsev.Declaration{Severity: 1})
		w.pass(10 * time.Second)
		if n := len(w.calls.all()); n < 30 {
			t.Errorf("%d attempts in ten seconds at most 200 ms apart", n)
		}
	})
}
