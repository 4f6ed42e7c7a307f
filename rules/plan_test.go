package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
)

// plan writes down what is planned for the story's incident now.
func (s *story) plan(most int, underway ...Underway) []string {
	s.t.Helper()
	in := Input{Document: s.doc, Now: s.now, SetAt: func(e int64) *Set { return s.sets[e] }}
	before := asJSON(s.t, s.doc)
	f := s.set.Plan(in, underway, s.now.Add(30*ifsev.Day), most)
	if asJSON(s.t, s.doc) != before {
		s.t.Fatal("planning changed the document")
	}
	return planLines(f)
}

func planLines(f Forecast) []string {
	lines := []string{}
	for _, it := range f.Items {
		line := strings.TrimSpace(ifsev.FormatDuration(it.At.Sub(storyStart)) + " " + it.Rule + branchSuffix(it.Branch))
		if !it.Certain {
			line += "?"
		}
		lines = append(lines, line+": "+strings.Join(it.What, "; "))
	}
	if f.More {
		lines = append(lines, "more")
	}
	return lines
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Transformer("empty", func(l []string) []string { return append([]string{}, l...) })); diff != "" {
		t.Error(diff)
	}
}

func TestPlanOfTheCommonExample(t *testing.T) {
	t.Parallel()
	s := tell(t, twoRules).declare(ifsev.Declaration{Title: "x", Severity: 2, Tags: []string{"database"}}).until("10m")
	wantLines(t, s.plan(20), "20m database-slow: set severity=1")
	s.change(status(ifsev.StatusClosed))
	wantLines(t, s.plan(20))
}

func TestPlanIsBounded(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  nag: {if: severity == 1, every: 10d, then: [page: alice]}
  late: {if: open_for > 700h, then: [page: bob]}
`).delivering().declare(ifsev.Declaration{Title: "x", Severity: 1}).until("1d")
	wantLines(t, s.plan(20), "10d nag: page alice", "20d nag: page alice", "29d4h late: page bob", "30d nag: page alice")
	wantLines(t, s.plan(2), "10d nag: page alice", "20d nag: page alice", "more")
}

// What hangs on the success of a delivery is not certain, nor is anything after it.
func TestImaginedOutputsAreOfTheirTypes(t *testing.T) {
	t.Parallel()
	set := &Set{World: World{Actions: []ifsev.ActionSpec{{Kind: "x", Outputs: []ifsev.FieldSpec{
		{Name: "status", Type: ifsev.TypeInt}, {Name: "body", Type: ifsev.TypeString}, {Name: "refused", Type: ifsev.TypeStrings}, {Name: "json", Type: ifsev.TypeAny},
	}}}}}
	got := set.Imagined(ifsev.Delivery{Action: "x"}).Outcome.Receipt.Outputs
	if diff := cmp.Diff(ifsev.Data{"status": 200, "body": "‹body›", "refused": []any{}}, got); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
}

func TestPlanTellsWhatIsImagined(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  ask:
    if: severity == 2
    then:
      - {id: call, webhook: hook}
      - set: {severity: "${steps.call.status == 200 ? 1 : 3}", fields.issue: "${steps.call.body}"}
  worst: {if: severity == 1, for: 5m, then: [page: alice]}
  long: {if: open_for > 1h, then: [page: bob]}
  soon: {if: open_for >= 10s, then: [page: carol]}
`).declare(ifsev.Declaration{Title: "x", Severity: 2}).until("1s")
	called := Underway{s.last.Deliveries[0], s.now.Add(30 * time.Second)}
	wantLines(t, s.plan(20, called), "10s soon: page carol", "31s ask?: set severity=1 fields.issue=‹body›", "5m31s worst?: page alice", "1h long?: page bob")
	// An attempt that is overdue is made now.
	called.At = storyStart
	wantLines(t, s.plan(1, called), "1s ask?: set severity=1 fields.issue=‹body›", "more")
}

func TestPlanTellsWhatCannotBeDone(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  r: {if: open_for > 1m, then: [assign: {role: owner, to: commander}]}
`).declare(ifsev.Declaration{Title: "x"})
	got := s.plan(20)
	if len(got) != 1 || !strings.Contains(got[0], "which cannot be done: nobody holds the role") {
		t.Errorf("%q", got)
	}
}

func TestPlanTellsOfAlerts(t *testing.T) {
	t.Parallel()
	s := tell(t, twoRules).submit(Submission{IncidentID: "inc", Number: 1, Alert: &ifsev.Alert{
		Source: "prom", Key: "k", Fingerprint: "f", Status: ifsev.AlertIsFiring, Title: "Disk full", TTL: time.Hour,
	}})
	wantLines(t, s.plan(20), "1h: the alert Disk full counts as resolved, unless it is reported again")
}

// A rule that sets itself off again and again does not make planning endless.
func TestPlanEnds(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  flip: {if: since(last_activity_at) >= 1s, rearm: when_false, then: [note: again]}
`).declare(ifsev.Declaration{Title: "x"})
	if got := s.plan(5); len(got) != 6 || got[5] != "more" {
		t.Errorf("%q", got)
	}
}

// Whatever the rules are, what is planned is what happens: the same firings at the same instants, where every delivery
// succeeds at once and nobody does anything.
func TestWhatIsPlannedHappens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := &Player{Set: tell(t, drawRules(rt)).set}
		severity := ifsev.Severity(rapid.IntRange(1, 3).Draw(rt, "severity"))
		smoothly(p, storyStart, Submission{ID: "d", IncidentID: "inc", Number: 1, Change: &ifsev.Change{Declare: &ifsev.Declaration{Title: "x", Severity: severity}}})
		now := storyStart.Add(time.Duration(rapid.IntRange(0, 90).Draw(rt, "minutes")) * time.Minute)
		for at := p.Next(); !at.IsZero() && !at.After(now); at = p.Next() {
			smoothly(p, at)
		}
		f := p.Set.Plan(Input{Document: p.Document, Now: now}, nil, now.Add(ifsev.Day), 50)
		var planned, happened []string
		for _, it := range f.Items {
			planned = append(planned, it.At.Format(time.RFC3339Nano)+" "+it.Rule+" "+it.Branch)
		}
		for at := p.Next(); !at.IsZero() && !at.After(now.Add(ifsev.Day)) && len(happened) < len(planned); at = p.Next() {
			happened = append(happened, smoothly(p, at)...)
		}
		if diff := cmp.Diff(happened[:min(len(happened), len(planned))], planned); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// smoothly plays an instant, at which every delivery succeeds at once, and answers what fired.
func smoothly(p *Player, at time.Time, subs ...Submission) []string {
	dec := p.Play(at, subs...)
	fired, waiting := firings(dec.Events, at), dec.Deliveries
	for ; len(waiting) > 0; waiting = waiting[1:] {
		dec = p.Play(at, p.Set.Imagined(waiting[0]))
		fired, waiting = append(fired, firings(dec.Events, at)...), append(waiting, dec.Deliveries...)
	}
	return fired
}

func firings(events []ifsev.Event, at time.Time) []string {
	var list []string
	for _, ev := range events {
		if ev.Type == ifsev.RuleFired {
			list = append(list, at.Format(time.RFC3339Nano)+" "+ev.Data.String("rule")+" "+ev.Data.String("branch"))
		}
	}
	return list
}

// drawRules makes a rule set of a few rules that watch time, severity and silence, with at most one delivery each at
// the end.
func drawRules(t *rapid.T) string {
	conditions := []string{
		"severity <= 2", "severity == 1", "open_for > 20m", "open_for > 45m and severity > 1", "since(last_activity_at) >= 30m", "not acknowledged",
	}
	steps := []string{
		"{note: hello}", "{page: alice}", `{set: {severity: "${max(1, severity - 1)}"}}`, "{set: {severity: 3}}", "acknowledge", "{add_tags: [a]}",
	}
	var b strings.Builder
	b.WriteString("rules:\n")
	for i := range rapid.IntRange(1, 4).Draw(t, "rules") {
		fmt.Fprintf(&b, "  r%d:\n    if: %s\n", i, rapid.SampledFrom(conditions).Draw(t, "if"))
		if rapid.Bool().Draw(t, "for?") {
			fmt.Fprintf(&b, "    for: %dm\n", rapid.IntRange(1, 40).Draw(t, "for"))
		}
		fmt.Fprintf(&b, "    rearm: %s\n", rapid.SampledFrom([]string{"episode", "when_false", "never"}).Draw(t, "rearm"))
		if rapid.Bool().Draw(t, "every?") {
			fmt.Fprintf(&b, "    every: %dm\n    max: 3\n", rapid.IntRange(10, 60).Draw(t, "every"))
		}
		fmt.Fprintf(&b, "    then: [%s]\n", rapid.SampledFrom(steps).Draw(t, "step"))
	}
	return b.String()
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	spec := &ifsev.ActionSpec{Kind: "page", Short: "to", Args: []ifsev.FieldSpec{{Name: "to"}, {Name: "text"}}}
	long := strings.Repeat("x", 100)
	for want, args := range map[string]ifsev.Data{
		"page":                    nil,
		"page alice":              {"to": "alice"},
		"page alice text=a b":     {"text": "a\n  b", "to": "alice"},
		"page list=a, b z=1":      {"z": 1, "list": []any{"a", "b"}},
		"page " + long[:59] + "…": {"to": long},
	} {
		if got := Describe(spec, args); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
