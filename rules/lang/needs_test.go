package lang

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNeeds(t *testing.T) {
	t.Parallel()
	scope, err := NewScope(incidentVariables(), nil, map[string]string{"big": `severity <= 2`, "mine": `"db" in tags and big`}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ source, want string }{
		{`severity == 1 and "db" in tags`, "db in tags"},
		{`"db" in tags and severity == 1`, "db in tags"},
		{`tags contains "db" or service == "shop"`, "db in tags | service [shop]"},
		{`status == "open" and service in ["a", "b"] and open_for > 5m`, "service [a b]"},
		{`status == "open" and open_for > 5m and service == "a"`, "status [open]"},
		{`severity <= 2 and not acknowledged and title contains "x"`, "severity ?"},
		{`not (severity > 2 or acknowledged)`, "severity ?"},
		{`not (severity > 2 and acknowledged)`, "severity ? | acknowledged ?"},
		{`title contains "x" and service == "a"`, "service [a]"},
		{`fields.region == "eu" and severity == 1`, "fields.region [eu]"},
		{`fields.region != "eu"`, "fields.region ?"},
		{`mine and planned`, "db in tags"},
		{`1 < severity and commander == "eve"`, "commander [eve]"},
		{`false and open_for > 5m`, "never"},
		// What may fail or moves comes first: nothing behind it counts.
		{`open_for > 5m and severity == 1`, "nothing"},
		{`title matches "a+" and severity == 1`, "nothing"},
		{`len(tags) > 1 and severity == 1`, "nothing"},
		{`event.x == "a"`, "nothing"},
		{`event.x == "a" and severity == 1`, "nothing"},
		{`let s = severity; s == 1`, "nothing"},
		{`severity == 1 or open_for > 5m`, "nothing"},
		{`not ("db" in tags)`, "nothing"},
		{`any(tags, it == "db")`, "nothing"},
		{`acknowledged ? severity == 1 : severity == 2`, "nothing"},
		{`deadline > declared_at`, "nothing"},
	} {
		c, err := scope.Condition(tc.source)
		if err != nil {
			t.Fatal(err)
		}
		if got := described(c); got != tc.want {
			t.Errorf("%s needs %s, want %s", tc.source, got, tc.want)
		}
	}
}

func described(c *Condition) string {
	needs, known := c.Needs()
	if !known {
		return "nothing"
	}
	var all []string
	for i := range needs {
		n := &needs[i]
		about := strings.TrimSuffix(n.Base+"."+n.Field, ".")
		words, few := n.Words()
		switch {
		case n.member:
			all = append(all, words[0]+" in "+about)
		case few:
			all = append(all, about+" "+fmt.Sprint(words))
		default:
			all = append(all, about+" ?")
		}
	}
	if len(all) == 0 {
		return "never"
	}
	return strings.Join(all, " | ")
}

// Where none of its needs is met, a condition is false, without an error and whatever time does.
func TestWithoutItsNeedsNothingHolds(t *testing.T) {
	t.Parallel()
	scope, err := NewScope(incidentVariables(), nil, map[string]string{"big": `severity <= 2 or service == "a"`}, nil)
	if err != nil {
		t.Fatal(err)
	}
	looked, skipped := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		source := anyBool(rt, 4)
		c, err := scope.Condition(source)
		if err != nil {
			rt.Fatalf("%s: %v", source, err)
		}
		needs, known := c.Needs()
		for range 6 {
			env := anyEnv(rt)
			met := slices.ContainsFunc(needs, func(n Need) bool { return n.Met(env) })
			if looked++; !known || met {
				continue
			}
			skipped++
			if got, err := c.Eval(env, needsNow); err != nil || got != (Outcome{}) {
				rt.Fatalf("%s needs %s, and with %v it is %+v, %v", source, described(c), env, got, err)
			}
		}
	})
	if skipped*5 < looked {
		t.Errorf("only %d of %d were decided by what the condition needs", skipped, looked)
	}
}

var needsNow = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// anyBool draws a condition of parts of all sorts: plain ones, ones that move with time, ones that fail.
func anyBool(rt *rapid.T, depth int) string {
	kind := "part"
	if depth > 0 {
		kind = rapid.SampledFrom([]string{"and", "and", "or", "not", "part"}).Draw(rt, "kind")
	}
	switch kind {
	case "not":
		return "not (" + anyBool(rt, depth-1) + ")"
	case "and", "or":
		return "(" + anyBool(rt, depth-1) + " " + kind + " " + anyBool(rt, depth-1) + ")"
	}
	return rapid.SampledFrom([]string{
		"severity == 1", "severity != 2", "severity <= 2", "3 > severity", "severity == 2.5", "severity in [1, 3]", "severity in 1..2", "big",
		`status == "open"`, `status != "open"`, `status in ["open", "closed"]`, `not (status in ["open"])`, `service == "a"`, `service != "a"`,
		`"a" == service`, `service == ""`, `service == nil`, `service in ["a", "b"]`, `service == commander`, `commander < "b"`, `title == "x"`, `title startsWith "x"`,
		`title contains "y"`, `"db" in tags`, `tags contains "eu"`, `not ("db" in tags)`, `title in tags`, `"imoc" in oncalls`, "acknowledged",
		"acknowledged == false", "planned", "not planned", "planned == true", "score > 1.5", "score == 2", "score != 2", "score <= 0", `fields.region == "eu"`,
		`fields.region != "eu"`, `fields["region"] == "us"`, "fields.customers > 3", "fields.customers != 3", "fields.vip", "not fields.vip", "true", "false",
		"open_for > 5m", "deadline > declared_at", "since(declared_at) > 1h", "now > declared_at", "sla == 1h", "deadline == nil",
		`title matches "a+"`, `title matches "(a{0,100}){0,2}b"`, `any(tags, it == "db")`, "len(tags) > 1", `event.x == "a"`, "event.x > 3", "(event.flag and true)", `event == "a"`,
		"number % 2 == 1", "number / 2 > 1", "-severity < -2", "acknowledged ? severity == 1 : severity == 2",
	}).Draw(rt, "part")
}

func anyEnv(rt *rapid.T) Env {
	one := func(name string, values ...any) any { return rapid.SampledFrom(values).Draw(rt, name) }
	env := Env{
		"number": one("number", 0, 7), "severity": one("severity", 1, 2, 3, 4, 5), "title": one("title", "x", "xy", "", strings.Repeat("a", 9000)),
		"status": one("status", "open", "mitigated", "closed", "neither"), "tags": one("tags", []string(nil), []string{}, []string{"db"}, []string{"eu", "db", "x"}),
		"service": one("service", nil, "", "a", "b"), "commander": one("commander", nil, "a", "eve"), "oncalls": one("oncalls", []string{}, []string{"imoc"}),
		"responders": []any{}, "updates": []any{}, "acknowledged": one("acknowledged", true, false), "planned": one("planned", nil, true, false),
		"score": one("score", 0.0, math.Copysign(0, -1), 2.0, 1.75, math.NaN(), math.Inf(1)), "declared_at": needsNow.Add(-time.Hour), "severity_changed_at": needsNow,
		"deadline": one("deadline", nil, time.Time{}, needsNow.Add(time.Hour)), "sla": time.Hour, "__open_since": one("open", nil, needsNow.Add(-time.Minute)),
		"event": one("event", nil, "a", map[string]any{"x": "a"}, map[string]any{"x": 4, "flag": "no"}, 3),
	}
	fields := map[string]any{}
	for name, v := range map[string]any{"region": one("region", nil, "eu", "asia"), "customers": one("customers", nil, 3, 4), "vip": one("vip", nil, true, false)} {
		if v != nil {
			fields[name] = v
		}
	}
	env["fields"] = fields
	return env
}

// Values of a type that was not declared may be anything to a need: the condition is then asked itself.
func TestNeedsAreMetByWhatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	scope, err := NewScope(incidentVariables(), nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{`service == "a"`, "severity == 1", "acknowledged", "score > 1.5", `"db" in tags`, "fields.vip"} {
		c, err := scope.Condition(source)
		if err != nil {
			t.Fatal(err)
		}
		needs, _ := c.Needs()
		for _, v := range []any{[]any{"db"}, map[string]any{"vip": time.Hour}, int64(7), time.Hour} {
			env := Env{"service": v, "severity": v, "acknowledged": v, "score": v, "tags": v, "fields": v}
			if _, isMap := v.(map[string]any); !isMap && strings.HasPrefix(source, "fields") {
				continue
			}
			if !needs[0].Met(env) {
				t.Errorf("%s is not met by %v", source, v)
			}
		}
	}
}

func BenchmarkNeeds(b *testing.B) {
	scope, err := NewScope(incidentVariables(), nil, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	source := "severity == 1" + strings.Repeat(` and title != "x"`, 120)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := scope.Condition(source); err != nil {
			b.Fatal(err)
		}
	}
}
