package ruletest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What people see when a test fails: the difference, and why.
func TestWhatAFailureSays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ test, want string }{
		"a rule that did not fire": {`
tests:
  too early:
    incident: {severity: 2}
    timeline:
      - {at: 4m, fired: [unacknowledged], actions: [page secondary]}
`, `
FAIL rules_test.yaml:3: too early
  rules_test.yaml:6: at 4m: fired: fired nothing, want unacknowledged
    - unacknowledged
    unacknowledged: its condition is true since 0s; if nothing else changes it fires at 5m after[5m]
      major          true
      severity <= 2  true
      severity       2
      active         true
      status         "open"
      acknowledged   false
  rules_test.yaml:6: at 4m: actions: performed nothing
    - page secondary
    status-page: its condition is false
      severity == 1  false
      severity       2
      active         (not looked at)
      status         (not looked at)

1 of 1 test in 1 file failed
`},
		"a rule that fired unexpectedly": {`
tests:
  it pages:
    incident: {severity: 2}
    timeline:
      - {at: 6m, do: {ack: bob}, fired: []}
`, `
FAIL rules_test.yaml:3: it pages
  rules_test.yaml:6: at 6m: fired: fired unacknowledged, want nothing
    + unacknowledged at 5m after[5m]
    unacknowledged: fired at 5m after[5m], when this was so
      major          true
      severity <= 2  true
      severity       2
      active         true
      status         "open"
      acknowledged   false

1 of 1 test in 1 file failed
`},
		"an incident that is not as it should be": {`
tests:
  states:
    incident: {severity: 2, tags: [a]}
    timeline:
      - {at: 1m, expect: {severity: 1, tags: [a, b], commander: bob, closed_at: 1m}}
      - {at: 2m, expect: [severity == 1, status == "open"]}
`, `
FAIL rules_test.yaml:3: states
  rules_test.yaml:6: at 1m: expect: severity is 2, want 1; tags is [a], want [a, b]; commander is "", want "bob"; closed_at is nothing, want 2026-06-01T09:01:00Z
  rules_test.yaml:7: at 2m: expect: severity == 1, status == "open" does not hold
    what is expected
      severity == 1     false
      severity          2
      status == "open"  (not looked at)
      status            (not looked at)

1 of 1 test in 1 file failed
`},
		"too many actions": {`
tests:
  all:
    incident: {severity: 2}
    timeline:
      - {at: 5m, all_actions: [page manager]}
      - {at: 10m, actions: []}
`, `
FAIL rules_test.yaml:3: all
  rules_test.yaml:6: at 5m: all_actions: performed page secondary
    - page manager
    + page secondary (unacknowledged at 5m)
    status-page: its condition is false
      severity == 1  false
      severity       2
      active         (not looked at)
      status         (not looked at)
  rules_test.yaml:7: at 10m: actions: performed page manager
    + page manager (unacknowledged at 10m)

1 of 1 test in 1 file failed
`},
		"of several incidents": {`
tests:
  two:
    incidents: {a: {severity: 2}, b: {severity: 4}}
    timeline:
      - {at: 5m, fired: [status-page]}
`, `
FAIL rules_test.yaml:3: two
  rules_test.yaml:6: at 5m: fired: fired unacknowledged, want status-page
    - status-page
    + unacknowledged at 5m after[5m] on a
    status-page on a: its condition is false
      severity == 1  false
      severity       2
      active         (not looked at)
      status         (not looked at)
    status-page on b: its condition is false
      severity == 1  false
      severity       4
      active         (not looked at)
      status         (not looked at)
    unacknowledged on a: fired at 5m after[5m], when this was so
      major          true
      severity <= 2  true
      severity       2
      active         true
      status         "open"
      acknowledged   false

1 of 1 test in 1 file failed
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, text := results(t, theRules, strings.TrimPrefix(c.test, "\n"))
			// The tests above begin with a line break, so that they can be read.
			want := strings.NewReplacer(":3:", ":2:", ":6:", ":5:", ":7:", ":6:").Replace(strings.TrimPrefix(c.want, "\n"))
			if diff := cmp.Diff(want, text); diff != "" {
				t.Errorf("%s\n%s", text, diff)
			}
		})
	}
}

// Each way in which a rule can stand to an incident has its words.
func TestStandings(t *testing.T) {
	t.Parallel()
	const standings = `
rules:
  spent:    {if: severity == 2, then: [note: a]}
  over:     {if: severity == 2 and "x" in tags, then: [note: a]}
  limited:  {if: severity == 2, every: 1m, max: 2, then: [note: a]}
  cools:    {if: severity == 2 and acknowledged, cooldown: 1h, rearm: when_false, then: [note: a]}
  waits:    {if: open_for > 20m, then: [note: a]}
  falls:    {if: open_for < 10m, for: 30m, then: [note: a]}
  never:    {if: severity == 5, then: [note: a]}
  event:    {when: closed, then: [note: a]}
  picky:    {when: tagged, if: '"y" in event.tags', then: [note: a]}
  held:     {when: tagged, cooldown: 1h, then: [note: a]}
`
	for rule, want := range map[string]string{
		"spent": "its condition is true, and it has fired already; it fired at 0s", "over": "its condition is false, and it has fired already; it fired at 1m",
		"limited": "its condition is true, and it has fired already; it fired at 0s, 1m", "waits": "its condition is false; if nothing else changes it fires at 20m+",
		"falls": "its condition is true, and turns false before it fires", "never": "its condition is false\n", "event": "it waits for closed, and there was none",
		"picky": "it waits for tagged; at 3m its condition was false", "held": "it waits for tagged; at 3m it was held back by cooldown; it fired at 1m",
		"cools": "it is held back by its cooldown; if nothing else changes it fires at 1h1m; it fired at 1m",
	} {
		_, text := results(t, standings, `
tests:
  x:
    incident: {severity: 2}
    timeline:
      - {at: 1m, do: [{add_tags: x}, {ack: bob}]}
      - {at: 2m, do: [{remove_tags: x}, {set: {severity: 3}}, {set: {severity: 2}}]}
      - {at: 3m, do: {add_tags: z}}
      - {at: 4m, fired: [`+rule+`]}
`)
		if !strings.Contains(text, rule+": "+want) && !strings.Contains(text, want) {
			t.Errorf("want %s: %s, got\n%s", rule, want, text)
		}
	}
}

func TestBegins(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, words string
		want        bool
	}{
		{"secondary", "secondary", true}, {"secondary INC-1", "secondary", true}, {"secondary-eu", "secondary", false}, {"secondary", "second", false},
		{"Raised: open", "Raised", true}, {"a b c", "a … c", true}, {"a b c", "a …b", true}, {"a b c", "…c", true}, {"a b c", "…d", false}, {"a", "a b", false},
	} {
		if got := begins(c.text, c.words); got != c.want {
			t.Errorf("begins(%q, %q) = %v", c.text, c.words, got)
		}
	}
}

func TestAgrees(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want, got any
		agree     bool
	}{
		{1, 1, true}, {1, 2, false}, {"a", "a", true}, {"a", "ab", false}, {"a…", "ab", true}, {"a…c", "abc", true}, {"a…c", "abcd", false}, {"…b…", "abc", true},
		{"a\n", "a", true}, {true, true, true}, {true, false, false}, {nil, nil, true}, {nil, "", true}, {nil, "x", false}, {"", nil, true}, {"x", nil, false},
		{[]any{"a"}, []string{"b", "a"}, true}, {[]any{"a"}, []string{"b"}, false}, {[]any{}, []string{}, true}, {[]any{}, []string{"a"}, false}, {[]any{}, nil, true},
		{[]any{"a"}, "a", true}, {[]any{1}, []any{1, 2}, true}, {[]string{"a"}, []string{"a"}, true},
		{map[string]any{"a": 1}, map[string]any{"a": 1, "b": 2}, true}, {map[string]any{"a": 1}, map[string]any{"b": 2}, false}, {map[string]any{"a": 1}, "a", false},
	} {
		if got := agrees(c.want, c.got); got != c.agree {
			t.Errorf("agrees(%v, %v) = %v", c.want, c.got, got)
		}
	}
}

// Every action that is wanted gets one of its own, even where the first choice would leave another without.
func TestPairUp(t *testing.T) {
	t.Parallel()
	passes(t, "rules: {r: {if: severity == 1, then: [page: alice, page: bob, page: bob]}}", `
tests:
  x:
    incident: {severity: 1}
    timeline: [{at: 0s, all_actions: [page, page alice, page bob]}]
`)
	report, _ := results(t, "rules: {r: {if: severity == 1, then: [page: alice]}}", "tests: {x: {incident: {severity: 1}, timeline: [{at: 0s, actions: [page alice, page alice]}]}}")
	if diff := cmp.Diff([]string{"page alice"}, report.Results[0].Failures[0].Missing); diff != "" {
		t.Error(diff)
	}
}

// A rule at given times waits for the next of them.
func TestStandingOfARuleAtGivenTimes(t *testing.T) {
	t.Parallel()
	const daily = "rules: {daily: {when: {schedule: '0 10 * * *'}, if: severity <= 2, then: [note: hello]}}"
	_, text := results(t, daily, "tests: {x: {incident: {severity: 2}, timeline: [{at: 1h, fired: [daily]}, {at: 2h, fired: [daily]}]}}")
	if want := "daily: its condition is true; if nothing else changes it fires at 1d1h; it fired at 1h\n"; !strings.Contains(text, want) {
		t.Errorf("%q is not in\n%s", want, text)
	}
}
