package rules

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

const cancellable = `
rules:
  late: {if: status == "open" and open_for > 20m, then: [page: alice]}
  rung: {if: severity == 1 and not acknowledged, after: {5m: [page: alice], 10m: [page: bob]}}
  nag: {if: severity == 2, every: 30m, rearm: when_false, then: [page: carol]}
  two: {if: '"two" in tags', then: [{page: alice}, {note: paged}]}
  noted: {when: noted, then: [page: alice]}
`

func cancel(rule string) ifsev.Change { return ifsev.Change{CancelPlan: rule} }

func TestCancelWhatWillBecomeTrue(t *testing.T) {
	t.Parallel()
	s := tell(t, cancellable).declare(ifsev.Declaration{Title: "x"}).until("10m").change(cancel("late"))
	ev := s.last.Events[0]
	if len(s.last.Events) != 1 || ev.Type != ifsev.PlanCancelled || ev.Actor.Name != "alice" || ev.Data.String("rule") != "late" ||
		ev.Data.String("due") != storyStart.Add(20*time.Minute+1).Format(time.RFC3339Nano) {
		t.Errorf("%+v", s.last.Events)
	}
	s.until("3h").saw()
	if x := s.explain("late"); x.Held != HeldCancelled || !x.FiresAt.IsZero() {
		t.Errorf("%+v", x)
	}
	// Reopened it is armed again, and counts from then.
	s.change(status(ifsev.StatusClosed)).until("4h").change(status(ifsev.StatusOpen)).until("5h").saw("4h20m late", "4h20m page alice")
}

func (s *story) explain(rule string) Explanation {
	s.t.Helper()
	for _, x := range s.set.Explain(s.doc, s.now, nil) {
		if x.Rule == rule {
			return x
		}
	}
	s.t.Fatalf("no explanation of %s", rule)
	return Explanation{}
}

func TestCancelTheRestOfALadder(t *testing.T) {
	t.Parallel()
	s := tell(t, cancellable).declare(ifsev.Declaration{Title: "x", Severity: 1}).until("6m").saw("5m rung after[5m]", "5m page alice")
	s.change(cancel("rung")).until("19m").saw()
	if x := s.explain("rung"); x.Verdict != VerdictTrue || x.Held != HeldCancelled {
		t.Errorf("%+v", x)
	}
	if got := s.last.Events[0].Data["firings"]; got != 1 { // the first page has not been delivered yet
		t.Errorf("%v firings ended", got)
	}
}

// A rule that is armed by every rise is armed by the next one.
func TestCancelledUntilItRisesAgain(t *testing.T) {
	t.Parallel()
	s := tell(t, cancellable).declare(ifsev.Declaration{Title: "x", Severity: 2}).until("10m").saw("0s nag", "0s page carol")
	s.change(cancel("nag")).until("15m").change(sev(3)).saw()
	s.change(sev(2)).saw("15m nag", "15m page carol")
	if s.doc.Rules["nag"].Cancelled {
		t.Error("it still counts as cancelled")
	}
}

// Nobody who only cancelled a rule counts as having said something: a rule that waits for silence is not put off.
func TestACancellationIsNoActivity(t *testing.T) {
	t.Parallel()
	s := tell(t, cancellable).declare(ifsev.Declaration{Title: "x"}).until("10m").change(cancel("late"))
	if inc := &s.doc.Incident; !inc.LastUpdateAt.Equal(storyStart) || !inc.LastActivityAt.Equal(storyStart) || !inc.UpdatedAt.Equal(s.now) {
		t.Errorf("%+v", inc)
	}
}

func TestCancelUnfinishedSteps(t *testing.T) {
	t.Parallel()
	s := tell(t, cancellable).declare(ifsev.Declaration{Title: "x", Tags: []string{"two"}}).saw("0s two", "0s page alice")
	page := s.last.Deliveries[0]
	s.change(cancel("two"))
	if len(s.doc.Firings) != 0 || s.doc.Rules["two"].Cancelled || s.last.Events[0].Data["due"] != nil {
		t.Errorf("%+v", s.doc)
	}
	s.outcome(page, &ifsev.Receipt{Status: 200}, nil)
	if last := s.last.Events; len(last) != 1 || last[0].Type != ifsev.Delivered {
		t.Errorf("the steps went on: %+v", last)
	}
}

func TestNothingToCancel(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{"rung", "noted", "unheard-of", "nag"} {
		s := tell(t, cancellable).declare(ifsev.Declaration{Title: "x"})
		before := asJSON(t, s.doc)
		s.change(cancel(rule))
		err := s.last.Replies[0].Err
		if !errors.Is(err, ErrNothingPending) || !errors.Is(err, ifsev.ErrChange) || !strings.Contains(err.Error(), rule+" waits for nothing on INC-1") {
			t.Errorf("%s: %v", rule, err)
		}
		if len(s.last.Events) != 0 || asJSON(t, s.doc) != before {
			t.Errorf("%s: something was done: %+v", rule, s.last.Events)
		}
	}
	s := tell(t, cancellable).declare(ifsev.Declaration{Title: "x"}).change(cancel("late")).change(cancel("late"))
	if err := s.last.Replies[0].Err; !errors.Is(err, ErrNothingPending) {
		t.Errorf("cancelled twice: %v", err)
	}
	s = tell(t, cancellable)
	if s.change(cancel("late")); s.last.Replies[0].Err == nil {
		t.Error("cancelled on no incident")
	}
}

// What fell due before the cancellation has happened; it comes too late for that.
func TestACancellationComesAfterWhatWasDue(t *testing.T) {
	t.Parallel()
	s := tell(t, cancellable).declare(ifsev.Declaration{Title: "x"}).skip("30m").change(cancel("late"))
	s.saw("30m late", "30m page alice")
	if s.last.Replies[0].Err != nil || s.last.Events[1].Data["firings"] != 1 {
		t.Errorf("%+v %+v", s.last.Replies, s.last.Events)
	}
}

func TestDeliveredTellsTheOutputsLaterStepsRead(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  r:
    if: severity == 1
    then:
      - {id: call, webhook: hook}
      - {webhook: hook}
`).declare(ifsev.Declaration{Title: "x", Severity: 1})
	answer := &ifsev.Receipt{Outputs: ifsev.Data{"body": "INC1"}}
	s.outcome(s.last.Deliveries[0], answer, nil)
	if got := asJSON(t, s.last.Events[0].Data["outputs"]); got != `{"body":"INC1"}` {
		t.Errorf("outputs %s", got)
	}
	s.outcome(s.last.Deliveries[0], answer, nil)
	if got := s.last.Events[0].Data["outputs"]; got != nil {
		t.Errorf("outputs of a step nobody can read: %v", got)
	}
}
