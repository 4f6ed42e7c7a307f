package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// watched writes down what a Watcher is told.
type watched struct{ told []string }

var _ Watcher = (*watched)(nil)

func (w *watched) Looked(r *Rule, env lang.Env, at time.Time) {
	w.told = append(w.told, fmt.Sprintf("looked %s severity %v at %s", r.Name, env["severity"], ifsev.FormatDuration(at.Sub(storyStart))))
}

func (w *watched) Did(f *ifsev.Firing, s *Step, args ifsev.Data, err error) {
	w.told = append(w.told, fmt.Sprintf("did %s %s %s %v %v", f.Rule, s.Place, s.Spec.Kind, args, err))
}

func TestWatcherIsToldOfLooksAndSteps(t *testing.T) {
	t.Parallel()
	set := tell(t, `
rules:
  a:
    if: severity == 1
    then:
      - set: {severity: 2}
      - note: "never"
        if: severity == 1
      - page: commander
  b:
    when: severity_changed
    if: event.to == 2
    then: [{assign: {role: owner, to: "${commander}"}}]
`).set
	w := &watched{}
	in := Input{Now: storyStart, Watcher: w, Submissions: []Submission{{ID: "s", IncidentID: "i", Change: &ifsev.Change{Declare: &ifsev.Declaration{Title: "x", Severity: 1}}}}}
	with := set.Decide(in)
	for _, want := range []string{
		"looked a severity 1 at 0s", "did a then[0] set map[severity:2] <nil>", "did a then[2] page map[to:commander] <nil>", "looked b severity 2 at 0s",
		"did b then[0] assign",
	} {
		if !slices.ContainsFunc(w.told, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("nobody told %q:\n%s", want, strings.Join(w.told, "\n"))
		}
	}
	if joined := strings.Join(w.told, "\n"); strings.Contains(joined, "note") || !strings.Contains(joined, "assign map[] to: ") {
		t.Errorf("a step that was skipped or failed is told wrongly:\n%s", joined)
	}
	in.Watcher = nil
	if without := set.Decide(in); asJSON(t, without) != asJSON(t, with) {
		t.Error("being watched changes the decision")
	}
}

func TestOnlySomeRules(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, "define: {bad: severity == 1}\nrules:\n  a: {if: bad, then: [mitigate]}\n  b: {if: bad, then: [mitigate]}\n")
	only := set.Only(func(r *Rule) bool { return r.Name == "b" })
	if only.Rule("a") != nil || only.Rule("b") == nil || len(only.Rules) != 1 || len(set.Rules) != 2 || set.Rule("a") == nil {
		t.Errorf("%v of %v", only.Rules, set.Rules)
	}
}

func read(t *testing.T, text string) strictyaml.Node {
	t.Helper()
	file, problems := strictyaml.Parse("test.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return file.Root()
}

func TestActs(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, "rules: {}")
	inc := testIncident()
	for text, want := range map[string]func(*ifsev.Change) bool{
		"acknowledge:":               func(c *ifsev.Change) bool { return c.Acknowledge == "bob" },
		"close: done":                func(c *ifsev.Change) bool { return *c.Status == ifsev.StatusClosed && c.Reason == "done" },
		"add_oncall: database":       func(c *ifsev.Change) bool { return c.AddOncalls[0].Person == "alice" },
		"set: {fields.customers: 9}": func(c *ifsev.Change) bool { return c.Fields["customers"] == 9 },
		`note: "SEV${severity}"`:     func(c *ifsev.Change) bool { return c.Note == "SEV2" },
	} {
		r := set.Reader()
		act, ok := r.Act(read(t, text).Pairs()[0])
		if !ok {
			t.Fatalf("%s: %v", text, r.Problems())
		}
		c, err := act.Change(set, inc, "bob", monday)
		if err != nil || !want(c) {
			t.Errorf("%s: %+v, %v", text, c, err)
		}
	}
}

func TestActsThatAreWrong(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, "rules: {}")
	for text, want := range map[string]string{
		"page: alice":           `1:1: there is no action "page"`,
		"add_oncall: databse":   "1:13: ",
		"set: {severity: 7}":    "1:17: ",
		"set: {sevrity: 1}":     "1:7: ",
		"close: {why: nothing}": "1:9: ",
	} {
		r := set.Reader()
		if _, ok := r.Act(read(t, text).Pairs()[0]); ok || !strings.Contains(r.Problems().Text(), want) {
			t.Errorf("%s: %s", text, r.Problems().Text())
		}
	}
}

func TestConditionsOutsideOfRules(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, "define: {bad: severity <= 2}\nrules: {}")
	r := set.Reader()
	c, ok := r.Condition(read(t, "[bad, open_for > 20m]"))
	if !ok {
		t.Fatal(r.Problems())
	}
	yes, atoms, err := set.Check(c, testIncident(), monday.Add(time.Hour))
	no, _, _ := set.Check(c, testIncident(), monday.Add(time.Minute))
	if err != nil || !yes || no || len(atoms) < 3 {
		t.Errorf("%v %v %v %v", yes, no, atoms, err)
	}
	if _, ok := r.Condition(read(t, "severity == 9")); ok || len(r.Problems()) != 1 {
		t.Errorf("%v", r.Problems())
	}
}

func TestValuesAndVariables(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, "rules: {}")
	values := set.Values(testIncident())
	if values["severity"] != 2 || values["commander"] != "alice" {
		t.Errorf("%v", values)
	}
	for _, v := range set.Variables() {
		if _, ok := values[v.Name]; !ok && v.Running == nil {
			t.Errorf("%s has no value", v.Name)
		}
	}
}
