package lang

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	t0  = time.Date(2026, 3, 27, 9, 0, 0, 0, time.UTC)
	ctx = struct{ berlin *time.Location }{zone("Europe/Berlin")}
)

func zone(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return l
}

// incidentVariables is a scope like the one rules will make.
func incidentVariables() []Variable {
	responder := Map(
		Variable{Name: "name", Type: String},
		Variable{Name: "role", Type: String, Values: []string{"lead", "helper"}},
		Variable{Name: "paged_at", Type: Time, Optional: true},
	)
	return []Variable{
		{Name: "number", Type: Int},
		{Name: "severity", Type: Int, Min: 1, Max: 5, Doc: "1 is the worst"},
		{Name: "title", Type: String},
		{Name: "status", Type: String, Values: []string{"open", "mitigated", "closed", "invalid"}},
		{Name: "tags", Type: List(String)},
		{Name: "service", Type: String, Optional: true},
		{Name: "commander", Type: String, Optional: true},
		{Name: "oncalls", Type: List(String), Values: []string{"database", "imoc"}},
		{Name: "responders", Type: List(responder)},
		{Name: "updates", Type: List(Time)},
		{Name: "acknowledged", Type: Bool},
		{Name: "planned", Type: Bool, Optional: true},
		{Name: "score", Type: Float},
		{Name: "declared_at", Type: Time},
		{Name: "severity_changed_at", Type: Time},
		{Name: "acknowledged_at", Type: Time, Optional: true},
		{Name: "closed_at", Type: Time, Optional: true},
		{Name: "deadline", Type: Time, Optional: true},
		{Name: "sla", Type: Duration},
		{Name: "open_for", Type: Duration, Running: &Running{Start: "__open_since", End: "__open_until"}},
		{Name: "fields", Type: Map(
			Variable{Name: "region", Type: String, Optional: true, Values: []string{"eu", "us"}},
			Variable{Name: "customers", Type: Int, Optional: true},
			Variable{Name: "due", Type: Time, Optional: true},
			Variable{Name: "vip", Type: Bool, Optional: true},
		)},
		{Name: "event", Type: Any},
	}
}

func testFunctions() []Function {
	return []Function{
		{
			Name: "oncall_added", Types: []any{(func(string) bool)(nil)}, Reads: []string{"oncalls"}, Constant: true,
			Eval: func(rt *Runtime, args ...any) (any, error) {
				return slices.Contains(rt.Value("oncalls").([]string), args[0].(string)), nil
			},
			Check: func(args []any) (int, error) {
				known, name := []string{"database", "imoc"}, args[0].(string)
				if slices.Contains(known, name) {
					return 0, nil
				}
				return 0, fmt.Errorf("unknown rotation %q, did you mean %s?", name, Nearest(name, known))
			},
		},
		{
			Name: "oncall", Types: []any{(func(string) string)(nil)}, Stepwise: true,
			Eval: func(rt *Runtime, _ ...any) (any, error) {
				week := rt.Now().Unix() / (7 * 24 * 3600)
				rt.Note(time.Unix((week+1)*7*24*3600, 0))
				return [...]string{"alice", "bob"}[week%2], nil
			},
		},
		{
			Name: "explode", Types: []any{(func() bool)(nil)},
			Eval: func(*Runtime, ...any) (any, error) { panic("boom") },
		},
	}
}

func testScope(tb testing.TB, in *time.Location) *Scope {
	tb.Helper()
	s, err := NewScope(incidentVariables(), testFunctions(), map[string]string{
		"active": `status in ["open", "mitigated"]`,
		"major":  "severity <= 2 and active",
	}, in)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func testEnv() Env {
	return Env{
		"number": 42, "severity": 1, "title": "Database is down", "status": "open", "tags": []string{"database", "eu"},
		"service": nil, "commander": nil, "oncalls": []string{"database"}, "acknowledged": false, "planned": nil, "score": 1.5,
		"responders": []any{
			map[string]any{"name": "alice", "role": "lead", "paged_at": t0.Add(time.Minute)},
			map[string]any{"name": "bob", "role": "helper", "paged_at": t0.Add(5 * time.Minute)},
		},
		"updates":     []any{t0.Add(2 * time.Minute), t0.Add(9 * time.Minute)},
		"declared_at": t0, "severity_changed_at": t0.Add(3 * time.Minute), "acknowledged_at": nil, "closed_at": time.Time{},
		"deadline": t0.Add(time.Hour), "sla": 30 * time.Minute, "__open_since": t0, "__open_until": nil,
		"fields": map[string]any{"region": "eu"},
		"event":  map[string]any{"from": 3, "flag": true, "list": []any{"a", 1.0}},
	}
}

func compileCondition(tb testing.TB, s *Scope, src string) *Condition {
	tb.Helper()
	c, err := s.Condition(src)
	if err != nil {
		tb.Fatalf("%s: %v", src, err)
	}
	return c
}

func TestConditionsHold(t *testing.T) {
	t.Parallel()
	s, env, now := testScope(t, ctx.berlin), testEnv(), t0.Add(12*time.Minute+30*time.Second)
	for _, line := range strings.Split(strings.TrimSpace(`
severity == 1 and "database" in tags                    = true
status == "open" and open_for > 20m                     = false
open_for > 12m                                          = true
open_for > "12m"                                        = true
"13m" > open_for                                        = true
open_for >= 12m30s and not (open_for > 12m30s)          = true
tags contains "database"                                = true
tags contains "x" or not (tags contains "eu")           = false
tags not contains "x"                                   = true
major and active                                        = true
any(tags, it == "eu") and any(tags, # == "eu")          = true
all(tags, it matches "^[a-z]+$")                        = true
count(responders, it.role == "lead") == 1               = true
count(responders, .role == "lead") >= 1                 = true
any(responders, any(tags, it == "eu") and .name == "bob") = true
len(filter(responders, since(.paged_at) > 10m)) == 1    = true
1 <= severity <= 3                                      = true
worse_than(2) and at_least(1)                           = true
hour() == 10 and weekday() == "fri"                     = true
between("09:00", "17:00") and not between("17:00", "09:00") = true
between("22:00", "10:30")                               = true
since(acknowledged_at) > 1ms                            = false
since(acknowledged_at) < 1000w                          = false
acknowledged_at < declared_at                           = false
acknowledged_at >= declared_at                          = false
acknowledged_at == declared_at                          = false
acknowledged_at != declared_at                          = false
not (acknowledged_at < declared_at)                     = true
acknowledged_at == nil and closed_at == nil             = true
deadline != nil and until(deadline) < 48m               = true
declared_at + 1h == deadline                            = true
acknowledged_at + 1h < deadline                         = false
commander == "alice" or lower(commander) == "alice"     = false
commander != "alice"                                    = true
commander == nil                                        = true
fields.region == "eu" and fields["region"] == "eu"      = true
fields.customers > 3 or fields.customers + 1 > 3        = false
fields.customers == nil                                 = true
fields.vip or planned                                   = false
not fields.vip and not planned                          = true
fields.vip ? true : false                               = false
default(fields.customers, 7) > 6                        = true
default(commander, "nobody") == "nobody"                = true
tags[5] == "x"                                          = false
tags[0] == "database" and tags[-1] == "eu"              = true
find(responders, .name == "zoe").name == "x"            = false
find(responders, .name == "bob").role == "helper"       = true
event.from == 3 and event.nothing.there == 2            = false
event.flag == true and (event.flag or false)            = true
event.from > 2 and event.from < 10                      = true
"a" in event.list and 1 in event.list                   = true
let x = open_for; x > 10m and x < 15m                   = true
(acknowledged ? 0s : open_for) > 10m                    = true
open_for * 2 > 24m and 2 * open_for > 24m               = true
open_for - 2m > 10m and open_for - sla < 0s             = true
now > declared_at + 10m and now - declared_at > 10m     = true
oncall_added("database") and oncall("database") in ["alice", "bob"] = true
title matches "(?i)DATABASE" and title contains "base"  = true
title startsWith "Data" and title endsWith "down"       = true
slug(title) == "database-is-down"                       = true
join(tags) == "database, eu" and join(tags, "+") == "database+eu" = true
title | lower() | slug() == "database-is-down"          = true
max(1, severity - 1) == 1 and min(3, 2.5) == 2.5        = true
max(sla, 5m) == 30m                                     = true
abs(-3) == 3 and round(2.6) == 3 and floor(score) == 1  = true
severity % 2 == 1 and 7 / 2 == 3.5 and 2 ** 3 == 8      = true
number in 40..50 and not (number in [1, 2])             = true
title[0:8] == "Database"                                = true
score > 1 and score < 2                                 = true
int("12") + 1 == 13 and int("x") == nil                 = true
len(title) > 3 and len(fields.region) == 2              = true
acknowledged == false                                   = true
all([], it == 1) and none(tags, it == "q") and one(tags, it == "eu") = true
first(tags) == "database" and last(split("a,b", ",")) == "b" = true
`), "\n") {
		src, want, _ := strings.Cut(line, "  = ")
		if want == "" {
			i := strings.LastIndex(line, " = ")
			src, want = line[:i], line[i+3:]
		}
		c, err := s.Condition(strings.TrimSpace(src))
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		got, err := c.Eval(env, now)
		if err != nil || fmt.Sprint(got.Value) != strings.TrimSpace(want) {
			t.Errorf("%s: %v %v", src, got.Value, err)
		}
		traced, _, err := c.Trace(env, now)
		if err != nil || traced != got {
			t.Errorf("traced %s: %v %v, untraced %v", src, traced, err, got)
		}
	}
}

func TestMistakesAreExplained(t *testing.T) {
	t.Parallel()
	s := testScope(t, ctx.berlin)
	for _, m := range mistakes {
		_, err := s.Condition(m.src)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: accepted (%v)", m.src, err)
			continue
		}
		if !strings.Contains(err.Error(), m.want) {
			t.Errorf("%s:\n got %v\nwant %s", m.src, err, m.want)
		}
		if m.at != "" && !strings.HasPrefix(string([]rune(m.src)[e.Offset:]), m.at) {
			t.Errorf("%s: points at %q, want %q", m.src, string([]rune(m.src)[e.Offset:]), m.at)
		}
	}
}
