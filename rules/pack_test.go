package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
)

// wholePack has an input of every type, in every place there is.
const wholePack = `
pack: whole
inputs:
  text: {type: string, default: plain}
  texts: {type: strings, default: [a, b]}
  many: {type: int, default: 3}
  weight: {type: number, default: 1.5}
  yes: {type: bool, default: false}
  wait: {type: duration, default: 5m}
  limit: {type: duration, default: 10m}
  worst: {type: severity, default: SEV2}
  who: {type: target, default: alice}
  rotation: {type: rotation, default: database}
  role: {type: role, default: comms}
  channel: {type: channel, default: "#incidents"}
  slack: {type: connection, kind: slack, default: slack}
  calendar: {type: calendar, default: office}
  which: {type: condition, default: "true"}
define:
  wanted: severity <= inputs.worst and inputs.which
rules:
  state:
    description: For ${inputs.who} and ${inputs.texts}
    owner: ${inputs.who}
    labels: {team: "${inputs.rotation}"}
    shadow: ${inputs.yes}
    if:
      - wanted and title != inputs.text
      - oncall_added(inputs.rotation) or business_hours(inputs.calendar)
    for: ${inputs.wait}
    every: ${inputs.limit}
    max: ${inputs.many}
    cooldown: ${inputs.wait}
    then:
      - page: ${inputs.who}
        text: "${inputs.text}"
        timeout: ${inputs.wait}
        retry: {attempts: "${inputs.many}", max_age: "${inputs.limit}"}
        continue: ${inputs.yes}
      - slack.post: {to: "${inputs.slack}", channel: "${inputs.channel}", text: "a ${inputs.text} b", mention: "${inputs.texts}", weight: "${inputs.weight}", expires: "${inputs.wait}", blocks: [{a: "${inputs.text}", b: "${inputs.many}"}]}
      - add_tags: "${inputs.texts}"
        each: inputs.texts
        if: item in inputs.texts
      - wait: ${inputs.wait}
  ladder:
    if: wanted
    after:
      1m: [page: bob]
      ${inputs.wait}: [page: "${inputs.who}"]
      ${inputs.limit}:
        - assign: {role: "${inputs.role}", to: "${inputs.who}"}
  event:
    when: declared
    if: len(inputs.texts) == 2
    then: [note: "${inputs.worst}"]
`

const office = "calendars: {office: {hours: \"09:00-17:00\"}, shop: {days: sat, hours: \"08:00-20:00\"}}\n"

// loadUses loads files that use the whole pack.
func loadUses(t *testing.T, files ...string) *Set {
	t.Helper()
	sources := []Source{{"packs/whole.yaml", strings.TrimPrefix(wholePack, "\n")}}
	for i, text := range files {
		sources = append(sources, Source{fmt.Sprintf("rules/%d.yaml", i), text})
	}
	set, errs, warnings := Load(sources, testWorld())
	if errs != nil || warnings != nil {
		t.Fatalf("%s%s", errs.Text(), warnings.Text())
	}
	return set
}

func with(values string) string {
	return office + "use:\n  u: {pack: ../packs/whole.yaml, with: {" + values + "}}\n"
}

// A pack does nothing until it is used; each use has rules of its own.
func TestPackIsUsed(t *testing.T) {
	t.Parallel()
	if set := loadUses(t, "rules:\n  r: {if: severity == 1, then: [mitigate]}\n"); len(set.Rules) != 1 {
		t.Errorf("%d rules, want the one that is no pack's", len(set.Rules))
	}
	set := loadUses(t, office+"rules: {x: {if: severity == 1, then: [mitigate]}}\nuse:\n  a.b: {pack: ../packs/whole.yaml}\n  c: {pack: ../packs/whole.yaml, with: {wait: 2m, who: bob}}\n", "silences: [{if: 'true', until: 2027-01-01, rules: [c.ladder]}]\n")
	var names []string
	for _, r := range set.Rules {
		names = append(names, r.Name)
	}
	if diff := cmp.Diff([]string{"x", "a.b.state", "a.b.ladder", "a.b.event", "c.state", "c.ladder", "c.event"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r := set.Rule("c.ladder")
	if diff := cmp.Diff(&Use{Name: "c", File: "rules/0.yaml", Line: 5}, r.Use); diff != "" || r.File != "packs/whole.yaml" || r.Line != 44 {
		t.Errorf("it stands in %s:%d: %s", r.File, r.Line, diff)
	}
	if set.Rule("x").Use != nil {
		t.Error("a rule of the file is of no pack")
	}
	if !set.Silences[0].concerns(r) || set.Silences[0].concerns(set.Rule("a.b.ladder")) {
		t.Error("a silence names the rule of one use")
	}
}

// Every value comes where it is asked for, with its type.
func TestPackValues(t *testing.T) {
	t.Parallel()
	set := loadUses(t, with(`text: 1.10, texts: x, many: 4, weight: 2, yes: true, wait: 90s, limit: 120m, worst: SEV1, who: bob, rotation: secondary, role: owner, channel: C1, which: service == "shop"`))
	r := set.Rule("u.state")
	got := *r
	want := Rule{
		Name: "u.state", Description: "For bob and x", Owner: "bob", Labels: map[string]string{"team": "secondary"}, Shadow: true, File: "packs/whole.yaml", Line: 21,
		Use: &Use{"u", "rules/0.yaml", 3}, For: 90 * time.Second, Every: 2 * time.Hour, Max: 4, Cooldown: 90 * time.Second, Rearm: RearmEpisode, Mode: ModeQueue,
	}
	got.Hash, got.If, got.Then = "", nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	page := r.Then[0]
	if page.Timeout != 90*time.Second || page.Retry != (ifsev.Retry{Attempts: 4, MaxAge: 2 * time.Hour}) || !page.Continue {
		t.Errorf("the step is %+v", page)
	}
	if env := rendered(t, set, &page); env["to"] != "bob" || env["text"] != "1.10" {
		t.Errorf("the page is %v", env)
	}
	wantPost := ifsev.Data{
		"to": "slack", "channel": "C1", "text": "a 1.10 b", "mention": []string{"x"}, "weight": 2, "expires": "1m30s", "blocks": []any{map[string]any{"a": "1.10", "b": 4}},
	}
	if diff := cmp.Diff(wantPost, rendered(t, set, &r.Then[1])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ladder := set.Rule("u.ladder").After
	if len(ladder) != 3 || ladder[1].Delay != 90*time.Second || ladder[1].Steps[0].Place != "after[1m30s][0]" || ladder[2].Delay != 2*time.Hour {
		t.Errorf("the ladder is %+v", ladder)
	}
	if outcome, err := set.Rule("u.ladder").If.Eval(set.words.env(testIncident()), monday); err != nil || outcome.Value {
		t.Errorf("of a SEV2 where SEV1 is wanted: %v, %v", outcome.Value, err)
	}
}

func rendered(t *testing.T, set *Set, s *Step) ifsev.Data {
	t.Helper()
	env := set.words.stepEnv(set.words.env(testIncident()), nil, set.Rules[0], "")
	data, err := s.Args.Render(env, monday)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A value is a value: whatever a text holds, it stays that text, in expressions, in templates and where an argument is
// nothing but it.
func TestNothingIsInjected(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`x" or true or title == "`, `${title}`, `$${title}`, `a ${inputs.who} b`, `${inputs.who}`, "${", "}", `\" or true`, "x\n) or (true", "' or true or '", "#", "inputs.who", "{{title}}", "%s", "$", "$$",
	} {
		set := loadUses(t, with(fmt.Sprintf("text: %q", text)))
		if outcome, err := set.Rule("u.state").If.Eval(set.words.env(testIncident()), monday); err != nil || !outcome.Value {
			t.Errorf("%s: the condition is %v, %v", text, outcome.Value, err)
		}
		inc := testIncident()
		inc.Title = text
		if outcome, err := set.Rule("u.state").If.Eval(set.words.env(inc), monday); err != nil || outcome.Value {
			t.Errorf("%s: the condition for that title is %v, %v", text, outcome.Value, err)
		}
		if got := rendered(t, set, &set.Rule("u.state").Then[0])["text"]; got != text {
			t.Errorf("an argument is %q, want %q", got, text)
		}
		post := rendered(t, set, &set.Rule("u.state").Then[1])
		if got := post["text"]; got != "a "+text+" b" {
			t.Errorf("a template gives %q, want %q within", got, text)
		}
		if got := post["blocks"].([]any)[0].(map[string]any)["a"]; got != text {
			t.Errorf("a deep argument is %q, want %q", got, text)
		}
	}
}

// A condition means what it means in the file it is written in, and the pack's own words mean what they mean there.
func TestConditionOfAUse(t *testing.T) {
	t.Parallel()
	set := loadUses(t, "timezone: Asia/Tokyo\ndefine: {wanted: hour() == 3}\n"+with("which: [wanted, severity == 2]"))
	env := set.words.env(testIncident())
	for _, c := range []struct {
		at   time.Time
		want bool
	}{{monday, false}, {time.Date(2026, 1, 5, 18, 30, 0, 0, time.UTC), true}} {
		outcome, err := set.Rule("u.ladder").If.Eval(env, c.at)
		if err != nil || outcome.Value != c.want {
			t.Errorf("at %v: %v, %v", c.at, outcome.Value, err)
		}
	}
	if outcome, err := set.Rule("u.ladder").If.Eval(env, monday); err != nil || !outcome.Next.Equal(time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("it is looked at again at %v, %v", outcome.Next, err)
	}
}

// A rule keeps its hash over a reload for as long as what it asks for stays the same.
func TestHashOfPackRules(t *testing.T) {
	t.Parallel()
	hashes := func(values string) map[string]string { return loadUses(t, with(values)).Manifest() }
	base := hashes("")
	for values, changed := range map[string]string{
		"wait: 300s": "", "worst: 2": "", "texts: [a, b]": "", "which: 'true'": "", "text: other": "state", "wait: 6m": "ladder state", "worst: 1": "ladder state",
		"which: severity == 1": "ladder state", "texts: [a, c]": "event state", "calendar: shop": "state", "role: owner": "ladder", "many: 9": "state", "channel: C9": "state",
	} {
		var differ []string
		for name, hash := range hashes(values) {
			if hash != base[name] {
				differ = append(differ, strings.TrimPrefix(name, "u."))
			}
		}
		slices.Sort(differ)
		if got := strings.Join(differ, " "); values == "worst: 1" && got == "event ladder state" || got == changed {
			continue // the event rule writes the severity down
		}
		t.Errorf("%s changes %v, want %s", values, differ, changed)
	}
	// What a condition or a calendar means counts as well.
	a := loadUses(t, "define: {ours: severity == 1}\n"+with("which: ours")).Manifest()
	b := loadUses(t, "define: {ours: severity == 2}\n"+with("which: ours")).Manifest()
	if a["u.ladder"] == b["u.ladder"] || a["u.event"] != b["u.event"] {
		t.Error("a named condition that a condition is made of counts for the rules that ask for it, and no others")
	}
	c := loadUses(t, strings.Replace(with(""), "17:00", "18:00", 1)).Manifest()
	if c["u.state"] == base["u.state"] || c["u.ladder"] != base["u.ladder"] {
		t.Error("a calendar counts for the rules that ask for it, and no others")
	}
}

// A set that is kept in a store has its packs with it, wherever the files were.
func TestPacksAreKept(t *testing.T) {
	t.Parallel()
	set := loadUses(t, with("who: bob"))
	files, err := Sources(set.Body())
	if err != nil {
		t.Fatal(err)
	}
	again, errs, _ := Load(files, testWorld())
	if errs != nil {
		t.Fatal(errs.Text())
	}
	if again.Hash != set.Hash || again.Rule("u.state").Hash != set.Rule("u.state").Hash {
		t.Error("the set is another")
	}
}

// PackFiles lists what has to be read beside a file.
func TestPackFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, text string
		want       []string
	}{
		{"rules/a.yaml", "use:\n  a: {pack: ../packs/p.yaml}\n  b: {pack: ../packs/p.yaml}\n  c: {pack: q.yaml}\n  d: {pack: /etc/../srv/r.yaml}\n", []string{"packs/p.yaml", "rules/q.yaml", "/srv/r.yaml"}},
		{"a.yaml", "rules: {}\nuse: {a: {pack: p.yaml}}\n", []string{"p.yaml"}},
		{"a.yaml", "{use: {a: {pack: p.yaml}}}\n", []string{"p.yaml"}},
		{"a.yaml", "pack: p\nuse: {a: {pack: p.yaml}}\n", nil},
		{"a.yaml", "use: [a]\n", nil},
		{"a.yaml", "use:\n  a:\n  b: {pack: [x]}\n  c: {pack: \"\"}\n", nil},
		{"a.yaml", "use: {a: {pack: p.yaml\n", nil},
		{"a.yaml", "rules: {}\n", nil},
	} {
		if diff := cmp.Diff(c.want, PackFiles(Source{c.file, c.text})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

// Whatever is in the files, few of them cannot ask for very much.
func TestHostilePacks(t *testing.T) {
	t.Parallel()
	var uses, rules strings.Builder
	for i := range 900 {
		fmt.Fprintf(&uses, "  u%d: {pack: p.yaml}\n", i)
	}
	for i := range 2000 {
		fmt.Fprintf(&rules, "  r%d: {if: severity == 1 and title contains \"%s\", then: [mitigate]}\n", i, strings.Repeat("x", 200))
	}
	sources := []Source{{"p.yaml", "pack: p\nrules:\n" + rules.String()}, {"a.yaml", "use:\n" + uses.String()}}
	start := time.Now()
	_, errs, _ := Load(sources, testWorld())
	if took := time.Since(start); len(errs) == 0 || len(errs) > 3 || took > 20*time.Second {
		t.Errorf("%d mistakes after %v: %.500s", len(errs), took, errs.Text())
	}
}

// Windows, budgets and schedules take inputs too, and their digests as other steps do.
func TestInputsOfWindowsAndBudgets(t *testing.T) {
	t.Parallel()
	set, errs, warnings := Load([]Source{
		{"p.yaml", `pack: p
inputs:
  by: {type: string, default: tags, values: [tags, service]}
  last: {type: duration, default: 10m}
  many: {type: int, default: 5}
  firings: {type: int, default: 2}
  per: {type: string, default: rule}
  each: {type: bool, default: false}
  at: {type: string, default: "0 9 * * *"}
  who: {type: target, default: alice}
rules:
  storm:
    when: declared
    window: {by: 'inputs.by == "tags" ? tags : [service]', last: "${inputs.last}", count: "${inputs.many}"}
    budget: {firings: "${inputs.firings}", in: "${inputs.last}", per: "${inputs.per}", digest: [{page: "${inputs.who}", text: "${held.count}"}]}
    then: [note: "${inputs.who} ${window.count}"]
  calls:
    when: {schedule: "${inputs.at}", each: "${inputs.each}"}
    budget: {deliveries: "${inputs.many}", in: "${inputs.last}"}
    then: [page: "${inputs.who}"]
`},
		{"r.yaml", "use:\n  a: {pack: p.yaml}\n  b: {pack: p.yaml, with: {last: 1h, many: 7, firings: 3, per: incident, each: true, who: bob}}\n"},
	}, testWorld())
	if len(errs)+len(warnings) > 0 {
		t.Fatal(errs.Text(), warnings.Text())
	}
	type numbers struct {
		Last    time.Duration
		Count   int
		Firings int
		In      time.Duration
		Per     BudgetPer
		Calls   int
		Roll    bool
		Digest  string
	}
	of := func(name string) numbers {
		storm, calls := set.Rule(name+".storm"), set.Rule(name+".calls")
		return numbers{
			storm.Window.Last, storm.Window.Count, storm.Budget.Max, storm.Budget.In, storm.Budget.Per, calls.Budget.Max, calls.Roll, storm.Budget.Digest[0].Args.Text(),
		}
	}
	if got, want := of("a"), (numbers{10 * time.Minute, 5, 2, 10 * time.Minute, PerRule, 5, true, of("a").Digest}); got != want || !strings.Contains(got.Digest, "alice") {
		t.Errorf("%+v", got)
	}
	if got, want := of("b"), (numbers{time.Hour, 7, 3, time.Hour, PerIncident, 7, false, of("b").Digest}); got != want || !strings.Contains(got.Digest, "bob") {
		t.Errorf("%+v", got)
	}
}
