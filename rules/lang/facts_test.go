package lang

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestContradictions(t *testing.T) {
	t.Parallel()
	s := testScope(t, ctx.berlin)
	for _, src := range lines(`
severity == 1 and severity == 3
severity < 2 and severity > 1
severity <= 2 and not (severity < 4)
severity in [1, 2] and severity in 3..5
severity in 1..2 and severity not in [1, 2]
severity < 1.5 and severity > 1
severity == 1.5
not (severity >= 1)
worse_than(2) and severity == 2
severity == 1 and (severity == 2 or severity == 3)
status == "closed" and status == "open"
status == "closed" and active
major and severity == 3
status != "open" and status not in ["mitigated", "closed", "invalid"]
not (status == "open") and status == "open"
title == "a" and title == "b"
title in ["a", "b"] and title == "c"
title == "a" and title != "a"
"db" in tags and not ("db" in tags)
tags contains "db" and "db" not in tags
oncall_added("database") and not oncall_added("database")
acknowledged and not acknowledged
acknowledged == false and acknowledged
(severity == 1) == true and severity == 2
not acknowledged and acknowledged != false
open_for < 5m and open_for > 10m
open_for >= 1h and open_for < 60m
not (open_for < 10m) and open_for < 1h - 55m
20m > open_for and 30m < open_for
since(deadline) > 5m and deadline == nil
acknowledged_at == nil and acknowledged_at != nil
acknowledged_at == nil and since(acknowledged_at) < 5m
acknowledged_at == nil and closed_at - acknowledged_at > 5m
declared_at > deadline and declared_at <= deadline
declared_at < deadline and deadline < declared_at
now < deadline and deadline <= now
fields.region == nil and fields.region == "eu"
fields.region == "us" and fields.region in ["eu"]
fields.customers == nil and fields.customers + 1 > 2
fields.customers > 10 and fields.customers < 3
fields.vip and fields.vip == nil
planned and not (planned == true)
service == nil and service == "shop"
score > 1.5 and score <= 1.5
score == 0 and score < -0.0
score >= 2 and score < 1.9
sla > 1h and sla < 30m
hour() > 23
hour() < 9 and hour() >= 17
weekday() == "sat" and weekday() in ["mon", "tue"]
between("09:00", "17:00") and not between("09:00", "17:00")
any(tags, # == "a") and not any(tags, it == "a")
len(tags) < 0
len(tags) > 3 and len(tags) == 2
severity < number and severity >= 5 and severity == 1
event.to == "a" and event.to == "b"
event.to == nil and event.to == "b"
let x = since(deadline); x > 5m and x < 1m
let s = severity; s == 1 and severity == 2
severity == 1 ? severity == 2 : severity == 1
false
active and false
1 == 2
"a" != "a"
2m < 1m
title startsWith "a" and not (title startsWith "a")
title matches "^a" and not (title matches "^a")
number == number + 1 and not (number == number + 1)
declared_at < declared_at`) {
		if compileCondition(t, s, src).Facts().Possible() {
			t.Errorf("%s: cannot hold, and it is not seen", src)
		}
	}
}

func TestWhatIsPossibleIsNotAContradiction(t *testing.T) {
	t.Parallel()
	s := testScope(t, ctx.berlin)
	for _, src := range lines(`
severity == 1 or severity == 3
severity <= 2 and severity >= 2
status != "open" and status != "closed"
title != "a" and title != "b"
service != "shop" and service == nil
fields.region != "eu" and fields.region == nil
fields.vip != true and fields.vip != false
not planned and planned == nil
open_for > 5m and open_for < 10m
open_for > 5m or open_for < 1m
not (open_for > 5m) and not (open_for <= 5m)
not (since(deadline) > 5m) and deadline == nil
acknowledged_at == nil and since(declared_at) > 5m
declared_at <= deadline and declared_at >= deadline
not (declared_at < deadline) and not (declared_at >= deadline)
any(tags, # == "a") and any(tags, # == "b")
"a" in tags and "b" in tags
event.to != "a" and event.to != 1
event.to == "a" and event.from == "b"
event.flag and event.flag == true
not event.flag and event.to == nil
score != 1 and score != 2
(let x = since(deadline); x > 5m) and (let x = since(declared_at); x < 5m)
any(responders, .role == "lead") and any(responders, .role == "helper")
any(responders, let r = .role; r == "lead")
severity == 1 ? acknowledged : not acknowledged
true`) {
		f := compileCondition(t, s, src).Facts()
		if !f.Possible() {
			t.Errorf("%s: can hold", src)
		}
		if src != "true" && !compileCondition(t, s, src).Otherwise().Possible() {
			t.Errorf("%s: can be false", src)
		}
	}
}

func lines(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

func TestConflictNamesTheParts(t *testing.T) {
	t.Parallel()
	s := testScope(t, ctx.berlin)
	for src, want := range map[string]string{
		`"db" in tags and severity == 1 and acknowledged and severity == 3`: "severity == 1 | severity == 3",
		`major and severity == 3`:                                          "severity <= 2 | severity == 3",
		`open_for > 10m and (status == "open" and open_for < 5m)`:          "open_for > 10m | open_for < 5m",
		`acknowledged and (severity == 1 ? severity == 2 : severity == 1)`: "severity == 1 ? severity == 2 : severity == 1",
		`acknowledged and severity == 1`:                                   "",
		`active and false`:                                                 "false",
	} {
		var texts []string
		for _, p := range compileCondition(t, s, src).Conflict(Always()) {
			texts = append(texts, p.Text)
		}
		if got := strings.Join(texts, " | "); got != want {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
	parts := compileCondition(t, s, `acknowledged and since(deadline) > 5m`).Conflict(IsUnset("deadline"))
	want := []Part{{Text: "since(deadline) > 5m", Offset: 17, Length: 20}}
	if diff := cmp.Diff(want, parts); diff != "" {
		t.Error(diff)
	}
}

func TestFactsAnswer(t *testing.T) {
	t.Parallel()
	s := testScope(t, ctx.berlin)
	f := compileCondition(t, s, `(severity == 1 and status == "open" or severity == 2 and active) and open_for < 10m and "db" in tags`).Facts()
	if lo, hi, ok := f.Bounds("severity"); lo != 1 || hi != 2 || !ok {
		t.Error(lo, hi, ok)
	}
	if words, ok := f.Texts("status"); fmt.Sprint(words) != "[mitigated open]" || !ok {
		t.Error(words, ok)
	}
	if _, hi, ok := f.Bounds("open_for"); time.Duration(hi) != 10*time.Minute-1 || !ok {
		t.Error(hi, ok)
	}
	if _, _, ok := f.Bounds("number"); ok {
		t.Error("number is unbounded")
	}
	if _, ok := f.Texts("title"); ok {
		t.Error("title is unknown")
	}
	if lo, _, ok := f.Bounds(Membership("db", "tags")); lo != 1 || !ok {
		t.Error("the tag is there")
	}
	reads := map[string]string{}
	for _, subject := range f.Subjects() {
		reads[subject.Text] = fmt.Sprint(subject.Reads, subject.Timed)
	}
	want := map[string]string{
		"severity": "[severity] false", "status": "[status] false", "open_for": "[open_for] true", `"db" in tags`: "[tags] false",
	}
	if diff := cmp.Diff(want, reads); diff != "" {
		t.Error(diff)
	}
	still := f.Without(func(s Subject) bool { return s.Timed })
	if _, _, ok := still.Bounds("open_for"); ok {
		t.Error("what is timed is forgotten")
	}
	for _, other := range []Facts{Is("status", "closed"), IsBetween("severity", 3, 5), IsBetween(`"db" in tags`, 0, 0)} {
		if f.And(other).Possible() {
			t.Error("these contradict the facts", other)
		}
	}
	if !f.And(Is("status", "closed").Or(Is("status", "open"))).Possible() || (Facts{}).Possible() || !Always().Possible() {
		t.Error("and, or and the ends")
	}
	event := compileCondition(t, s, `event.from == "open" and event.to != "open"`).Facts()
	if event.And(IsUnset("event.from")).Possible() || !event.And(IsUnset("event.to")).Possible() {
		t.Error("an unset field is not equal to anything, and unequal to everything")
	}
}

// Conditions with more ways than are told apart say less, and never too much.
func TestManyWays(t *testing.T) {
	t.Parallel()
	s := testScope(t, ctx.berlin)
	var all []string
	for i := range 12 {
		all = append(all, fmt.Sprintf(`("a%d" in tags or "b%d" in tags)`, i, i))
	}
	f := compileCondition(t, s, strings.Join(all, " and ")+" and severity == 1").Facts()
	if len(f.ways) > maxWays || !f.Possible() {
		t.Fatal(len(f.ways))
	}
	if _, hi, ok := f.Bounds("severity"); hi != 1 || !ok {
		t.Error("what is common to all ways stays")
	}
}

// atoms are parts of conditions that often contradict one another.
var atoms = lines(`
severity == 1
severity == 3
severity <= 2
severity > 2.5
severity in [1, 4]
severity in 2..3
status == "open"
status != "open"
status in ["open", "closed"]
acknowledged
planned
planned == true
planned != false
planned == nil
"database" in tags
tags contains "x"
len(tags) > 1
service == "shop"
service != "shop"
service == nil
fields.region == "eu"
fields.region != "us"
fields.customers > 5
fields.customers <= 5
fields.customers != 7
fields.vip
score > 1.5
score <= 1
score != 1.5
sla > 20m
sla == 30m
sla != 30m
open_for > 10m
open_for <= 12m
since(deadline) > 5m
since(deadline) <= 10m
until(deadline) > 1m
deadline == nil
acknowledged_at == nil
acknowledged_at > deadline
acknowledged_at <= deadline
acknowledged_at != deadline
now > deadline
deadline >= now
hour() < 12
weekday() == "mon"
between("09:00", "17:00")
any(tags, # == "x")
event.from == "a"
event.from != "b"
event.from == nil
event.flag
number < severity
number >= severity
(let v = severity; v == 1 or v == 2)
(severity == 1 ? acknowledged : service == nil)`)

func randomCondition(r *rand.Rand, depth int) string {
	if depth == 0 {
		return atoms[r.IntN(len(atoms))]
	}
	switch r.IntN(6) {
	case 0:
		return "not (" + randomCondition(r, depth-1) + ")"
	case 1:
		return "(" + randomCondition(r, depth-1) + ") == (" + randomCondition(r, depth-1) + ")"
	case 2:
		return "(" + randomCondition(r, depth-1) + " or " + randomCondition(r, depth-1) + ")"
	}
	return "(" + randomCondition(r, depth-1) + " and " + randomCondition(r, depth-1) + ")"
}

func randomEnv(r *rand.Rand) Env {
	env := testEnv()
	choose := func(name string, options ...any) { env[name] = options[r.IntN(len(options))] }
	at := func() any { return t0.Add(time.Duration(r.IntN(20)) * time.Minute) }
	env["severity"], env["number"] = 1+r.IntN(5), r.IntN(6)
	choose("status", "open", "mitigated", "closed", "invalid")
	choose("acknowledged", true, false)
	choose("planned", nil, true, false)
	choose("tags", []string{}, []string{"database"}, []string{"x"}, []string{"x", "database"})
	choose("service", nil, "shop", "other")
	choose("score", 1.5, 1.0, 2.0, -1.0)
	choose("sla", 20*time.Minute, 30*time.Minute, time.Hour)
	choose("deadline", nil, at(), at())
	choose("acknowledged_at", nil, time.Time{}, at(), at())
	choose("__open_until", nil, at())
	choose("event", map[string]any{"from": "a", "flag": true}, map[string]any{"from": "b"}, map[string]any{"flag": false}, map[string]any{"from": 3})
	fields := map[string]any{}
	for name, options := range map[string][]any{"region": {nil, "eu", "us"}, "customers": {nil, 5, 6, 7}, "vip": {nil, true, false}} {
		if v := options[r.IntN(len(options))]; v != nil {
			fields[name] = v
		}
	}
	env["fields"] = fields
	return env
}

// factsOf is what is known of an environment.
func factsOf(env Env) Facts {
	f := Is("status", env["status"].(string)).And(IsBetween("severity", env["severity"].(int), env["severity"].(int)))
	if service, ok := env["service"].(string); ok {
		f = f.And(Is("service", service))
	} else {
		f = f.And(IsUnset("service"))
	}
	if v, ok := env["fields"].(map[string]any)["customers"].(int); ok {
		f = f.And(IsBetween("fields.customers", v, v))
	} else {
		f = f.And(IsUnset("fields.customers"))
	}
	truth := 0
	for _, tag := range env["tags"].([]string) {
		if tag == "database" {
			truth = 1
		}
	}
	return f.And(IsBetween(Membership("database", "tags"), truth, truth))
}

// Whatever makes a condition true agrees with its facts, and with those of all others that hold then; the same for
// what makes it false.
func TestFactsNeverSayTooMuch(t *testing.T) {
	t.Parallel()
	s := testScope(t, ctx.berlin)
	r := rand.New(rand.NewPCG(7, 11))
	impossible, hits := 0, 0
	for range 1500 {
		a, b := compileCondition(t, s, randomCondition(r, 1+r.IntN(3))), compileCondition(t, s, randomCondition(r, 1+r.IntN(3)))
		facts := map[bool][2]Facts{true: {a.Facts(), b.Facts()}, false: {a.Otherwise(), b.Otherwise()}}
		if !facts[true][0].Possible() || !facts[false][0].Possible() {
			impossible++
		}
		for range 25 {
			env, now := randomEnv(r), t0.Add(time.Duration(r.IntN(60*24*7))*time.Minute)
			x, errX := a.Eval(env, now)
			y, errY := b.Eval(env, now)
			if errX != nil || errY != nil {
				continue
			}
			hits++
			together := facts[x.Value][0].And(facts[y.Value][1]).And(factsOf(env))
			if !together.Possible() {
				t.Fatalf("%s is %v and\n%s is %v at %s with %v;\nthe facts say that this cannot be", a.Source(), x.Value, b.Source(), y.Value, now, env)
			}
		}
	}
	if impossible < 30 || hits < 20_000 {
		t.Errorf("%d conditions with a side that cannot be, %d evaluations: the test shows little", impossible, hits)
	}
}

// The conditions of the test of exact time, with everything that moves.
func TestFactsOfMovingConditions(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 5))
	for range 300 {
		g := newGenerator(r, ctx.berlin, t0, r.IntN(2) == 0)
		src, want := g.condition(3)
		c, err := testScope(t, ctx.berlin).Condition(src)
		if err != nil {
			continue // too large
		}
		yes, no := c.Facts(), c.Otherwise()
		for range 50 {
			now := g.start.Add(time.Duration(r.Int64N(int64(g.horizon))))
			if holds := want(now); holds && !yes.Possible() || !holds && !no.Possible() {
				t.Fatalf("%s is %v at %s; the facts say that it cannot be", src, holds, now)
			}
		}
	}
}

func TestFactsOfExpressions(t *testing.T) {
	t.Parallel()
	s := testScope(t, ctx.berlin)
	e, err := s.Expression("severity == 1 and severity == 2", Bool)
	if err != nil || e.Facts().Possible() {
		t.Error("an expression can be contradictory too", err)
	}
	if e, err = s.Expression("severity + 1", Any); err != nil || !e.Facts().Possible() {
		t.Error("of a number nothing is said", err)
	}
}
