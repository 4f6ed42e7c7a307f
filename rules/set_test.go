package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/golden"
)

const hashBase = `
timezone: Europe/Berlin
define: {major: severity <= 2, active: status == "open" and major, other: severity == 5}
rules:
  r:
    description: d
    if: active
    then:
      - note: hello
`

// A rule's hash follows what it does, and nothing else.
func TestRuleHash(t *testing.T) {
	t.Parallel()
	base := mustLoad(t, hashBase).Rules[0].Hash
	for _, c := range []struct {
		name, old, new string
		changes        bool
	}{
		{"a comment", "if: active", "if: active # now", false},
		{"quotes", "if: active", `if: "active"`, false},
		{"the description", "description: d", "description: e", false},
		{"an owner", "description: d", "description: d\n    owner: me\n    runbook: r\n    labels: {a: b}", false},
		{"a define that is not used", "other: severity == 5", "other: severity == 4", false},
		{"the condition", "if: active", "if: major", true},
		{"a define of a define", "major: severity <= 2", "major: severity <= 3", true},
		{"a step", "note: hello", "note: hallo", true},
		{"the time zone", "Europe/Berlin", "Europe/Paris", true},
		{"a key", "if: active", "if: active\n    for: 5m", true},
	} {
		set := mustLoad(t, strings.Replace(hashBase, c.old, c.new, 1))
		if changed := set.Rules[0].Hash != base; changed != c.changes {
			t.Errorf("%s: changed is %v", c.name, changed)
		}
	}
}

// The set's hash follows the rules, their order and the world, but not the files' names and comments.
func TestSetHash(t *testing.T) {
	t.Parallel()
	two := "rules:\n  a: {if: severity == 1, then: [mitigate]}\n  b: {if: severity == 2, then: [mitigate]}\n"
	base := mustLoad(t, two).Hash
	if again := mustLoad(t, "# a comment\n"+two).Hash; again != base {
		t.Error("a comment changes the hash")
	}
	split := strings.SplitAfter(two, "\n")
	files := []Source{{"x", split[0] + split[1]}, {"y", split[0] + split[2]}}
	if set, errs, _ := Load(files, testWorld()); errs != nil || set.Hash != base {
		t.Errorf("the same rules in two files have another hash: %v", errs)
	}
	if mustLoad(t, split[0]+split[2]+split[1]).Hash == base {
		t.Error("the order of the rules does not change the hash")
	}
	if mustLoad(t, strings.Replace(two, "then: [mitigate]}", "then: [mitigate], description: x}", 1)).Hash == base {
		t.Error("a description does not change the hash of the set, but people see it")
	}
	for name, change := range map[string]func(*World){
		"zone":       func(w *World) { w.Zone = time.FixedZone("X", 3600) },
		"severities": func(w *World) { w.Severities = ifsev.DefaultSeverities() },
		"fields":     func(w *World) { w.Fields = w.Fields[1:] },
		"connection": func(w *World) { w.Connections = w.Connections[:3] },
		"rotation": func(w *World) {
			w.Directory.Rotations["database"] = ifsev.Rotation{People: []string{"bob"}, Start: monday, Every: ifsev.Week}
		},
	} {
		w := testWorld()
		change(&w)
		if mustLoadIn(t, w, two).Hash == base {
			t.Errorf("another %s does not change the hash", name)
		}
	}
	w := testWorld()
	w.Connections[0], w.Connections[1] = w.Connections[1], w.Connections[0]
	if mustLoadIn(t, w, two).Hash != base {
		t.Error("the order of connections changes the hash")
	}
}

// A set can be made again of its body.
func TestBody(t *testing.T) {
	t.Parallel()
	files := []Source{{"a.yaml", hashBase}, {"b.yaml", "rules:\n  s: {when: declared, then: [note: \"é ${title}\"]}\n  off: {if: active, enabled: false, then: [mitigate]}\n"}}
	set, errs, _ := Load(files, testWorld())
	if errs != nil {
		t.Fatal(errs.Text())
	}
	body := set.Body()
	manifest, err := Manifest(body)
	if diff := cmp.Diff(set.Manifest(), manifest); diff != "" || err != nil {
		t.Errorf("%v, manifest (-want +got):\n%s", err, diff)
	}
	sources, err := Sources(body)
	if diff := cmp.Diff(files, sources); diff != "" || err != nil {
		t.Fatalf("%v, sources (-want +got):\n%s", err, diff)
	}
	again, errs, _ := Load(sources, testWorld())
	if errs != nil || again.Hash != set.Hash || len(again.Disabled) != 1 {
		t.Errorf("loaded again it is another set: %v", errs)
	}
	for _, broken := range []string{"", "{", "[]"} {
		if _, err := Manifest([]byte(broken)); err == nil {
			t.Errorf("%q is a body", broken)
		}
		if _, err := Sources([]byte(broken)); err == nil {
			t.Errorf("%q is a body", broken)
		}
	}
}

// A disabled rule is checked and shown, but takes no part.
func TestDisabledRules(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, "rules:\n  a: {if: severity == 1, then: [mitigate], enabled: false}\n  b: {if: severity == 1, then: [mitigate], enabled: true}\n")
	if len(set.Rules) != 1 || len(set.Disabled) != 1 || set.Rule("a") != nil || set.Rule("b") == nil {
		t.Errorf("%d rules, %d disabled", len(set.Rules), len(set.Disabled))
	}
	if _, errs, _ := Load([]Source{{"x", "rules:\n  a: {if: sverity == 1, then: [mitigate], enabled: false}\n"}}, testWorld()); errs == nil {
		t.Error("a disabled rule is not checked")
	}
}

// What is said twice in several files is told with both places.
func TestDuplicatesAcrossFiles(t *testing.T) {
	t.Parallel()
	files := []Source{
		{"a.yaml", "define: {major: severity <= 2}\nrules:\n  r: {if: major, then: [mitigate]}\n"},
		{"b.yaml", "define: {major: severity <= 3}\nrules:\n  s: {if: major, then: [mitigate]}\n  r: {if: major, then: [mitigate]}\n"},
	}
	_, errs, _ := Load(files, testWorld())
	text := errs.Text()
	for _, want := range []string{`b.yaml:1:10: major is defined twice; the first is in a.yaml:1`, `b.yaml:4:3: there are two rules "r"; the first is in a.yaml:3`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if len(errs) != 2 {
		t.Errorf("%d errors, want 2", len(errs))
	}
}

// A define counts hours in the zone of the file that uses it.
func TestZoneOfTheFile(t *testing.T) {
	t.Parallel()
	files := []Source{
		{"a.yaml", "define: {night: hour() < 6}\nrules:\n  utc: {if: night, then: [mitigate]}\n"},
		{"b.yaml", "timezone: Asia/Tokyo\nrules:\n  tokyo: {if: night, then: [mitigate]}\n"},
	}
	set, errs, _ := Load(files, testWorld())
	if errs != nil {
		t.Fatal(errs.Text())
	}
	at := time.Date(2026, 1, 5, 20, 0, 0, 0, time.UTC) // five in the morning in Tokyo
	for name, want := range map[string]bool{"utc": false, "tokyo": true} {
		outcome, err := set.Rule(name).If.Eval(set.words.env(testIncident()), at)
		if err != nil || outcome.Value != want {
			t.Errorf("%s: %v, %v", name, outcome.Value, err)
		}
	}
}

// Where nothing is configured names are warned of, not refused: rules can be written first.
func TestEmptyWorldWarns(t *testing.T) {
	t.Parallel()
	text := `
rules:
  r:
    if: oncall_added("database") and severity == 1
    then:
      - page: secondary
      - page: secondary
      - page: commander
      - add_oncall: database
      - assign: {role: comms, to: alice}
      - slack.post: {channel: "#incidents", text: hi}
      - webhook: {to: status, json: {}}
      - webhook: {url: "https://hooks.example.com/x"}
`
	set, errs, warnings := Load([]Source{{"r.yaml", text}}, World{Actions: testActions()})
	if errs != nil {
		t.Fatal(errs.Text())
	}
	if len(set.Rules) != 1 {
		t.Error("the rule is missing")
	}
	golden.File(t, "testdata/warnings.txt", warnings.Text())
}

// What is read of a rule's keys is what was written.
func TestRuleKeys(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, `
rules:
  state:
    description: why
    owner: sre
    runbook: https://runbooks.example.com
    labels: {team: db, tier: 1}
    if: [severity == 1, "\"database\" in tags or status == \"open\""]
    for: 90s
    every: 1h
    max: 3
    rearm: when_false
    cooldown: 2d
    then:
      - id: first
        page: secondary
        if: [acknowledged, severity == 1]
        retry: {min: 1s, max: 1m, max_age: 1h, attempts: 5}
        timeout: 5s
        continue: true
        on_error:
          - note: "${error.message}"
    after:
      5m: [page: manager]
      1h: [page: alice, mitigate]
  event:
    when: [severity_changed, closed]
    cooldown: 5m
    then: [note: "${event.to}"]
`)
	r := set.Rule("state")
	want := Rule{
		Name: "state", Description: "why", Owner: "sre", Runbook: "https://runbooks.example.com", Labels: map[string]string{"team": "db", "tier": "1"},
		File: "rules.yaml", Line: 3, For: 90 * time.Second, Every: time.Hour, Max: 3, Rearm: RearmWhenFalse, Mode: ModeQueue, Cooldown: 48 * time.Hour,
	}
	got := *r
	got.Hash, got.If, got.Then, got.After = "", nil, nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s := r.Then[0]
	if s.ID != "first" || s.Place != "then[0]" || s.If == nil || !s.Continue || s.Timeout != 5*time.Second || s.Spec.Kind != "page" ||
		s.Retry != (ifsev.Retry{Min: time.Second, Max: time.Minute, MaxAge: time.Hour, Attempts: 5}) || s.OnError[0].Place != "then[0].on_error[0]" || s.Line != 15 {
		t.Errorf("the step is %+v", s)
	}
	if len(r.After) != 2 || r.After[1].Delay != time.Hour || r.After[1].Steps[1].Place != "after[1h][1]" {
		t.Errorf("the ladder is %+v", r.After)
	}
	if e := set.Rule("event"); fmt.Sprint(e.When) != "[severity_changed closed]" || e.If != nil || e.Rearm != RearmEpisode {
		t.Errorf("the event rule is %+v", e)
	}
	if r.steps("after[5m]") == nil || r.steps(branchThen) == nil {
		t.Error("branches are not found by their names")
	}
}

// All of a list of conditions must hold, whatever operators are in each.
func TestConditionList(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, "rules:\n  r:\n    if:\n      - severity == 1 or severity == 2 // a comment\n      - let n = len(tags); n > 5\n    then: [mitigate]\n")
	if outcome, err := set.Rules[0].If.Eval(set.words.env(testIncident()), monday); err != nil || outcome.Value {
		t.Errorf("%v, %v", outcome.Value, err)
	}
}
