package lang

import (
	"strings"
	"testing"
	"time"
)

// contractScope has the variables of design page "The rule language", with its functions as far as others make them.
func contractScope(t *testing.T) *Scope {
	t.Helper()
	text, when := func(name string) Variable { return Variable{Name: name, Type: String, Optional: true} }, func(name string) Variable {
		return Variable{Name: name, Type: Time, Optional: true}
	}
	whole := func(name string) Variable { return Variable{Name: name, Type: Int} }
	words := func(name string) Variable { return Variable{Name: name, Type: List(String)} }
	flag := func(name string) Variable { return Variable{Name: name, Type: Bool} }
	yes := func(*Runtime, ...any) (any, error) { return true, nil }
	s, err := NewScope([]Variable{
		text("id"), whole("number"), text("key"), text("title"), text("description"),
		{Name: "severity", Type: Int, Min: 1, Max: 5},
		{Name: "status", Type: String, Values: []string{"open", "mitigated", "closed", "invalid"}},
		words("tags"), text("source"), text("service"), {Name: "fields", Type: Map(text("master_issue"))},
		text("commander"), text("owner"), words("responders"), {Name: "roles", Type: Map(text("imoc"))}, words("oncalls"), words("subscribers"),
		flag("acknowledged"), flag("planned"), whole("alerts"), whole("firing_alerts"), flag("postmortem"), whole("tasks_open"),
		when("declared_at"), when("acknowledged_at"), when("mitigated_at"), when("closed_at"), when("reopened_at"), when("severity_changed_at"),
		when("last_update_at"), when("last_activity_at"), {Name: "open_for", Type: Duration, Running: &Running{Start: "__since", End: "__until"}},
	}, []Function{
		{Name: "oncall_added", Types: []any{(func(string) bool)(nil)}, Eval: yes},
		{Name: "oncall", Types: []any{(func(string) string)(nil)}, Eval: func(*Runtime, ...any) (any, error) { return "alice", nil }, Stepwise: true},
	}, map[string]string{
		"active": `status in ["open", "mitigated"]`,
		"major":  "severity <= 2 and active",
	}, ctx.berlin)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryConditionOfTheContractCompiles(t *testing.T) {
	t.Parallel()
	s := contractScope(t)
	for _, src := range []string{
		`severity == 1 and "database" in tags`,
		`oncall_added("database") and status == "open" and open_for > 20m`,
		`major and not acknowledged`,
		`severity == 1 and active`,
		`major and since(last_update_at) >= 30m`,
		`severity >= 3 and active and between("09:00", "17:30") and weekday() not in ["sat", "sun"]`,
		`severity == 5 and active and since(last_activity_at) >= 24h`,
		`status == "closed" and since(closed_at) < 1h`,
		`status == "closed" and severity <= 2 and not postmortem and now >= closed_at + 5d`,
		`oncall("database") != commander and commander in responders`,
		`worse_than(2) or at_least(2)`,
		`fields.master_issue == nil or roles.imoc == "alice"`,
		`tags contains "a" and any(tags, it == "b") and count(tags, it != "c") > 1`,
	} {
		if _, err := s.Condition(src); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
	wide := s.With(
		Variable{Name: "event", Type: Map(Variable{Name: "from", Type: Int}, Variable{Name: "to", Type: Int}, Variable{Name: "by", Type: String})},
		Variable{Name: "steps", Type: Map(
			Variable{Name: "channel", Type: Map(Variable{Name: "id", Type: String})},
			Variable{Name: "issue", Type: Map(Variable{Name: "key", Type: String})},
		)},
		Variable{Name: "error", Type: Map(Variable{Name: "message", Type: String})},
		Variable{Name: "rule", Type: String}, Variable{Name: "url", Type: String},
	)
	for _, src := range []string{
		"${max(1, severity - 1)}", "inc-${number}-${slug(title)}", "${steps.channel.id}", "SEV${severity} ${title}\n", "[INC-${number}] ${title}",
		"${steps.issue.key}", "INC-${number} went from SEV${event.from} to SEV${event.to}", "No update for ${since(last_update_at)}",
		"Status page refused: ${error.message}", "${rule}: ${url}", "${title} (open for ${open_for})",
	} {
		if _, err := wide.Template(src); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
}

// TestTheCommonExample: if the on-call is there and it has been open over 20 minutes, raise the severity.
func TestTheCommonExample(t *testing.T) {
	t.Parallel()
	s := contractScope(t)
	env := Env{"severity": 2, "status": "open", "__since": t0}
	c := compileCondition(t, s, `oncall_added("database") and status == "open" and open_for > 20m`)
	at, found, err := c.NextFlip(env, t0, t0.Add(24*time.Hour))
	if want := t0.Add(20*time.Minute + 1); err != nil || !found || !at.Equal(want) {
		t.Fatalf("%v %v %v, want %v", at, found, err, want)
	}
	for when, want := range map[time.Time]bool{at.Add(-1): false, at: true} {
		if out, err := c.Eval(env, when); err != nil || out.Value != want {
			t.Errorf("%v: %v %v", when, out, err)
		}
	}
	raise, err := s.Expression("max(1, severity - 1)", Int)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := raise.Eval(env, at); err != nil || v != 1 {
		t.Error(v, err)
	}
}

// TestOrdinaryWorkIsNotStopped: the limits are for what nobody means. This is more than anybody does.
func TestOrdinaryWorkIsNotStopped(t *testing.T) {
	t.Parallel()
	s, env := testScope(t, ctx.berlin), testEnv()
	var responders []any
	var tags []string
	for range 300 {
		responders = append(responders, map[string]any{"name": "alice of the database team", "role": "helper", "paged_at": t0})
		tags = append(tags, "some-longer-tag-of-a-service")
	}
	env["responders"], env["tags"], env["oncalls"] = responders, tags, tags[:100]
	env["title"] = strings.Repeat("connection refused by upstream 10.0.0.1 at 09:00, ", 400) // 20 kB
	for _, src := range []string{
		`any(responders, it.role == "lead" and since(it.paged_at) > 5m and lower(it.name) contains "bob") or severity == 1`,
		`all(tags, it in oncalls or it startsWith "some")`,
		`none(responders, any(oncalls, it == "database"))`,
		`not (title matches "(?i)time.?out") and not (title matches "^ERROR|FATAL") and not (title matches "\\bdisk (full|error)\\b")`,
		`not (title matches "panic: .*") and lower(title) contains "refused" and upper(title) contains "REFUSED" and len(title) > 5`,
		`len(filter(responders, it.name matches "(?i)database")) == 300`,
		`severity in [` + strings.Repeat("1, 2, 3, ", 100) + `1]`,
		strings.Repeat(`status == "closed" or `, 110) + "true",
	} {
		if out, err := compileCondition(t, s, src).Eval(env, t0.Add(time.Hour)); err != nil || !out.Value {
			t.Errorf("%.80s: %v %v", src, out.Value, err)
		}
	}
	tpl, err := s.Template("${title}: ${join(map(responders, it.name))} ${join(tags, \" \")} ${replace(title, \"refused\", \"denied\")}")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := tpl.Render(env, t0); err != nil || len(v.(string)) < 50_000 {
		t.Errorf("%d bytes, %v", len(v.(string)), err)
	}
}
