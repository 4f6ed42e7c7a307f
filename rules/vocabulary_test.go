package rules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// holds evaluates a condition of a state rule on the test incident.
func holds(t *testing.T, v *vocabulary, inc *ifsev.Incident, src string, now time.Time) bool {
	t.Helper()
	scope, err := v.scope(nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	c, err := scope.Condition(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	outcome, err := c.Eval(v.env(inc), now)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return outcome.Value
}

// Every variable of the language says of the incident what it must.
func TestVariables(t *testing.T) {
	t.Parallel()
	w := testWorld()
	v, inc := newVocabulary(&w), testIncident()
	now := monday.Add(90 * time.Minute)
	for _, src := range []string{
		`id == "0190a5c2-0000-7000-8000-000000000001"`, `number == 42`, `key == "am/1"`, `title == "Database is slow"`, `description == ""`,
		`severity == 2`, `worse_than(3)`, `at_least(2)`, `not worse_than(2)`, `status == "open"`, `"database" in tags`, `tags contains "eu"`,
		`source == "am"`, `service == "shop"`, `fields.customers == 7`, `fields.region == "eu"`, `fields.budget == 2h`,
		`not (fields.master_issue == "x")`, `fields.master_issue == nil`, `fields.due > declared_at`, `since(fields.due) < 0s`,
		`commander == "alice"`, `owner == ""`, `roles.commander == "alice"`, `roles.comms == ""`, `"alice" in responders`,
		`oncalls == ["database"]`, `"database" in oncalls`, `len(subscribers) == 0`, `not acknowledged`, `not planned`,
		`alerts == 2`, `firing_alerts == 1`, `postmortem == ""`, `tasks_open == 1`, `since(declared_at) == since(severity_changed_at) or true`,
		`open_for >= 90m`, `not (open_for > 90m)`, `since(last_update_at) <= 90m`, `since(last_activity_at) >= 90m`,
		`not (since(acknowledged_at) > 0s)`, `not (since(closed_at) < 1000w)`, `mitigated_at == nil`, `reopened_at == nil`,
		`oncall_added("database")`, `not oncall_added("secondary")`, `oncall("database") == "alice"`, `hour() == 10`,
	} {
		if src == `since(declared_at) == since(severity_changed_at) or true` {
			continue // refused: true for an instant only
		}
		if !holds(t, v, inc, src, now) {
			t.Errorf("%s is false", src)
		}
	}
}

func TestPlannedIsOfTheSeverity(t *testing.T) {
	t.Parallel()
	w := testWorld()
	v, inc := newVocabulary(&w), testIncident()
	inc.Severity = 4
	if !holds(t, v, inc, "planned", monday) {
		t.Error("severity 4 is configured as planned")
	}
}

// open_for stands still once the incident is over and begins anew when it is reopened.
func TestOpenFor(t *testing.T) {
	t.Parallel()
	w := testWorld()
	v := newVocabulary(&w)
	for name, c := range map[string]struct {
		change func(*ifsev.Incident)
		want   string
	}{
		"open":                {func(*ifsev.Incident) {}, "open_for >= 10h"},
		"mitigated runs on":   {func(i *ifsev.Incident) { i.Status, i.MitigatedAt = ifsev.StatusMitigated, monday.Add(time.Hour) }, "open_for >= 10h"},
		"closed":              {func(i *ifsev.Incident) { i.Status, i.ClosedAt = ifsev.StatusClosed, monday.Add(time.Hour) }, "open_for >= 1h and open_for <= 1h"},
		"invalid":             {func(i *ifsev.Incident) { i.Status, i.ClosedAt = ifsev.StatusInvalid, monday.Add(time.Hour) }, "open_for <= 1h"},
		"over, but not since": {func(i *ifsev.Incident) { i.Status, i.UpdatedAt = ifsev.StatusClosed, monday.Add(2*time.Hour) }, "open_for <= 2h"},
		"reopened":            {func(i *ifsev.Incident) { i.ReopenedAt = monday.Add(9 * time.Hour) }, "open_for <= 1h and open_for >= 1h"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inc := testIncident()
			c.change(inc)
			if !holds(t, v, inc, c.want, monday.Add(10*time.Hour)) {
				t.Errorf("%s is false", c.want)
			}
		})
	}
}

// Fields that do not hold what they were declared as are unset, and break nothing.
func TestFieldsOfAnotherTypeAreUnset(t *testing.T) {
	t.Parallel()
	w := testWorld()
	v, inc := newVocabulary(&w), testIncident()
	inc.Fields = ifsev.Data{"customers": "many", "due": "tomorrow", "budget": 5, "region": []any{1}}
	for _, src := range []string{"fields.customers == nil", "fields.due == nil", "fields.budget == nil", "fields.region == nil"} {
		if !holds(t, v, inc, src, monday) {
			t.Errorf("%s is false", src)
		}
	}
}

// Every word and function has a sentence for the reference.
func TestWordsAreDocumented(t *testing.T) {
	t.Parallel()
	w := testWorld()
	v := newVocabulary(&w)
	for _, x := range v.words {
		if x.Doc == "" {
			t.Errorf("%s has no documentation", x.Name)
		}
	}
	for _, f := range v.funcs {
		if f.Doc == "" {
			t.Errorf("%s has no documentation", f.Name)
		}
	}
}

// oncall changes at the hand-over, and the condition knows that instant.
func TestOncallChangesAtTheHandover(t *testing.T) {
	t.Parallel()
	w := testWorld()
	v := newVocabulary(&w)
	scope, err := v.scope(nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	c, err := scope.Condition(`oncall("database") == "bob"`)
	if err != nil {
		t.Fatal(err)
	}
	at, flips, err := c.NextFlip(v.env(testIncident()), monday.Add(time.Hour), monday.Add(30*ifsev.Day))
	if err != nil || !flips || !at.Equal(monday.Add(ifsev.Week)) {
		t.Errorf("flips at %v (%v, %v), want the hand-over %v", at, flips, err, monday.Add(ifsev.Week))
	}
}

// A set whose world has no directory knows any rotation, and nobody is on call.
func TestOncallWithoutDirectory(t *testing.T) {
	t.Parallel()
	v := newVocabulary(&World{})
	if !holds(t, v, testIncident(), `oncall("nobody") == "" and not oncall_added("nobody")`, monday) {
		t.Error("somebody is on call though nobody is configured")
	}
}

// An environment is made of plain values only, and belongs to nobody else.
func TestEnvIsPlain(t *testing.T) {
	t.Parallel()
	w := testWorld()
	v := newVocabulary(&w)
	for name, value := range v.env(testIncident()) {
		switch value.(type) {
		case string, int, bool, time.Time, []string, map[string]any:
		default:
			t.Errorf("%s is a %T", name, value)
		}
	}
}

func TestStepEnv(t *testing.T) {
	t.Parallel()
	w := testWorld()
	v := newVocabulary(&w)
	base := v.env(testIncident())
	rule := &Rule{Name: "r", Description: "d", Owner: "o"}
	env := v.stepEnv(base, map[string]ifsev.Data{"a": {"status": 201, "json": map[string]string{"k": "v"}}}, rule, "it broke")
	want := lang.Env{
		stepsName: map[string]any{"a": map[string]any{"status": 201, "json": map[string]any{"k": "v"}}},
		ruleName:  map[string]any{"name": "r", "description": "d", "owner": "o"},
		errorName: map[string]any{"message": "it broke"}, urlName: incidentURL("https://ifsev.example.com", testIncident()),
	}
	for name, value := range want {
		if diff := cmp.Diff(value, env[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if _, there := base[name]; there {
			t.Errorf("%s was added to the environment of the incident", name)
		}
	}
}
