package backtest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
)

func want(t *testing.T, r *Report, text string) {
	t.Helper()
	if diff := cmp.Diff(strings.TrimLeft(text, "\n"), lines(r)); diff != "" {
		t.Error(diff)
	}
}

const ladder = `
  oncall: {if: severity == 1, then: [add_oncall: database, page: database]}
  slow: {if: status == "open" and open_for >= 20m, then: [page: bob]}
`

func TestNothingDiffers(t *testing.T) {
	t.Parallel()
	set := load(t, ladder)
	r := live(t, set, 1).declare(ifsev.Declaration{Severity: 1}).after("1h").try(set)
	want(t, r, "")
	if !r.Empty() || r.Basis != BasisReplayed || r.Incidents != 1 || r.Events != 6 || r.Rules[0].Before != 1 || r.Rules[1].After != 1 || r.Imagined != 0 {
		t.Errorf("%+v %+v", r, r.Rules[0])
	}
	if !r.From.Equal(start) || r.To.Sub(start) < 20*time.Minute {
		t.Errorf("from %v to %v", r.From, r.To)
	}
}

func TestAddedGoneAndMoved(t *testing.T) {
	t.Parallel()
	l := live(t, load(t, ladder), 1).declare(ifsev.Declaration{Severity: 1}).after("22m").change(ifsev.Change{Acknowledge: "alice"}).after("1h")
	want(t, l.try(load(t, `
  oncall: {if: severity == 2, then: [add_oncall: database, page: database]}
  slow: {if: status == "open" and open_for >= 10m, then: [page: bob]}
  acked: {when: acknowledged, then: [note: thanks]}
`)), `
oncall 1 0
- 0s then add_oncall database; page database
slow 1 1
~ 20m then page bob > 10m then page bob
acked 0 1
+ 22m then note thanks
`)
}

func TestARuleThatWasRemovedAndOneThatDoesOtherwise(t *testing.T) {
	t.Parallel()
	l := live(t, load(t, ladder), 1).declare(ifsev.Declaration{Severity: 1}).after("1h")
	want(t, l.try(load(t, `
  slow: {if: status == "open" and open_for >= 20m, then: [page: carol]}
`)), `
slow 1 1
! 20m then page bob > 20m then page carol
oncall 1 0
- 0s then add_oncall database; page database
`)
}

// What follows from a changed rule is played too: here the page failed then, and a rule answered that.
func TestWhatFollowsIsDecidedAnew(t *testing.T) {
	t.Parallel()
	const text = `
  first: {if: severity == SEV, then: [page: alice]}
  fallback: {when: action_failed, then: [page: bob]}
  two: {if: '"paged" in tags', then: [note: seen]}
`
	before, after := load(t, strings.Replace(text, "SEV", "1", 1)), load(t, strings.Replace(text, "SEV", "2", 1))
	l := live(t, before, 1)
	l.failing = 100
	l.declare(ifsev.Declaration{Severity: 1}).after("1m")
	if got := l.try(before); !got.Empty() || len(got.Unexplained) > 0 {
		t.Fatal(lines(got))
	}
	got := l.try(after)
	if d := got.Rules[1]; d.Rule != "fallback" || len(d.Gone) == 0 || len(got.Rules[0].Gone) != 1 || d.After != 0 {
		t.Error(lines(got))
	}
}

// A delivery that was never really made counts as delivered at once, and steps after it go on.
func TestImaginedDeliveries(t *testing.T) {
	t.Parallel()
	l := live(t, load(t, ladder), 1).declare(ifsev.Declaration{Severity: 3}).after("1h")
	r := l.try(load(t, `
  issue:
    if: severity == 3
    then:
      - {id: call, webhook: hook}
      - set: {fields.issue: "${steps.call.body}"}
  told: {if: 'fields.issue != ""', then: [page: alice]}
  slow: {if: status == "open" and open_for >= 20m, then: [page: bob]}
`))
	want(t, r, `
issue 0 1
+ 0s then webhook hook; set fields.issue=‹body›
told 0 1
+ 0s then page alice
`)
	if r.Imagined != 2 {
		t.Errorf("%d deliveries were imagined", r.Imagined)
	}
}

// What a receiver answered is in the record, and later steps read it again.
func TestOutputsComeFromTheRecord(t *testing.T) {
	t.Parallel()
	set := load(t, `
  issue:
    if: severity == 3
    then:
      - {id: call, webhook: hook}
      - note: "made ${steps.call.body}"
`)
	l := live(t, set, 1).declare(ifsev.Declaration{Severity: 3}).after("1m")
	b := New(Options{Candidate: set, Recorded: l.sets, End: l.now})
	h := l.history()
	p := readPast(&h)
	r := newReplayer(p, b.recorded, func(string, time.Time) bool { return true })
	if err := r.play(l.now, maxDecisions); err != nil {
		t.Fatal(err)
	}
	if got := r.fired[0].Actions[1]; got != "note made B1" {
		t.Errorf("%q", got)
	}
}

// A delivery that had not ended when the record was made has not ended here.
func TestUnfinishedDeliveries(t *testing.T) {
	t.Parallel()
	const text = `
  call:
    if: severity == 3
    then: [page: alice, {note: paged}]
`
	set := load(t, text)
	l := live(t, set, 1)
	l.slow = 1000 * ifsev.Day
	l.declare(ifsev.Declaration{Severity: 3}).after("1m")
	want(t, l.try(set), "")
	// With other steps it is another delivery, and nobody knows how it would have ended.
	want(t, l.try(load(t, strings.Replace(text, "alice", "bob", 1))), `
call 1 1
! 0s then page alice > 0s then page bob; note paged
`)
}

// Reloads are played when they were: a rule that came later does not fire for what already held.
func TestRulesThatChangedMeanwhile(t *testing.T) {
	t.Parallel()
	old := load(t, `
  a: {if: severity <= 2, then: [note: a]}
`)
	newer := load(t, `
  a: {if: severity <= 2, then: [note: a]}
  b: {if: severity <= 2, then: [note: b]}
  late: {if: open_for >= 30m, then: [note: late]}
`)
	l := live(t, old, 1).declare(ifsev.Declaration{Severity: 2}).after("10m")
	l.use(newer)
	l.after("1h")
	want(t, l.try(newer), `
b 0 1
+ 0s then note b
`)
	want(t, l.try(old), `
late 1 0
- 30m then note late
`)
}

// What a person cancelled stays cancelled where it was pending, and is nothing where it was not.
func TestCancelledPlans(t *testing.T) {
	t.Parallel()
	set := load(t, ladder)
	l := live(t, set, 1).declare(ifsev.Declaration{Severity: 2}).after("5m").change(ifsev.Change{CancelPlan: "slow"}).after("1h")
	want(t, l.try(set), "")
	want(t, l.try(load(t, `
  slow: {if: status == "open" and open_for >= 3m, then: [page: bob]}
`)), `
slow 0 1
+ 3m then page bob
`)
}

func TestAlertsArePlayed(t *testing.T) {
	t.Parallel()
	set := load(t, `
  quiet: {if: firing_alerts == 0, for: 5m, then: [close: all is well]}
  loud: {when: alert, if: severity == 1, then: [page: alice]}
`)
	alert := func(status ifsev.AlertStatus, fingerprint string, ttl time.Duration) rules.Submission {
		return rules.Submission{
			Actor: ifsev.Actor{Kind: ifsev.SourceActor, Name: "prom"},
			Alert: &ifsev.Alert{Source: "prom", Key: "k", Fingerprint: fingerprint, Status: status, Title: "Disk", Severity: 1, TTL: ttl, Tags: []string{"x"}},
		}
	}
	l := live(t, set, 1).submit(alert(ifsev.AlertIsFiring, "a", 0)).after("1m").submit(alert(ifsev.AlertIsFiring, "b", 10*time.Minute)).after("5m")
	l.submit(alert(ifsev.AlertIsResolved, "a", 0)).after("1h") // b expires after 11 minutes
	want(t, l.try(set), "")
	want(t, l.try(load(t, `
  quiet: {if: firing_alerts == 0, for: 10m, then: [close: all is well]}
  loud: {when: alert, if: severity == 1 and alerts > 1, then: [page: alice]}
`)), `
quiet 1 1
~ 16m then close all is well > 21m then close all is well
loud 2 1
- 0s then page alice
`)
}

// Where a candidate has closed the incident, what people did to it afterwards may mean nothing any more.
func TestRequestsThatDoNotFitAnyMore(t *testing.T) {
	t.Parallel()
	l := live(t, load(t, "\n  acked: {when: mitigated, then: [note: m]}\n"), 1).declare(ifsev.Declaration{Severity: 1}).after("10m")
	mitigated := ifsev.StatusMitigated
	l.change(ifsev.Change{Status: &mitigated}).after("1h")
	want(t, l.try(load(t, `
  acked: {when: mitigated, then: [note: m]}
  early: {if: open_for >= 5m, then: [close: done]}
`)), `
acked 1 0
- 10m then note m
early 0 1
+ 5m then close done
`)
}

// A daemon that was down fires late and reminds once; the rules of then, played again, are never late. The difference
// is told, and is not one between the rules.
func TestADaemonThatWasDown(t *testing.T) {
	t.Parallel()
	set := load(t, "\n  nag: {if: severity == 1, every: 10m, then: [note: again]}\n")
	l := live(t, set, 1).declare(ifsev.Declaration{Severity: 1}).after("15m")
	l.due, l.now = start.Add(55*time.Minute), start.Add(55*time.Minute)
	l.after("1h")
	r := l.try(set)
	if !r.Empty() || len(r.Unexplained) != 3 || r.Unexplained[0].Recorded {
		t.Error(lines(r))
	}
}

// Where the rules of then are not known, the record itself is what the candidate is held against.
func TestAgainstTheRecord(t *testing.T) {
	t.Parallel()
	set := load(t, ladder)
	l := live(t, set, 3)
	l.late = 30 * time.Millisecond
	l.declare(ifsev.Declaration{Severity: 1}).after("1h")
	l.sets = nil
	r := l.try(set)
	want(t, r, "")
	if r.Basis != BasisRecorded || r.Rules[0].Before != 1 {
		t.Errorf("%+v", r)
	}
	want(t, l.try(load(t, "\n  slow: {if: status == \"open\" and open_for >= 50m, then: [page: bob]}\n")), `
slow 1 1
~ 20m then  > 50m then page bob
oncall 1 0
- 0s then `+`
`)
}

func TestUnknownEventsAreCounted(t *testing.T) {
	t.Parallel()
	set := load(t, ladder)
	l := live(t, set, 1).declare(ifsev.Declaration{Severity: 3})
	h := l.history()
	h.Events = append(h.Events, ifsev.Event{Seq: 2, ID: "x", Type: "teleported", At: start, Actor: ifsev.Actor{Kind: ifsev.PersonActor}})
	b := New(Options{Candidate: set, Recorded: l.sets, End: start})
	if err := b.Add(h); err != nil || b.Report().Ignored != 1 {
		t.Errorf("%v %+v", err, b.Report())
	}
	if err := b.Add(record.History{ID: "y", Number: 2}); err != nil {
		t.Error(err)
	}
}

// A rule that fires for ever is given up, and said.
func TestEndless(t *testing.T) {
	t.Parallel()
	set := load(t, "\n  flip: {if: since(last_activity_at) >= 1s, rearm: when_false, then: [note: again]}\n")
	l := live(t, load(t, ladder), 1).declare(ifsev.Declaration{Severity: 3})
	b := New(Options{Candidate: set, Recorded: l.sets, End: start.Add(365 * ifsev.Day)})
	b.most = 1000
	if err := b.Add(l.history()); err == nil || !strings.Contains(err.Error(), "INC-7: more than 1000 decisions") {
		t.Error(err)
	}
}
