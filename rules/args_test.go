package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
)

// firstStep loads a rule with one step, written as YAML below `- `.
func firstStep(t *testing.T, step string) (*Set, *Step) {
	t.Helper()
	set := mustLoad(t, "rules:\n  r:\n    description: d\n    if: severity == 2\n    then:\n      - "+strings.ReplaceAll(step, "\n", "\n        ")+"\n")
	return set, &set.Rules[0].Then[0]
}

// render renders the first step on the test incident, an hour and a half after it was declared.
func render(t *testing.T, step string) (ifsev.Data, error) {
	t.Helper()
	set, s := firstStep(t, step)
	env := set.words.stepEnv(set.words.env(testIncident()), nil, set.Rules[0], "")
	return s.Args.Render(env, monday.Add(90*time.Minute))
}

func TestRender(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, step string
		want       ifsev.Data
	}{
		{"the short form", "page: secondary", ifsev.Data{"to": "secondary"}},
		{"text beside the action", "page: secondary\ntext: INC-${number}", ifsev.Data{"to": "secondary", "text": "INC-42"}},
		{"a bare word", "mitigate", ifsev.Data{}},
		{"nothing behind the name", "mitigate:", ifsev.Data{}},
		{"text stays as it is written", "note: 1.10", ifsev.Data{"text": "1.10"}},
		{"a literal", "note: a $${b} c", ifsev.Data{"text": "a ${b} c"}},
		{"one text for a list", "add_tags: a", ifsev.Data{"tags": []string{"a"}}},
		{"a list of texts", `add_tags: [a, "b-${severity}", 7]`, ifsev.Data{"tags": []string{"a", "b-2", "7"}}},
		{"a list out of a template", "add_tags: ${tags}", ifsev.Data{"tags": []string{"database", "eu"}}},
		{"a text out of a template for a list", "add_tags: ${service}", ifsev.Data{"tags": []string{"shop"}}},
		{"a number keeps its type", `set: {severity: "${severity - 1}"}`, ifsev.Data{"severity": 1}},
		{"a number becomes text", `set: {title: "${severity}"}`, ifsev.Data{"title": "2"}},
		{"a list becomes text", `set: {title: "${tags}"}`, ifsev.Data{"title": "database, eu"}},
		{"custom fields", `set: {fields.customers: 5, fields.region: eu, fields.budget: 90m, fields.due: 2026-01-05T10:00:00+01:00}`,
			ifsev.Data{"fields.customers": 5, "fields.region": "eu", "fields.budget": "1h30m", "fields.due": "2026-01-05T09:00:00Z"}},
		{"custom fields out of templates", `set: {fields.customers: "${alerts}", fields.budget: "${open_for}", fields.due: "${declared_at}"}`,
			ifsev.Data{"fields.customers": 2, "fields.budget": "1h30m", "fields.due": "2026-01-05T09:00:00Z"}},
		{"a custom field taken away", `set: {fields.region: }`, ifsev.Data{"fields.region": nil}},
		{"fields as a map", `set: {fields: {region: us, customers: "${severity}"}}`, ifsev.Data{"fields": map[string]any{"region": "us", "customers": 2}}},
		{"JSON at any depth", `webhook: {to: status, json: {a: ["x ${severity}", 1, true, null, {b: "${tags}"}], at: "${declared_at}", for: "${open_for}", n: "${1 / 2}"}}`,
			ifsev.Data{"to": "status", "json": map[string]any{
				"a": []any{"x 2", 1, true, nil, map[string]any{"b": []any{"database", "eu"}}}, "at": "2026-01-05T09:00:00Z", "for": "1h30m", "n": 0.5,
			}}},
		{"an empty list and map", `webhook: {to: status, json: {a: [], b: {}}}`, ifsev.Data{"to": "status", "json": map[string]any{"a": []any{}, "b": map[string]any{}}}},
		{"other types", `slack.post: {unfurl: true, expires: 20m, weight: 1.5, count: 3, at: 2026-01-05T09:00:00Z}`,
			ifsev.Data{"unfurl": true, "expires": "20m", "weight": 1.5, "count": 3, "at": "2026-01-05T09:00:00Z"}},
		{"other types out of templates", `slack.post: {unfurl: "${acknowledged}", expires: "${open_for}", weight: "${severity}", count: "${alerts}", at: "${declared_at}"}`,
			ifsev.Data{"unfurl": false, "expires": "1h30m", "weight": 2, "count": 2, "at": "2026-01-05T09:00:00Z"}},
		{"what is unset is left out", `slack.post: {at: "${closed_at}", text: "${fields.master_issue}"}`, ifsev.Data{}},
		{"a block of text", "slack.post:\n  text: |\n    SEV${severity}\n    ${title}\n", ifsev.Data{"text": "SEV2\nDatabase is slow\n"}},
		{"the rule and the address", `note: "${rule.name} ${rule.description} ${url}"`, ifsev.Data{"text": "r d " + incidentURL("https://ifsev.example.com", testIncident())}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := render(t, c.step)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What only shows when a step is done fails that step, and says which argument and why.
func TestRenderErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, step, want string }{
		{"nobody to page", "page: ${owner}", "to: ${owner} is empty, and it must be given"},
		{"severity out of bounds", `set: {severity: "${severity + 9}"}`, "severity: want 1 (the worst) to 5, got 11"},
		{"outside the set", `set: {status: "${title}"}`, `status: "Database is slow" is none of open, mitigated, closed, invalid`},
		{"no duration", `set: {fields.budget: "${title}"}`, `fields.budget: want a duration such as 20m, got "Database is slow"`},
		{"no list", "add_tags: ${filter(tags, it == \"none\")}", "tags: ${filter(tags, it == \"none\")} is empty, and it must be given"},
		{"a division by nothing", `note: "${1 % (severity - 2)}"`, "text: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := render(t, c.step)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%v, %v; want %s", got, err, c.want)
			}
		})
	}
}

// What a step renders looks the same after it was stored.
func TestRenderedArgumentsSurviveJSON(t *testing.T) {
	t.Parallel()
	args, err := render(t, `webhook: {to: status, json: {a: ["x ${severity}", 1.5, "${tags}"], at: "${declared_at}", n: "${severity}"}}`)
	if err != nil {
		t.Fatal(err)
	}
	var back ifsev.Data
	if err := back.UnmarshalJSON(mustJSON(t, args)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(args, back); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// Outputs of earlier steps keep the types their specs promise.
func TestRenderOutputs(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, `
rules:
  r:
    if: severity == 2
    then:
      - {id: issue, webhook: {to: status}}
      - set: {fields.customers: "${steps.issue.status}", title: "${steps.issue.json.name}: ${steps.issue.body}"}
        if: steps.issue.status == 200
`)
	step := set.Rules[0].Then[1]
	outputs := map[string]ifsev.Data{"issue": {"status": 200, "body": "ok", "json": map[string]any{"name": "n"}}}
	env := set.words.stepEnv(set.words.env(testIncident()), outputs, set.Rules[0], "")
	got, err := step.Args.Render(env, monday)
	want := ifsev.Data{"fields.customers": 200, "title": "n: ok"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if v, err := step.If.Eval(env, monday); v != true || err != nil {
		t.Errorf("the step's if is %v, %v", v, err)
	}
	// A step that was skipped or has failed left no outputs.
	env = set.words.stepEnv(set.words.env(testIncident()), nil, set.Rules[0], "")
	if v, err := step.If.Eval(env, monday); v != false || err != nil {
		t.Errorf("without outputs the step's if is %v, %v", v, err)
	}
	got, err = step.Args.Render(env, monday)
	if diff := cmp.Diff(ifsev.Data{"fields.customers": nil, "title": ": "}, got); diff != "" || err != nil {
		t.Errorf("without outputs: %v (-want +got):\n%s", err, diff)
	}
}
