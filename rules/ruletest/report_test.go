package ruletest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev/rules"
)

const covered3 = `
rules:
  a:
    if: severity <= 2 and (acknowledged or "x" in tags)
    then:
      - webhook: {to: status}
        on_error: [note: failed]
    after: {5m: [page: bob]}
    otherwise: [note: over]
  b:
    when: noted
    if: any(tags, it == "t")
    then: [mitigate]
`

func coverageOf(t *testing.T, tests string) *Coverage {
	t.Helper()
	suite, problems := suiteOf(t, covered3, tests)
	if len(problems) > 0 {
		t.Fatal(problems.Text())
	}
	return Run([]*Suite{suite}, Options{Coverage: []*rules.Rule{}}).Coverage
}

func gaps(c *Coverage) []string {
	var all []string
	for _, r := range c.Rules {
		for _, g := range r.Missing {
			all = append(all, r.Rule+" "+g.String())
		}
	}
	return all
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	c := coverageOf(t, `
tests:
  x:
    incident: {severity: 1, tags: [x, t]}
    timeline: [{at: 1m, fired: [a]}, {at: 2m, do: {note: n}, fired: [b]}]
`)
	if diff := cmp.Diff([]string{
		"a seen severity <= 2 false", "a seen acknowledged true", `a seen "x" in tags false`, "a fired after[5m]", "a fired otherwise",
		"a done then[0].on_error[0] note (line 7)", "a done after[5m][0] page (line 8)", "a done otherwise[0] note (line 9)", `b seen any(tags, it == "t") false`,
	}, gaps(c)); diff != "" {
		t.Error(diff)
	}
	if c.Total != 19 || c.Reached != 10 || c.Percent != 52.6 || c.Rules[0].Line != 3 {
		t.Errorf("%+v", c)
	}
	c = coverageOf(t, `
tests:
  x:
    incident: {severity: 1, tags: [x, t]}
    mock: {webhook: {error: 404}}
    timeline: [{at: 6m, fired: [a, a]}, {at: 7m, do: [{ack: bob}, {remove_tags: [x, t]}, {note: n}, {set: {severity: 3}}], fired: [a]}]
  y:
    incident: {severity: 1, tags: [t]}
    timeline: [{at: 6m, do: {ack: bob}, fired: [a]}, {at: 7m, do: {note: n}, fired: [b]}]
`)
	if diff := cmp.Diff([]string(nil), gaps(c)); diff != "" || c.Percent != 100 {
		t.Errorf("%v\n%s", c.Percent, diff)
	}
}

// Of a rule in shadow its branches are covered by firing, and its steps, which are never done, do not count.
func TestCoverageOfARuleInShadow(t *testing.T) {
	t.Parallel()
	const quiet = `
rules:
  quiet:
    if: severity == 1
    shadow: true
    then: [page: bob]
    after: {5m: [page: alice]}
    otherwise: [note: over]
`
	for name, c := range map[string]struct {
		tests   string
		missing []string
		total   int
	}{
		"all of it": {`{incident: {severity: 1}, timeline: [{at: 6m, fired: [quiet, quiet]}, {at: 7m, do: {set: {severity: 2}}, fired: [quiet]}]}`, nil, 5},
		"one branch": {
			`{incident: {severity: 1}, timeline: [{at: 1m, fired: [quiet]}]}`,
			[]string{"quiet seen severity == 1 false", "quiet fired after[5m]", "quiet fired otherwise"}, 5,
		},
		"nothing": {
			`{incident: {severity: 2}, timeline: [{at: 1m, fired: []}]}`,
			[]string{"quiet seen severity == 1 true", "quiet fired then", "quiet fired after[5m]", "quiet fired otherwise"}, 5,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite, problems := suiteOf(t, quiet, "tests: {x: "+c.tests+"}")
			if len(problems) > 0 {
				t.Fatal(problems.Text())
			}
			report := Run([]*Suite{suite}, Options{Coverage: []*rules.Rule{}})
			if report.Failed() > 0 {
				t.Fatalf("%+v", report.Results)
			}
			if diff := cmp.Diff(c.missing, gaps(report.Coverage)); diff != "" || report.Coverage.Total != c.total {
				t.Errorf("%d in all, %s", report.Coverage.Total, diff)
			}
		})
	}
}

// A rule that no test is about is not covered, and counts.
func TestCoverageOfWhatNobodyTests(t *testing.T) {
	t.Parallel()
	w := testWorld(t)
	set := load(t, w, covered3)
	report := Run(nil, Options{Coverage: set.Rules})
	if c := report.Coverage; c.Reached != 0 || c.Total != 19 || len(c.Rules) != 2 {
		t.Errorf("%+v", c)
	}
}

func TestRunPicks(t *testing.T) {
	t.Parallel()
	suite, _ := suiteOf(t, theRules, "tests: {first one: {incident: {}, timeline: [{at: 0s, fired: []}]}, second: {incident: {}, timeline: [{at: 0s, fired: []}]}}")
	for pattern, want := range map[string]int{"one$": 1, "rules_test.yaml: ": 2, "third": 0, "^rules_test.yaml: second$": 1} {
		report := Run([]*Suite{suite}, Options{Run: regexp.MustCompile(pattern)})
		if len(report.Results) != want {
			t.Errorf("%s picks %d", pattern, len(report.Results))
		}
	}
	if diff := cmp.Diff([]string{"first one", "second"}, suite.Names()); diff != "" {
		t.Error(diff)
	}
}

// However many run at a time, the report is the same.
func TestTheReportIsDeterministic(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("tests:\n")
	for i := range 60 {
		fmt.Fprintf(&text, "  t%d:\n    incident: {severity: %d}\n    timeline: [{at: %dm, fired: [unacknowledged]}]\n", i, 1+i%3, i%12)
	}
	suite, problems := suiteOf(t, theRules, text.String())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	told := func(workers int) string {
		report := Run([]*Suite{suite, suite}, Options{Workers: workers, Coverage: []*rules.Rule{}})
		b, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	one := told(1)
	for _, workers := range []int{2, 7, 50} {
		if diff := cmp.Diff(one, told(workers)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestJUnit(t *testing.T) {
	t.Parallel()
	report, _ := results(t, theRules, "tests: {right: {incident: {}, timeline: [{at: 0s, fired: []}]}, \"wrong <&>\": {incident: {severity: 2}, timeline: [{at: 6m, fired: []}]}}")
	var b bytes.Buffer
	if err := report.JUnit(&b); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	s := got.Suites[0]
	if got.Tests != 2 || got.Failures != 1 || s.Name != "rules_test.yaml" || len(s.Cases) != 2 || s.Cases[0].Failure != nil || s.Cases[1].Name != "wrong <&>" ||
		!strings.Contains(s.Cases[1].Failure.Text, "+ unacknowledged at 5m") || !strings.Contains(s.Cases[1].Failure.Message, "fired: fired unacknowledged") {
		t.Errorf("%s", b.String())
	}
}

func TestTextOfCoverage(t *testing.T) {
	t.Parallel()
	suite, _ := suiteOf(t, covered3, "tests: {x: {incident: {severity: 5}, timeline: [{at: 1m, fired: []}]}}")
	var b strings.Builder
	Run([]*Suite{suite}, Options{Coverage: []*rules.Rule{}}).Text(&b)
	for _, want := range []string{
		"rules.yaml:3: a: 1 of 13 reached; no test has\n", "    seen severity <= 2 true\n", "    fired then\n", "    done then[0] webhook (line 6)\n", "coverage: 5.2% (1 of 19)\n", "1 test in 1 file: ok\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}
