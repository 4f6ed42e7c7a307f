package rules

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

const across = `
timezone: UTC
rules:
  report: {when: {schedule: "0 12 * * *", each: false}, if: severity <= 3, then: [note: "${selected.count}"]}
  told: {if: open_for >= 10m, budget: {firings: 1, in: 1h, per: rule, digest: [{page: carol}]}, then: [page: alice]}
  few: {if: open_for >= 20m, budget: {deliveries: 1, in: 1h}, then: [note: a, page: alice, page: bob, note: b]}
  over:
    if: open_for >= 30m
    then:
      - {id: over, declare: {title: "Over ${title}", severity: 1, tags: [a, b], children: "INC-${number}"}}
      - relate: {incident: INC-7, as: parent}
      - add_task: {text: "Tell ${steps.over.name}", assignee: alice}
      - remove_responders: [bob]
  storm: {when: declared, window: {by: tags, last: 10m, count: 3}, then: [page: bob]}
`

// What hangs on the answer of a budget, or on other incidents, is told as what it is.
func TestPlanAcrossIncidents(t *testing.T) {
	t.Parallel()
	s := tell(t, across).declare(ifsev.Declaration{Title: "x", Severity: 2, Tags: []string{"a"}})
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC).Sub(storyStart)
	if noon < 0 {
		noon += ifsev.Day
	}
	wantLines(t, s.plan(6)[:4],
		"10m told?: page alice",
		"20m few: note a; page alice; page bob; note b",
		"30m over?: declare Over x severity=1 tags=a, b children=INC-1; relate INC-7 as=parent; add_task Tell ‹name› assignee=alice; remove_responders bob",
		ifsev.FormatDuration(noon)+" report?: the schedule selects it; the rule fires once for all that are selected, on the oldest of them",
	)
}

func TestExplainAcrossIncidents(t *testing.T) {
	t.Parallel()
	s := tell(t, across).declare(ifsev.Declaration{Title: "x", Severity: 2, Tags: []string{"a"}})
	recorded := map[string]Verdict{}
	remember := func() {
		for _, v := range s.last.Verdicts {
			recorded[v.Rule] = v
		}
	}
	remember()
	of := func(rule string) Explanation {
		for _, x := range s.set.Explain(s.doc, s.now, recorded) {
			if x.Rule == rule {
				return x
			}
		}
		return Explanation{}
	}
	if x := of("storm"); x.Verdict != VerdictHeld || x.Held != HeldWindow {
		t.Errorf("counted in a window: %+v", x)
	}
	if x := of("report"); x.Verdict != VerdictTrue || x.Held != HeldWindow || x.FiresAt.IsZero() {
		t.Errorf("selected by a schedule: %+v", x)
	}
	s.until("10m")
	remember()
	if x := of("told"); x.Held != HeldSpent || len(x.Firings) != 1 || !x.Firings[0].Asking || recorded["told"].Held != HeldWaiting {
		t.Errorf("asking its budget: %+v", x)
	}
	s.granted(false)
	remember()
	if x := of("told"); x.Verdict != VerdictTrue || x.Held != HeldBudget || len(x.Firings) != 0 {
		t.Errorf("held back by its budget: %+v", x)
	}
}

// granted has a budget answer what was asked last.
func (s *story) granted(yes bool) *story {
	s.t.Helper()
	for _, d := range s.last.Deliveries {
		if d.Inward != nil && d.Inward.Spend != nil {
			return s.outcome(d, &ifsev.Receipt{Outputs: ifsev.Data{grantedOutput: yes}}, nil)
		}
	}
	s.t.Fatal("no budget was asked")
	return s
}

// A firing that waits for its budget is cancelled like any other, and the answer that comes then means nothing; a run
// that would have been selected is not.
func TestCancelAcrossIncidents(t *testing.T) {
	t.Parallel()
	s := tell(t, across).declare(ifsev.Declaration{Title: "x", Severity: 2}).until("10m")
	asked := s.last.Deliveries
	s.change(cancel("told"))
	if got := s.last.Events[0].Data["firings"]; got != 1 || len(s.doc.Firings) != 0 {
		t.Errorf("%v firings ended, %d are left", got, len(s.doc.Firings))
	}
	for _, d := range asked {
		s.outcome(d, &ifsev.Receipt{Outputs: ifsev.Data{grantedOutput: true}}, nil)
	}
	if len(s.last.Events) > 0 || len(s.doc.Firings) > 0 {
		t.Errorf("%+v", s.last.Events)
	}
	s.change(cancel("report"))
	if x := s.explain("report"); x.FiresAt.Sub(s.now) < ifsev.Day {
		t.Errorf("it is selected at %v all the same", x.FiresAt)
	}
}
