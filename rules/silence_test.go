package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

// The story begins on 2026-03-02 at 09:00 UTC.
const silencedRules = `
rules:
  state: {if: severity == 1, rearm: when_false, then: [{page: alice}], otherwise: [{page: bob}]}
  event: {when: noted, then: [{page: bob}]}
  other: {if: severity == 1, then: [{page: carol}]}
silences:
  - if: service == "shop"
    until: 2026-03-02T10:00
    reason: The shop moves
    rules: [state, event]
`

func inShop(sev ifsev.Severity) ifsev.Declaration {
	return ifsev.Declaration{Title: "x", Severity: sev, Service: "shop"}
}

func TestSilenceHoldsBackUntilItEnds(t *testing.T) {
	t.Parallel()
	s := tell(t, silencedRules).delivering().declare(inShop(1)).saw("0s other", "0s page carol")
	v := verdictOf(t, s.last, "state")
	if v.Kind != VerdictHeld || v.Held != HeldSilenced || v.Reason != "The shop moves" || !v.Noteworthy || !v.ChangesAt.Equal(storyStart.Add(time.Hour)) {
		t.Errorf("%+v", v)
	}
	if n := s.last.Counts["state"].Suppressed[HeldSilenced]; n != 1 || s.doc.Rules["state"].Held != string(HeldSilenced) {
		t.Errorf("suppressed %d, %+v", n, s.doc.Rules["state"])
	}
	s.until("10m").change(ifsev.Change{AddTags: []string{"a"}}).saw()
	if c := s.last.Counts["state"]; c.Suppressed[HeldSilenced] != 0 {
		t.Error("one holding back is counted twice")
	}
	s.change(ifsev.Change{Note: "n"}).saw()
	if v := verdictOf(t, s.last, "event"); v.Held != HeldSilenced || v.Reason == "" || s.last.Counts["event"].Suppressed[HeldSilenced] != 1 {
		t.Errorf("%+v", v)
	}
	if !s.doc.Wake.Equal(storyStart.Add(time.Hour)) {
		t.Errorf("the next wake is %v", s.doc.Wake)
	}
	s.until("59m59s").saw().until("1h").saw("1h state", "1h page alice") // the event is not made up for
	s.change(ifsev.Change{Note: "n"}).saw("1h event", "1h page bob")
}

func TestSilenceThatStopsHolding(t *testing.T) {
	t.Parallel()
	other := "search"
	s := tell(t, silencedRules).delivering().declare(inShop(1)).saw("0s other", "0s page carol")
	s.until("5m").change(ifsev.Change{Service: &other}).saw("5m state", "5m page alice")
	// What falls while it is silent has never been.
	tell(t, silencedRules).declare(inShop(1)).saw("0s other", "0s page carol").until("5m").change(sev(2)).until("3h").saw()
	// A stop that began in the silence and ends after it changes nothing.
	s = tell(t, silencedRules).declare(inShop(1)).saw("0s other", "0s page carol").skip("5h")
	s.decide()
	s.saw("5h state", "5h page alice")
	if at := s.last.Deliveries[0].AcceptedAt.Sub(storyStart); at != time.Hour {
		t.Errorf("it was due at %v", at)
	}
	// A reload without it ends it, and one with it begins it.
	s = tell(t, silencedRules).delivering().declare(inShop(1)).saw("0s other", "0s page carol").until("10m")
	s.use(strings.Split(silencedRules, "silences:")[0])
	s.decide()
	s.saw("10m state", "10m page alice")
	s.use(silencedRules)
	s.change(ifsev.Change{Note: "n"}).until("2h").saw()
}

// What was begun is ended, though perhaps late: otherwise waits for the end of the silence.
func TestSilenceHoldsOtherwiseBack(t *testing.T) {
	t.Parallel()
	shop := "shop"
	s := tell(t, silencedRules).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1}).saw("0s state", "0s other", "0s page alice", "0s page carol")
	s.change(ifsev.Change{Service: &shop}).until("5m").change(sev(2)).saw()
	if e := s.explain("state"); e.Held != HeldSilenced || e.Verdict != VerdictHeld || e.Branch != branchOtherwise || e.FiresAt.Sub(storyStart) != time.Hour || e.Reason == "" {
		t.Errorf("%+v", e)
	}
	s.until("3h").saw("1h state otherwise", "1h page bob")
	// It can be cancelled meanwhile.
	s = tell(t, silencedRules).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1}).change(ifsev.Change{Service: &shop}).change(sev(2))
	s.change(cancel("state")).until("3h").saw("0s state", "0s other", "0s page alice", "0s page carol")
}

// A silence by the hour: each of its edges is met, and the next one that begins when it ends is part of it.
func TestSilencesByTime(t *testing.T) {
	t.Parallel()
	s := tell(t, `
timezone: Europe/Berlin
rules:
  nag: {if: severity == 1, every: 30m, then: [{page: alice}]}
silences:
  - {if: 'between("10:10", "11:40")', until: 2026-03-02T16:00:00+01:00}
  - {if: 'between("11:30", "12:05") or hour() == 15', until: 2026-03-02T15:25}
`).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1}).saw("0s nag", "0s page alice") // 10:00 in Berlin
	e := s.explain("nag")
	if e.FiresAt.Sub(storyStart) != 2*time.Hour+5*time.Minute || e.Held != HeldWaiting {
		t.Errorf("%+v", e)
	}
	s.until("4h45m").saw("2h5m nag", "2h5m page alice", "2h30m nag", "2h30m page alice", "3h nag", "3h page alice", "3h30m nag", "3h30m page alice", "4h nag", "4h page alice", "4h30m nag", "4h30m page alice")
	s.until("6h").saw("5h25m nag", "5h25m page alice", "5h30m nag", "5h30m page alice", "6h nag", "6h page alice")
}

// The rungs that fell due in the silence are climbed when it ends, like after a stop.
func TestSilenceAndLadder(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  ladder: {if: not acknowledged, after: {5m: [page: alice], 10m: [page: bob], 2h: [page: carol]}}
silences:
  - {if: severity == 1, until: 2026-03-02 10:00}
`).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1}).until("59m").saw()
	s.until("3h").saw("1h ladder after[5m]", "1h ladder after[10m]", "1h page alice", "1h page bob", "2h ladder after[2h]", "2h page carol")
}

func TestSilenceAndSchedule(t *testing.T) {
	t.Parallel()
	s := tell(t, hourlyReport+"silences:\n  - {if: severity == 2, until: 2026-03-02T10:30, reason: r}\n").delivering().declare(ifsev.Declaration{Title: "x", Severity: 2})
	if e := s.explain("report"); e.FiresAt.Sub(storyStart) != 2*time.Hour {
		t.Errorf("%+v", e)
	}
	s.until("1h").saw()
	if v := verdictOf(t, s.last, "report"); v.Held != HeldSilenced || v.Reason != "r" {
		t.Errorf("%+v", v)
	}
	s.until("2h").saw("2h report", "2h page alice")
}

// A silence that cannot be evaluated silences nothing.
func TestSilenceThatFails(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  r: {if: severity == 1, then: [{page: alice}]}
silences:
  - {if: 'not any(tags, any(tags, it == "none"))', until: 2027-01-01}
`)
	d := ifsev.Declaration{Title: "x", Severity: 1}
	for i := range 50 {
		d.Tags = append(d.Tags, strings.Repeat("x", i+1))
	}
	s.declare(d)
	s.doc.Incident.Tags = strings.Fields(strings.Repeat("tag ", 3000))
	s.log = nil
	s.change(sev(2)).change(status(ifsev.StatusClosed)).change(status(ifsev.StatusOpen)).change(sev(1)).saw("0s r", "0s page alice")
}

func TestSilencesAreInTheHashOfTheSet(t *testing.T) {
	t.Parallel()
	const rule = "define: {a: severity == 1}\nrules:\n  r: {if: severity == 1, then: [mitigate]}\n"
	seen := map[string]string{}
	for _, silence := range []string{
		"", "silences: [{if: a, until: 2026-03-02}]", "silences: [{if: a, until: 2026-03-03}]", "silences: [{if: a, until: 2026-03-02, rules: [r]}]",
		"silences: [{if: a, until: 2026-03-02, reason: x}]",
	} {
		set := mustLoad(t, rule+silence)
		if before, twice := seen[set.Hash]; twice {
			t.Errorf("%q and %q have the same hash", before, silence)
		}
		seen[set.Hash] = silence
		if set.Rules[0].Hash != mustLoad(t, rule).Rules[0].Hash {
			t.Error("a silence changes the rule's own hash")
		}
	}
	if _, same := seen[mustLoad(t, strings.Replace(rule, "== 1}", "== 2}", 1)+"silences: [{if: a, until: 2026-03-02}]").Hash]; same {
		t.Error("a define the silence uses does not change the hash")
	}
}
