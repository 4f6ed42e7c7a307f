package rules

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

const pagedWhileBad = `
rules:
  bad:
    if: severity == 1 and status == "open"
    %s
    then: [{page: alice}]
    otherwise: [{note: "over, SEV${severity}"}, {page: bob}]
`

func TestOtherwiseFollowsTheFall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		key  string
		want []string
	}{
		"once in an episode":    {"rearm: episode", []string{"0s bad", "0s page alice", "1m bad otherwise", "1m page bob"}},
		"on each falling edge":  {"rearm: when_false", []string{"0s bad", "0s page alice", "1m bad otherwise", "1m page bob", "2m bad", "2m page alice", "3m bad otherwise", "3m page bob"}},
		"not before it fired":   {"for: 90s", []string{}},
		"not held by cooldown":  {"cooldown: 1h", []string{"0s bad", "0s page alice", "1m bad otherwise", "1m page bob"}},
		"never again, but this": {"rearm: never", []string{"0s bad", "0s page alice", "1m bad otherwise", "1m page bob"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t, fmt.Sprintf(pagedWhileBad, c.key)).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1})
			s.until("1m").change(sev(2)).until("2m").change(sev(1)).until("3m").change(sev(3)).until("10m").saw(c.want...)
		})
	}
}

// The fall may come with the end of the incident, with its reopening, by time alone, or while nobody looked.
func TestOtherwiseHoweverItFalls(t *testing.T) {
	t.Parallel()
	s := tell(t, fmt.Sprintf(pagedWhileBad, "rearm: episode")).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1}).saw("0s bad", "0s page alice")
	s.until("1m").change(status(ifsev.StatusClosed)).saw("1m bad otherwise", "1m page bob")

	s = tell(t, `
rules:
  over:
    if: status == "closed"
    then: [{page: alice}]
    otherwise: [{page: bob}]
`).delivering().declare(ifsev.Declaration{Title: "x"}).change(status(ifsev.StatusClosed)).saw("0s over", "0s page alice")
	s.until("1h").change(status(ifsev.StatusOpen)).saw("1h over otherwise", "1h page bob")

	const young = `
rules:
  young:
    if: open_for < 30m
    then: [{page: alice}]
    otherwise: [{page: bob}]
`
	s = tell(t, young).delivering().declare(ifsev.Declaration{Title: "x"}).saw("0s young", "0s page alice")
	s.until("2h").saw("30m young otherwise", "30m page bob")
	if !s.doc.Wake.IsZero() {
		t.Errorf("it still wakes at %v", s.doc.Wake)
	}
	s = tell(t, young).delivering().declare(ifsev.Declaration{Title: "x"}).saw("0s young", "0s page alice")
	s.skip("2h").decide()
	s.saw("2h young otherwise", "2h page bob")
	if at := s.last.Deliveries[0].AcceptedAt.Sub(storyStart); at != 30*time.Minute {
		t.Errorf("it is taken for due at %v", at)
	}
}

// A ladder that was climbed in part is over too.
func TestOtherwiseAfterARung(t *testing.T) {
	t.Parallel()
	const ladder = `
rules:
  ladder:
    if: not acknowledged
    after: {5m: [page: alice], 10m: [page: bob]}
    otherwise: [{page: carol}]
`
	s := tell(t, ladder).delivering().declare(ifsev.Declaration{Title: "x"}).until("7m").saw("5m ladder after[5m]", "5m page alice")
	s.change(ifsev.Change{Acknowledge: "alice"}).until("1h").saw("7m ladder otherwise", "7m page carol")
	tell(t, ladder).delivering().declare(ifsev.Declaration{Title: "x"}).until("4m").change(ifsev.Change{Acknowledge: "alice"}).until("1h").saw()
}

// Two branches that undo each other are a chain, and end like one.
func TestOtherwiseEndsInALoop(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  seesaw:
    if: severity == 1
    rearm: when_false
    then: [{set: {severity: 2}}]
    otherwise: [{set: {severity: 1}}]
`).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1})
	if n := len(s.last.Events); n > 2*maxEvents {
		t.Errorf("%d events", n)
	}
	if last := s.log[len(s.log)-1]; last != "0s failed seesaw" {
		t.Errorf("the end of the chain is not told: %v", last)
	}
	s.change(ifsev.Change{Note: "the incident goes on"})
}

func TestOtherwiseCanBeCancelled(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  young:
    if: open_for < 30m
    then: [{note: young}]
    otherwise: [{page: bob}]
`).delivering().declare(ifsev.Declaration{Title: "x"}).saw("0s young").change(cancel("young"))
	if due := s.last.Events[0].Data.String("due"); due != storyStart.Add(30*time.Minute).Format(time.RFC3339Nano) {
		t.Errorf("due %q", due)
	}
	s.change(cancel("young"))
	if s.last.Replies[0].Err == nil {
		t.Error("it is cancelled twice")
	}
	s.until("1h").saw()
}

func TestOtherwiseIsExplained(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  young:
    if: open_for < 30m
    then: [{page: alice}]
    otherwise: [{page: bob}]
`).delivering().declare(ifsev.Declaration{Title: "x"}).until("1m")
	e := s.set.Explain(s.doc, s.now, nil)[0]
	if e.Verdict != VerdictTrue || e.Held != HeldWaiting || e.Branch != branchOtherwise || e.FiresAt.Sub(storyStart) != 30*time.Minute {
		t.Errorf("%+v", e)
	}
	s.until("1h")
	if e := s.set.Explain(s.doc, s.now, nil)[0]; e.Verdict != VerdictFalse || e.Held != HeldSpent || !e.FiresAt.IsZero() {
		t.Errorf("%+v", e)
	}
}

// What a budget holds back has not fired, so that nothing is over when the condition falls; what it grants after the
// fall is over at once.
func TestOtherwiseWaitsForTheBudget(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		grants    bool
		fallFirst bool
		want      []string // what asks for the budget after the first
	}{
		"held back, then it falls":  {false, false, nil},
		"it falls, then held back":  {false, true, nil},
		"granted, then it falls":    {true, false, []string{"otherwise"}},
		"it falls, then is granted": {true, true, []string{"otherwise"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t, fmt.Sprintf(pagedWhileBad, "budget: {firings: 1, in: 1h}"))
			first := s.decide(Submission{ID: "1", IncidentID: "i", Number: 1, Change: &ifsev.Change{Declare: &ifsev.Declaration{Title: "x", Severity: 1}}})
			answer := Submission{ID: "2", Outcome: &ifsev.Outcome{
				Delivery: first.Deliveries[0], Attempts: 1, Receipt: &ifsev.Receipt{Outputs: ifsev.Data{grantedOutput: c.grants}},
			}}
			fall := Submission{ID: "3", Change: &ifsev.Change{Severity: new(ifsev.Severity)}}
			*fall.Change.Severity = 3
			both := []Submission{answer, fall}
			if c.fallFirst {
				both = []Submission{fall, answer}
			}
			for _, sub := range both {
				s.decide(sub)
			}
			var asking []string
			for _, f := range s.doc.Firings {
				if f.Asking {
					asking = append(asking, f.Branch)
				}
			}
			if !slices.Equal(asking, c.want) {
				t.Errorf("%v ask, want %v", asking, c.want)
			}
		})
	}
}
