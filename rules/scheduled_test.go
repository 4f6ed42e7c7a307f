package rules

import (
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

const hourlyReport = `
rules:
  report:
    when: {schedule: "0 * * * *"}
    if: severity <= 2
    then: [{page: alice}]
`

func TestScheduledRule(t *testing.T) {
	t.Parallel()
	// The story begins at 09:00 sharp: that instant is not made up for.
	s := tell(t, hourlyReport).delivering().declare(ifsev.Declaration{Title: "x", Severity: 2}).saw()
	s.until("59m59s").saw().until("1h").saw("1h report", "1h page alice")
	if s.doc.Wake.Sub(storyStart) != 2*time.Hour {
		t.Errorf("the next wake is %v", s.doc.Wake)
	}
	s.decide()
	s.until("90m").change(sev(3)).saw()
	if !s.doc.Wake.IsZero() {
		t.Errorf("it wakes at %v for nothing", s.doc.Wake)
	}
	s.until("3h").change(sev(1)).until("3h30m").saw() // it was not true at three
	s.until("4h").saw("4h report", "4h page alice")
	s.change(status(ifsev.StatusMitigated)).until("5h").saw("5h report", "5h page alice")
	s.change(status(ifsev.StatusClosed)).until("9h").saw()
	if !s.doc.Wake.IsZero() {
		t.Errorf("a closed incident wakes at %v", s.doc.Wake)
	}
	s.change(status(ifsev.StatusOpen)).until("10h").saw("10h report", "10h page alice")
}

// After a stop there is one report, the last; as of its instant.
func TestMissedRunsAreOne(t *testing.T) {
	t.Parallel()
	s := tell(t, hourlyReport).delivering().declare(ifsev.Declaration{Title: "x", Severity: 2})
	s.skip("5h20m").decide()
	s.saw("5h20m report", "5h20m page alice")
	if at := s.last.Deliveries[0].AcceptedAt.Sub(storyStart); at != 5*time.Hour {
		t.Errorf("it was due at %v", at)
	}
	s.until("6h").saw("6h report", "6h page alice")
	// What had changed by then counts: the condition is asked as of the instant.
	s = tell(t, `
rules:
  young: {when: {schedule: "0 * * * *"}, if: open_for < 150m, then: [{page: alice}]}
`).declare(ifsev.Declaration{Title: "x"})
	s.skip("5h").decide()
	s.saw()
}

func TestScheduledRuleHoldsBack(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  cools: {when: {schedule: "*/10 * * * *"}, cooldown: 25m, then: [{page: alice}]}
  shadow: {when: {schedule: "0 10 * * *"}, shadow: true, then: [{page: bob}]}
`).delivering().declare(ifsev.Declaration{Title: "x"}).until("1h").saw("10m cools", "10m page alice", "40m cools", "40m page alice")
	if v := verdictOf(t, s.last, "shadow"); v.Kind != VerdictFired || v.Held != HeldShadow {
		t.Errorf("%+v", v)
	}
	if v := verdictOf(t, s.last, "cools"); v.Held != HeldCooldown {
		t.Errorf("%+v", v)
	}
}

// A new rule runs from its next instant on; a reload at the instant does not run it twice.
func TestScheduledRuleAndReload(t *testing.T) {
	t.Parallel()
	s := tell(t, nothingYet).delivering().declare(ifsev.Declaration{Title: "x", Severity: 2})
	s.use(hourlyReport)
	s.skip("2h30m").decide()
	s.saw().until("3h").saw("3h report", "3h page alice")
	s.use(hourlyReport)
	s.decide()
	s.until("4h").saw("4h report", "4h page alice")
}

func TestScheduledRuleIsExplainedAndCancelled(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  evening: {when: {schedule: "0 * * * *"}, if: 'between("17:30", "19:30")', then: [{page: alice}]}
  never: {when: {schedule: "0 * * * *"}, if: severity == 5, then: [{page: alice}]}
`).delivering().declare(ifsev.Declaration{Title: "x"})
	e := s.explain("evening")
	if e.Verdict != VerdictFalse || e.Held != HeldWaiting || e.FiresAt.Sub(storyStart) != 9*time.Hour || e.Branch != branchThen || len(e.Atoms) != 1 {
		t.Errorf("%+v", e)
	}
	if e := s.explain("never"); e.Verdict != VerdictFalse || e.Held != HeldNot || !e.FiresAt.IsZero() {
		t.Errorf("%+v", e)
	}
	wantLines(t, s.plan(1), "9h evening: page alice", "more")
	s.change(cancel("evening"))
	if due := s.last.Events[0].Data.String("due"); due != storyStart.Add(9*time.Hour).Format(time.RFC3339Nano) {
		t.Errorf("due %q", due)
	}
	if e := s.explain("evening"); e.FiresAt.Sub(storyStart) != 10*time.Hour {
		t.Errorf("%+v", e)
	}
	s.until("20h").saw("10h evening", "10h page alice")
	if s.change(cancel("never")); s.last.Replies[0].Err == nil {
		t.Error("there was nothing to cancel")
	}
}

// The instant is that of the file's time zone.
func TestScheduledRuleKeepsToItsZone(t *testing.T) {
	t.Parallel()
	s := tell(t, "timezone: America/New_York\nrules:\n  r: {when: {schedule: \"30 9 * * mon\"}, then: [{page: alice}]}\n").declare(ifsev.Declaration{Title: "x"})
	s.until("12h").saw("5h30m r", "5h30m page alice")
}
