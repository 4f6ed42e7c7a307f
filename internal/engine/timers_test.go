package engine

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/state"
)

// The two rules of the common example.
const twoRules = `
  database-oncall:
    if: severity <= 2 and "database" in tags
    then:
      - add_oncall: database
      - page: database
  database-slow:
    if: oncall_added("database") and status == "open" and open_for > 20m
    then:
      - set: {severity: "${max(1, severity - 1)}"}
`

func TestTheCommonExample(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(twoRules)
		inc := e.declare(ifsev.Declaration{Severity: 2, Tags: []string{"database"}})
		w.pass(0)
		if pages := w.calls.all("page:database"); len(pages) != 1 || time.Since(pages[0].At) != 0 {
			t.Fatalf("pages: %+v", pages)
		}
		if got := e.document(inc.ID).Incident; !slices.Contains(got.Responders, "bob") && !slices.Contains(got.Responders, "alice") {
			t.Errorf("responders %v", got.Responders)
		}
		w.pass(20*time.Minute - time.Millisecond)
		if n := len(e.events(inc.ID, ifsev.SeverityChanged)); n != 0 {
			t.Fatal("early")
		}
		w.pass(3 * time.Millisecond)
		changes := e.events(inc.ID, ifsev.SeverityChanged)
		if len(changes) != 1 || changes[0].Data.Int("to") != 1 {
			t.Fatalf("after 20 minutes: %+v", changes)
		}
		within(t, "severity raised", changes[0].At.Sub(inc.DeclaredAt), 20*time.Minute, 20*time.Minute+2*time.Millisecond)
		w.pass(time.Hour)
		if n := len(e.events(inc.ID, ifsev.SeverityChanged)); n != 1 {
			t.Errorf("raised %d times", n)
		}
	})
}

func TestAcknowledgementEndsALadder(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(`
  unacknowledged:
    if: severity <= 2 and not acknowledged
    after:
      5m: [{page: alice}]
      10m: [{page: bob}]
`)
		one, two := e.declare(ifsev.Declaration{Severity: 2}), e.declare(ifsev.Declaration{Severity: 2})
		w.pass(7 * time.Minute)
		e.must(Request{Ref: state.Ref{ID: one.ID}, Change: ifsev.Change{Acknowledge: "alice"}, Actor: alice})
		w.pass(time.Hour)
		if a, b := len(w.calls.all("page:alice")), len(w.calls.all("page:bob")); a != 2 || b != 1 {
			t.Errorf("alice %d, bob %d: want 2 and 1", a, b)
		}
		if doc := e.document(two.ID); !doc.Wake.IsZero() {
			t.Errorf("still waits until %s", doc.Wake)
		}
	})
}

func TestDeadlinesThatPassedWhileNothingRan(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(twoRules)
		inc := e.declare(ifsev.Declaration{Severity: 2, Tags: []string{"database"}})
		w.pass(time.Minute)
		if err := e.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.pass(3 * time.Hour)
		e = w.start(twoRules)
		w.pass(0)
		if got := e.document(inc.ID).Incident.Severity; got != 1 {
			t.Errorf("severity %d at once after three hours, want 1", got)
		}
		if n := testutil.CollectAndCount(e.metrics.timerLag); n != 1 {
			t.Errorf("%d lag series", n)
		}
	})
}

func TestManyDeadlinesAtOneInstant(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("  late:\n    if: open_for >= 1h\n    then: [{add_tags: [late]}]\n")
		const n = 3 * maxWakes
		for range n {
			e.declare(ifsev.Declaration{})
		}
		w.pass(time.Hour)
		w.pass(10 * time.Millisecond)
		late, err := e.List(t.Context(), state.Query{Tags: []string{"late"}, Limit: 200})
		if err != nil || len(late) != 200 {
			t.Fatalf("%d, %v", len(late), err)
		}
		stats, err := w.store.Stats(t.Context())
		if err != nil || stats.Wakes != 0 {
			t.Errorf("%d deadlines are left, %v", stats.Wakes, err)
		}
	})
}

func TestADeadlineThatCannotBeDealtWithRests(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("  late:\n    if: open_for >= 1m\n    then: [{add_tags: [late]}]\n")
		inc := e.declare(ifsev.Declaration{})
		tries := 0
		w.store.set(func(p *probe) {
			p.before = func(state.Commit) error { tries++; return errors.New("a fault of the store") }
		})
		w.pass(11 * time.Minute)
		if tries < 5 || tries > 20 {
			t.Errorf("%d tries in ten minutes, want a handful", tries)
		}
		w.store.set(func(p *probe) { p.before = nil })
		w.pass(2 * time.Minute)
		if got := e.document(inc.ID).Incident.Tags; !slices.Contains(got, "late") {
			t.Error("never dealt with")
		}
	})
}

func TestReloadKeepsDeadlines(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(twoRules)
		inc := e.declare(ifsev.Declaration{Severity: 2, Tags: []string{"database"}})
		w.pass(10 * time.Minute)
		plan, err := e.Use(t.Context(), w.rules(twoRules+`
  holds-already:
    if: severity == 2
    then: [{note: should not be said}]
  half-an-hour:
    if: open_for > 30m
    then: [{add_tags: [long]}]
`), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(plan.Added) != 2 || plan.Unchanged != 2 || len(plan.Changed)+len(plan.Removed) != 0 || plan.PendingDeadlines != 1 || plan.Epoch != 2 {
			t.Errorf("plan %+v", plan)
		}
		w.pass(0)
		if doc := e.document(inc.ID); doc.Epoch != 2 {
			t.Errorf("the incident was not looked at: epoch %d", doc.Epoch)
		}
		w.pass(10*time.Minute + 2*time.Millisecond)
		if got := e.document(inc.ID).Incident.Severity; got != 1 {
			t.Errorf("severity %d after twenty minutes, want 1", got)
		}
		w.pass(10 * time.Minute)
		if got := e.document(inc.ID).Incident.Tags; !slices.Contains(got, "long") {
			t.Error("the new rule's deadline was not kept")
		}
		if n := len(e.events(inc.ID, ifsev.Noted)); n != 0 {
			t.Error("a new rule fired for what already held")
		}
		again, err := e.Use(t.Context(), e.Rules(), nil)
		if err != nil || again.Epoch != 2 || again.Unchanged != 4 {
			t.Errorf("the same again: %+v, %v", again, err)
		}
	})
}

func TestReloadThatCannotBeWrittenChangesNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start(twoRules)
		before := e.Rules()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := e.Use(ctx, w.rules(""), unused{t}); err == nil {
			t.Fatal("no error")
		}
		if e.Rules() != before {
			t.Error("the rules were replaced")
		}
		if got := testutil.ToFloat64(e.metrics.reloadSuccessful); got != 0 {
			t.Errorf("last reload successful: %v", got)
		}
		e.declare(ifsev.Declaration{Severity: 1, Tags: []string{"database"}})
		w.pass(0)
		if len(w.calls.all()) != 1 {
			t.Error("the performer was replaced")
		}
	})
}

func TestASweepThatWasCutShortIsMadeUpForAtStart(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		w.store.set(func(p *probe) { p.before = func(state.Commit) error { return errors.New("no") } })
		late := "  late:\n    if: open_for >= 1h\n    then: [{add_tags: [late]}]\n"
		if _, err := e.Use(t.Context(), w.rules(late), nil); err != nil {
			t.Fatal(err)
		}
		w.pass(0)
		e.crash()
		w.store.set(func(p *probe) { p.before = nil })
		e = w.start(late)
		w.pass(time.Hour)
		w.pass(0)
		if got := e.document(inc.ID).Incident.Tags; !slices.Contains(got, "late") {
			t.Error("the deadline of the new rule was lost")
		}
	})
}

func TestASweepIsTriedAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		var ids []string
		for range sweepPage + 5 {
			ids = append(ids, e.declare(ifsev.Declaration{}).ID)
		}
		var n atomic.Int64
		w.store.set(func(p *probe) {
			p.before = func(state.Commit) error {
				if n.Add(1)%3 == 0 {
					return errors.New("sometimes")
				}
				return nil
			}
		})
		if _, err := e.Use(t.Context(), w.rules("  x:\n    if: severity == 1\n    then: [{note: x}]\n"), nil); err != nil {
			t.Fatal(err)
		}
		w.pass(2 * time.Minute)
		for _, id := range ids {
			if doc := e.document(id); doc.Epoch != 2 {
				t.Fatalf("incident %d is at epoch %d", doc.Incident.Number, doc.Epoch)
			}
		}
	})
}

// One that cannot be decided has nobody else looked at again.
func TestASweepLeavesAloneWhatItIsDoneWith(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		var ids []string
		for range 50 {
			ids = append(ids, e.declare(ifsev.Declaration{}).ID)
		}
		var loads atomic.Int64
		w.store.set(func(p *probe) {
			p.before = func(c state.Commit) error {
				if c.ID == ids[0] {
					return errors.New("damaged")
				}
				return nil
			}
			p.answering = func(operation string) {
				if operation == "load" {
					loads.Add(1)
				}
			}
		})
		if _, err := e.Use(t.Context(), w.rules("  x:\n    if: severity == 1\n    then: [{note: x}]\n"), nil); err != nil {
			t.Fatal(err)
		}
		w.pass(10 * time.Minute)
		if n := loads.Load(); n > 100 {
			t.Errorf("%d loads of 50 incidents", n)
		}
		w.store.set(func(p *probe) { p.before = nil })
		w.pass(2 * time.Minute)
		if doc := e.document(ids[0]); doc.Epoch != 2 {
			t.Errorf("the last of them is at epoch %d", doc.Epoch)
		}
	})
}

// What is due while the store is full, or away, is dealt with soon after it is there again, and not a minute later.
func TestDeadlinesAfterTheStoreWasFull(t *testing.T) {
	for name, fault := range map[string]error{"full": state.ErrFull, "away": state.ErrUnavailable} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				e := w.start("\n  late:\n    if: status == \"open\"\n    for: 10m\n    then: [{page: database}]\n")
				e.declare(ifsev.Declaration{Severity: 1})
				w.pass(9 * time.Minute)
				w.store.set(func(p *probe) { p.before = func(state.Commit) error { return fault } })
				w.pass(6*time.Minute + 20*time.Second)
				w.store.set(func(p *probe) { p.before = nil })
				w.pass(5 * time.Second)
				if n := len(w.calls.all("page:database")); n != 1 {
					t.Errorf("paged %d times", n)
				}
			})
		})
	}
}

// unused fails the test when an attempt is made.
type unused struct{ t *testing.T }

// Perform implements Performer.
func (r unused) Perform(context.Context, actions.Attempt) (ifsev.Receipt, error) {
	r.t.Error("an attempt was made")
	return ifsev.Receipt{}, nil
}

func TestCompare(t *testing.T) {
	t.Parallel()
	p := compare(map[string]string{"a": "1", "b": "1", "c": "1"}, map[string]string{"b": "2", "c": "1", "d": "1", "e": "1"})
	if !slices.Equal(p.Added, []string{"d", "e"}) || !slices.Equal(p.Changed, []string{"b"}) || !slices.Equal(p.Removed, []string{"a"}) || p.Unchanged != 1 {
		t.Errorf("%+v", p)
	}
}

func TestFiringsGoOnUnderTheirOwnRules(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		before := `
  kit:
    if: severity == 1
    then:
      - webhook: {to: status, json: {a: 1}}
      - note: said by the old rules
`
		after := `
  kit:
    if: severity == 1
    then:
      - webhook: {to: status, json: {a: 1}}
      - note: said by the new rules
`
		e := w.start(before)
		w.calls.answer(failing(ifsev.ReasonServer))
		inc := e.declare(ifsev.Declaration{Severity: 1})
		w.pass(time.Second)
		if _, err := e.Use(t.Context(), w.rules(after), nil); err != nil {
			t.Fatal(err)
		}
		w.calls.answer(ok)
		w.pass(time.Minute)
		notes := e.events(inc.ID, ifsev.Noted)
		if len(notes) != 1 || notes[0].Data.String("text") != "said by the old rules" {
			t.Errorf("%+v", notes)
		}
	})
}

// A deadline that is committed while the store's answer to what is due is on its way is not in that answer.
func TestADeadlineIsNotMissedBetweenTwoLooks(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("  soon:\n    if: open_for >= 2s\n    then: [{add_tags: [soon]}]\n", func(o *Options) { o.Poll = time.Minute })
		w.pass(0)
		w.store.set(func(p *probe) {
			p.answering = func(operation string) {
				if operation == "due" {
					time.Sleep(time.Second)
				}
			}
		})
		// The first look is over; the second comes by itself a minute later, and its answer is on its way.
		w.pass(time.Minute + 500*time.Millisecond)
		inc := e.declare(ifsev.Declaration{})
		w.pass(4 * time.Second)
		if got := e.document(inc.ID).Incident.Tags; !slices.Contains(got, "soon") {
			t.Error("the deadline waits for the next look, a minute later")
		}
	})
}

func TestAWakeThatIsOutOfDateWritesNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("  late:\n    if: open_for >= 1h\n    then: [{add_tags: [late]}]\n")
		inc := e.declare(ifsev.Declaration{})
		w.pass(time.Second)
		before := w.store.written()
		done := make(chan answer, 1)
		e.lookAt(inc.ID, &item{wake: time.Now()}, func(a answer) { done <- a })
		if a := <-done; a.err != nil || w.store.written() != before {
			t.Errorf("%d commits, %v", w.store.written()-before, a.err)
		}
	})
}

func TestWakesAreRoundedUp(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for give, want := range map[time.Duration]time.Duration{0: 0, 1: time.Millisecond, time.Millisecond: time.Millisecond, time.Millisecond + 1: 2 * time.Millisecond} {
		if got := wakeAt(at.Add(give)); !got.Equal(at.Add(want)) {
			t.Errorf("%s: %s", give, got.Sub(at))
		}
	}
	if !wakeAt(time.Time{}).IsZero() {
		t.Error("no wake became one")
	}
}
