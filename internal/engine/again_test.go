package engine

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// A request that was carried out and whose sender got no answer is answered as carried out when it comes again, even if
// by then it would be refused.
func TestWhatWouldBeRefusedNowWasCarriedOut(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		inc := e.declare(ifsev.Declaration{})
		ref := state.Ref{ID: inc.ID}
		mitigate := Request{Ref: ref, Change: ifsev.Change{Status: status(ifsev.StatusMitigated)}, Actor: alice, ID: "m", Sum: "s"}
		note := Request{Ref: ref, Change: ifsev.Change{Note: "n"}, Actor: alice, ID: "n", Sum: "s", IfMatch: inc.Version}
		e.must(note)
		e.must(mitigate)
		e.must(Request{Ref: ref, Change: ifsev.Change{Status: status(ifsev.StatusClosed)}, Actor: alice})
		for _, r := range []Request{mitigate, note} {
			if reply, err := e.Submit(t.Context(), r); err != nil || !reply.Replayed {
				t.Errorf("%s again: %+v, %v", r.ID, reply, err)
			}
			r.Sum = "another"
			if _, err := e.Submit(t.Context(), r); !errors.Is(err, ErrReused) {
				t.Errorf("%s for something else: %v", r.ID, err)
			}
		}
		mitigate.ID, note.ID = "m2", "n2"
		for range 2 { // what is refused takes no id
			if _, err := e.Submit(t.Context(), mitigate); !errors.Is(err, ifsev.ErrChange) {
				t.Errorf("mitigate what is closed: %v", err)
			}
			if _, err := e.Submit(t.Context(), note); !errors.Is(err, ErrVersion) {
				t.Errorf("note for another version: %v", err)
			}
		}
		note.IfMatch = 0
		if r := e.must(note); r.Replayed || !r.Changed {
			t.Errorf("the same id after a refusal: %+v", r)
		}
	})
}

func TestRecordedAlertWhoseAnswerWasLost(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e := w.start("")
		w.store.set(func(p *probe) { p.after = onceOnly() })
		over := firing("1", "k", "a")
		over.Status = ifsev.AlertIsResolved
		for i, want := range []ifsev.AlertResultKind{ifsev.AlertRecorded, ifsev.AlertDuplicate} {
			if r := e.alerts(over); r[0].Result != want {
				t.Errorf("sent %d times: %+v", i+1, r)
			}
		}
	})
}

// onceOnly answers ErrUnavailable the first time.
func onceOnly() func(state.Commit) error {
	first := true
	return func(state.Commit) error {
		if !first {
			return nil
		}
		first = false
		return fmt.Errorf("%w: the answer is lost", state.ErrUnavailable)
	}
}

// A replica whose clock is wrong decides at the same instants as the others: the store's clock says what time it is.
func TestAWrongClockDecidesNothingEarlyOrLate(t *testing.T) {
	for _, off := range []time.Duration{time.Minute, -time.Minute} {
		t.Run(off.String(), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				a := w.start(slowly, owner("a"))
				b := w.start(slowly, owner("b"), func(o *Options) { o.Now = func() time.Time { return time.Now().Add(off) } })
				inc := b.declare(ifsev.Declaration{})
				if got := b.document(inc.ID).Incident.DeclaredAt; time.Since(got).Abs() > time.Second {
					t.Errorf("declared at %s, the store says %s", got, time.Now())
				}
				for range 59 {
					w.pass(10 * time.Second)
					if _, err := b.note(inc.ID, "n"); err != nil {
						t.Fatal(err)
					}
				}
				if fired := a.events(inc.ID, ifsev.RuleFired); len(fired) > 0 {
					t.Errorf("fired after %s", time.Since(inc.DeclaredAt))
				}
				w.pass(11 * time.Second)
				if fired := a.events(inc.ID, ifsev.RuleFired); len(fired) != 1 {
					t.Errorf("fired %d times after %s", len(fired), time.Since(inc.DeclaredAt))
				}
			})
		})
	}
}

const slowly = `
  slow: {if: open_for >= 10m, then: [{note: slow}]}
`
