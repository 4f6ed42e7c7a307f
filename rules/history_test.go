package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
)

// said writes a history as instants after the start and what was said.
func said(history []Past) string {
	var all []string
	for _, p := range history {
		text := ifsev.FormatDuration(p.At.Sub(storyStart)) + " " + string(p.Kind)
		for _, more := range []string{string(p.Held), p.Reason} {
			if more != "" {
				text += " " + more
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// recording follows a story and records its verdicts as a store does.
func recording(s *story) (recorded map[string]Verdict, step func(do func())) {
	recorded = map[string]Verdict{}
	return recorded, func(do func()) {
		s.last = Decision{}
		do()
		for _, v := range s.last.Verdicts {
			Record(recorded, throughRecord(s.t, v))
		}
	}
}

// throughRecord is a verdict with its history as it comes back from a store.
func throughRecord(t *testing.T, v Verdict) Verdict {
	t.Helper()
	var out Verdict
	if err := json.Unmarshal([]byte(asJSON(t, v)), &out); err != nil {
		t.Fatal(err)
	}
	out.Noteworthy = v.Noteworthy
	if err := json.Unmarshal([]byte(asJSON(t, v.History)), &out.History); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestHistoryHasEachChange(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  state: {if: severity == 1, rearm: when_false, cooldown: 50m, then: [note: x]}
  event: {when: noted, if: severity == 1, then: [{add_tags: [a]}]}
silences:
  - {if: "\"quiet\" in tags", until: 2026-03-02T12:00:00Z, reason: Hush, rules: event}
`)
	recorded, step := recording(s)
	step(func() { s.declare(ifsev.Declaration{Title: "x", Severity: 2}) })
	step(func() { s.change(ifsev.Change{Note: "n"}) }) // an event rule that says false says nothing new
	for _, severity := range []ifsev.Severity{1, 2, 1, 2} {
		s.now = s.now.Add(10 * time.Minute)
		step(func() { s.change(sev(severity)) })
	}
	s.now = s.now.Add(10 * time.Minute)
	step(func() { s.change(ifsev.Change{AddTags: []string{"quiet"}, Note: "n"}) })
	step(func() { s.change(sev(1)) })
	step(func() { s.change(ifsev.Change{Note: "n"}) })
	step(func() { s.change(ifsev.Change{Note: "n"}) })
	for rule, want := range map[string]string{
		"state": "10m fired, 20m false, 30m held cooldown, 40m false, 50m held cooldown",
		"event": "10m fired, 50m false, 50m held silenced Hush",
	} {
		if got := said(recorded[rule].History); got != want {
			t.Errorf("%s said %s\nwant %s", rule, got, want)
		}
	}
	for _, e := range s.set.Explain(s.doc, s.now, recorded) {
		if len(e.History) != len(recorded[e.Rule].History) || len(e.History) == 0 {
			t.Errorf("%s is explained with %d of %d changes", e.Rule, len(e.History), len(recorded[e.Rule].History))
		}
	}
}

// However long an incident lives, what is kept of one rule is bounded, and it is the latest.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	s := tell(t, "rules:\n  r: {if: severity == 1, rearm: when_false, then: [note: x]}\n")
	recorded, step := recording(s)
	keys := map[string]int{}
	count := func() {
		for _, v := range s.last.Verdicts {
			for _, p := range v.History {
				keys[p.Key(v.Rule)] = len(asJSON(t, p))
			}
		}
	}
	step(func() { s.declare(ifsev.Declaration{Title: "x", Severity: 2}) })
	for i := range 100 {
		s.now = s.now.Add(time.Minute)
		step(func() { s.change(sev(ifsev.Severity(1 + i%2))) })
		count()
	}
	history := recorded["r"].History
	if len(history) != MaxHistory || len(keys) != MaxHistory || !history[MaxHistory-1].At.Equal(s.now) || !slices.IsSortedFunc(history, Past.Compare) {
		t.Errorf("%d changes under %d keys: %s", len(history), len(keys), said(history))
	}
	for key := range keys {
		if rule, ok := CutPastKey(key); !ok || rule != "r" {
			t.Errorf("%q is of %q", key, rule)
		}
	}
	if rule, ok := CutPastKey("r"); ok || rule != "r" {
		t.Error("the name of a rule is taken for the key of a change")
	}
}

// A stop during which a rule changed its mind a thousand times is caught up with in bounded space.
func TestHistoryOfALongStop(t *testing.T) {
	t.Parallel()
	s := tell(t, "rules:\n  r: {if: hour() % 2 == 0, rearm: when_false, then: [mitigate]}\n").declare(ifsev.Declaration{Title: "x"})
	s.skip("500h").decide()
	v := verdictOf(t, s.last, "r")
	if len(v.History) != MaxHistory || !v.History[MaxHistory-1].At.After(s.now.Add(-2*time.Hour)) {
		t.Errorf("%d changes, the last at %s", len(v.History), v.History[len(v.History)-1].At)
	}
}

func TestTextsOfTheHistoryAreShort(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("x", 10_000), strings.Repeat("ü", 5000), "a" + strings.Repeat("ü", 5000)} {
		if got := short(text); len(got) > maxPastText+3 || !strings.HasSuffix(got, "…") || strings.ToValidUTF8(got, "?") != got {
			t.Errorf("%d bytes: %.10s", len(got), got)
		}
	}
	if short("x") != "x" {
		t.Error("a short text is changed")
	}
	b, err := json.Marshal(Past{Error: short(strings.Repeat("\x00", 10_000)), Reason: short(strings.Repeat("\x00", 10_000)), Kind: VerdictError, Firing: strings.Repeat("f", 40)})
	if err != nil || len(b) > 4<<10 {
		t.Errorf("one change takes up to %d bytes, %v", len(b), err)
	}
}

// A rule that was taken away and came back counts from the beginning; its history stays in order.
func TestHistoryOfARuleThatCameBack(t *testing.T) {
	t.Parallel()
	const text = "rules:\n  r: {if: severity == 1, rearm: when_false, then: [note: x]}\n"
	s := tell(t, text)
	recorded, step := recording(s)
	step(func() { s.declare(ifsev.Declaration{Title: "x", Severity: 1}) })
	for range 3 {
		s.now = s.now.Add(time.Minute)
		step(func() { s.change(sev(2)) })
		step(func() { s.change(sev(1)) })
	}
	s.use("rules: {}")
	step(func() { s.decide() })
	s.use(text)
	s.now = s.now.Add(time.Hour)
	step(func() { s.decide() })
	step(func() { s.change(sev(2)) })
	history := recorded["r"].History
	if !slices.IsSortedFunc(history, Past.Compare) || history[len(history)-1].N != 1 || fmt.Sprint(history[len(history)-1].Kind) != "false" {
		t.Errorf("%s", said(history))
	}
}
