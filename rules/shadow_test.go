package rules

import (
	"fmt"
	"testing"

	"github.com/ifsev/ifsev"
)

const inShadow = `
rules:
  state:
    if: severity == 1
    shadow: %s
    rearm: when_false
    cooldown: 10m
    then: [{page: alice}, {set: {severity: 3}}]
    otherwise: [{page: bob}]
  event:
    when: noted
    shadow: %s
    then: [{page: bob}]
  told:
    when: rule_fired
    if: event.rule != "told"
    then: [{page: carol}]
`

// A rule in shadow says that it would have fired and does nothing: no event, no delivery, nothing for other rules.
func TestShadowPerformsNothing(t *testing.T) {
	t.Parallel()
	s := tell(t, fmt.Sprintf(inShadow, "true", "true")).declare(ifsev.Declaration{Title: "x", Severity: 1}).saw()
	if n := len(s.last.Events); n != 1 || len(s.last.Deliveries) != 0 || len(s.doc.Firings) != 0 {
		t.Errorf("%d events, deliveries %v, firings %v", n, s.last.Deliveries, s.doc.Firings)
	}
	v := verdictOf(t, s.last, "state")
	if v.Kind != VerdictFired || v.Held != HeldShadow || !v.Noteworthy || v.Event != 1 || v.Firing != "" || len(v.Atoms) == 0 {
		t.Errorf("%+v", v)
	}
	if c := s.last.Counts["state"]; c.Firings != 0 || c.Suppressed[HeldShadow] != 1 {
		t.Errorf("%+v", c)
	}
	s.change(ifsev.Change{Note: "n"}).saw()
	if v := verdictOf(t, s.last, "event"); v.Kind != VerdictFired || v.Held != HeldShadow || v.Event != 2 {
		t.Errorf("%+v", v)
	}
}

// Its state moves as if it had fired: what it says is what it would have done, and no more.
func TestShadowMovesItsState(t *testing.T) {
	t.Parallel()
	s := tell(t, fmt.Sprintf(inShadow, "true", "false")).declare(ifsev.Declaration{Title: "x", Severity: 1})
	total := func(want int) {
		t.Helper()
		if got := s.doc.Rules["state"].Total; got != want {
			t.Errorf("%v: it would have fired %d times, want %d", s.now.Sub(storyStart), got, want)
		}
	}
	total(1)
	s.until("1m").change(sev(2)) // otherwise
	total(2)
	s.until("2m").change(sev(1)).until("9m") // the cooldown holds it
	total(2)
	if c := verdictOf(t, s.last, "state"); c.Held != HeldCooldown {
		t.Errorf("%+v", c)
	}
	s.until("1h").saw()
	total(3)
	// Out of the shadow it does not make up for what it would have done.
	s.use(fmt.Sprintf(inShadow, "false", "false"))
	s.decide()
	s.until("2h").saw()
	s.change(sev(2)).saw("2h state otherwise", "2h told", "2h page bob", "2h page carol")
}

func TestShadowIsExplained(t *testing.T) {
	t.Parallel()
	s := tell(t, fmt.Sprintf(inShadow, "true", "true")).declare(ifsev.Declaration{Title: "x", Severity: 1})
	if e := s.explain("state"); e.Verdict != VerdictTrue || e.Held != HeldShadow || e.Total != 1 {
		t.Errorf("%+v", e)
	}
	if e := s.set.Explain(s.doc, s.now, map[string]Verdict{"event": {Kind: VerdictFired, Held: HeldShadow}})[1]; e.Verdict != VerdictTrue || e.Held != HeldShadow {
		t.Errorf("%+v", e)
	}
}
