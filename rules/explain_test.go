package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

const explained = `
rules:
  waits:    {if: status == "open" and open_for > 20m, then: [mitigate]}
  delayed:  {if: severity == 2, for: 30m, then: [mitigate]}
  ladder:   {if: severity == 2 and not acknowledged, after: {15m: [page: alice], 1h: [page: bob]}}
  never:    {if: severity == 5, then: [mitigate]}
  broken:   {if: 'any(tags, any(tags, it == "none"))', then: [mitigate]}
  repeats:  {if: severity == 2, every: 1h, max: 2, then: [note: again]}
  short:    {if: open_for < 10m, for: 30m, then: [mitigate]}
  cools:    {if: severity == 2, cooldown: 1h, then: [mitigate]}
  event:    {when: noted, if: severity == 2, then: [mitigate]}
`

// explain explains the rule on the test incident, ten minutes after it was declared unless the case says otherwise.
func explainOne(t *testing.T, rule string, st ifsev.RuleState, after time.Duration, recorded map[string]Verdict) Explanation {
	t.Helper()
	set := mustLoad(t, explained)
	inc := testIncident()
	if rule == "broken" { // more than an evaluation may cost
		inc.Tags = strings.Fields(strings.Repeat("tag ", 3000))
	}
	doc := ifsev.Document{Incident: *inc, Rules: map[string]ifsev.RuleState{rule: st}, Firings: []ifsev.Firing{{ID: "f1", Rule: rule}, {ID: "f2", Rule: "other"}}}
	for _, e := range set.Explain(doc, monday.Add(after), recorded) {
		if e.Rule == rule {
			return e
		}
	}
	t.Fatalf("there is no explanation of %s", rule)
	return Explanation{}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	held := ifsev.RuleState{Holds: true, Since: monday, Episode: 1}
	type want struct {
		verdict Verdict
		changes time.Duration
		fires   time.Duration
		branch  string
	}
	for _, c := range []struct {
		name, rule string
		state      ifsev.RuleState
		after      time.Duration
		want       want
	}{
		{"becomes true by time", "waits", ifsev.RuleState{}, 10 * time.Minute, want{Verdict{Kind: VerdictFalse, Held: HeldWaiting}, 20*time.Minute + 1, 20*time.Minute + 1, "then"}},
		{"waits for its for", "delayed", held, 10 * time.Minute, want{Verdict{Kind: VerdictTrue, Held: HeldWaiting}, 0, 30 * time.Minute, "then"}},
		{"waits for a rung", "ladder", held, 10 * time.Minute, want{Verdict{Kind: VerdictTrue, Held: HeldWaiting}, 0, 15 * time.Minute, "after[15m]"}},
		{"waits for the next rung", "ladder", ifsev.RuleState{Holds: true, Since: monday, Rungs: 1, Spent: true, Episode: 1, FiredAt: monday.Add(15 * time.Minute), Total: 1}, 20 * time.Minute,
			want{Verdict{Kind: VerdictTrue, Held: HeldWaiting}, 0, time.Hour, "after[1h]"}},
		{"is false for ever", "never", ifsev.RuleState{}, 0, want{Verdict{Kind: VerdictFalse}, 0, 0, ""}},
		{"has fired", "delayed", ifsev.RuleState{Holds: true, Since: monday, Fired: 1, Spent: true, Episode: 1}, time.Hour, want{Verdict{Kind: VerdictTrue, Held: HeldSpent}, 0, 0, ""}},
		{"has fired and turned false", "never", ifsev.RuleState{Spent: true, Episode: 1}, time.Hour, want{Verdict{Kind: VerdictFalse, Held: HeldSpent}, 0, 0, ""}},
		{"held before it was loaded", "delayed", ifsev.RuleState{Holds: true, Episode: 1}, time.Hour, want{Verdict{Kind: VerdictTrue, Held: HeldBaseline}, 0, 0, ""}},
		{"repeats", "repeats", ifsev.RuleState{Holds: true, Since: monday, Fired: 1, Repeat: monday, Spent: true, Episode: 1, FiredAt: monday}, 10 * time.Minute,
			want{Verdict{Kind: VerdictTrue, Held: HeldWaiting}, 0, time.Hour, "then"}},
		{"has repeated often enough", "repeats", ifsev.RuleState{Holds: true, Since: monday, Fired: 2, Repeat: monday, Spent: true, Episode: 1, FiredAt: monday}, 10 * time.Minute,
			want{Verdict{Kind: VerdictHeld, Held: HeldLimit}, 0, 0, ""}},
		{"turns false before it fires", "short", held, 5 * time.Minute, want{Verdict{Kind: VerdictTrue, Held: HeldWaiting}, 10 * time.Minute, 0, ""}},
		{"cools down", "cools", ifsev.RuleState{Holds: true, Since: monday, Episode: 1, FiredAt: monday.Add(-30 * time.Minute)}, 10 * time.Minute,
			want{Verdict{Kind: VerdictHeld, Held: HeldCooldown}, 0, 30 * time.Minute, "then"}},
		{"of an earlier life", "delayed", ifsev.RuleState{Holds: true, Since: monday, Fired: 1, Spent: true, Episode: 7}, 0, want{Verdict{Kind: VerdictTrue, Held: HeldWaiting}, 0, 30 * time.Minute, "then"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := explainOne(t, c.rule, c.state, c.after, nil)
			instant := func(d time.Duration) time.Time {
				if d == 0 {
					return time.Time{}
				}
				return monday.Add(d)
			}
			if e.Verdict != c.want.verdict.Kind || e.Held != c.want.verdict.Held || !e.ChangesAt.Equal(instant(c.want.changes)) || !e.FiresAt.Equal(instant(c.want.fires)) || e.Branch != c.want.branch {
				t.Errorf("%s %q, changes at %v, fires at %v with %q", e.Verdict, e.Held, e.ChangesAt, e.FiresAt, e.Branch)
			}
			if len(e.Atoms) == 0 || len(e.Firings) != 1 {
				t.Errorf("atoms %v, firings %v", e.Atoms, e.Firings)
			}
		})
	}
}

// A condition that cannot be evaluated says why.
func TestExplainAnError(t *testing.T) {
	t.Parallel()
	e := explainOne(t, "broken", ifsev.RuleState{}, 0, nil)
	if e.Verdict != VerdictError || e.Error == "" || e.Recorded != nil {
		t.Errorf("%+v", e)
	}
}

// An event rule is explained by what it said last; one that was never asked says nothing.
func TestExplainAnEventRule(t *testing.T) {
	t.Parallel()
	if e := explainOne(t, "event", ifsev.RuleState{}, 0, nil); e.Verdict != "" || e.Recorded != nil || e.Atoms == nil {
		t.Errorf("never asked: %+v", e)
	}
	v := Verdict{Rule: "event", Kind: VerdictFired, At: monday, Atoms: []lang.Atom{{Text: "severity == 2", Value: "true", Evaluated: true}}}
	e := explainOne(t, "event", ifsev.RuleState{Total: 3, FiredAt: monday}, 0, map[string]Verdict{"event": v})
	if e.Verdict != VerdictTrue || e.Recorded == nil || len(e.Atoms) != 1 || e.Total != 3 || !e.FiredAt.Equal(monday) {
		t.Errorf("asked before: %+v", e)
	}
}

// Of an incident that is not there is nothing to explain.
func TestExplainNothing(t *testing.T) {
	t.Parallel()
	for _, e := range mustLoad(t, explained).Explain(ifsev.Document{}, monday, nil) {
		if e.Verdict != "" || e.Atoms == nil || e.Firings == nil {
			t.Errorf("%+v", e)
		}
	}
}

// Explaining changes nothing of the document.
func TestExplainIsPure(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, explained)
	doc := ifsev.Document{Incident: *testIncident(), Rules: map[string]ifsev.RuleState{"delayed": {Holds: true, Since: monday, Episode: 7}}}
	before := string(mustJSON(t, doc))
	set.Explain(doc, monday.Add(time.Hour), nil)
	if after := string(mustJSON(t, doc)); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}
