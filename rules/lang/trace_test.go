package lang

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func traceText(t *testing.T, s *Scope, src string, env Env, now time.Time) string {
	t.Helper()
	_, atoms, err := compileCondition(t, s, src).Trace(env, now)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, a := range atoms {
		if a.Evaluated {
			fmt.Fprintf(&b, "%s = %s\n", a.Text, a.Value)
		} else {
			fmt.Fprintf(&b, "%s not evaluated%s\n", a.Text, a.Value)
		}
	}
	return b.String()
}

func TestTraceTellsTheValueOfEveryPart(t *testing.T) {
	t.Parallel()
	s, env, now := testScope(t, ctx.berlin), testEnv(), t0.Add(12*time.Minute+30*time.Second)
	for src, want := range map[string]string{
		`status == "open" and open_for > 20m or not acknowledged`: `
status == "open" = true
status = "open"
open_for > 20m = false
open_for = 12m30s
acknowledged = false
`,
		`acknowledged and open_for > 1h30m`: `
acknowledged = false
open_for > 1h30m not evaluated
open_for not evaluated
`,
		`tags  contains 'eu' and worse_than(3)`: `
tags contains "eu" = true
tags = ["database", "eu"]
worse_than(3) = true
severity = 1
`,
		`major`: `
major = true
severity <= 2 = true
severity = 1
active = true
status = "open"
`,
		`any(responders, it.role == "helper" and since(it.paged_at) >= 7m)`: `
any(responders, it.role == "helper" and since(it.paged_at) >= 7m) = true
responders = [name: alice, paged_at: 2026-03-27T10:01:00+01:00, role: lead, name: bob, paged_at: 2026-03-27T10:05:00+01:00, role: helper]
it.role == "helper" = false, true
it.role = "lead", "helper"
since(it.paged_at) >= 7m = true
since(it.paged_at) = 7m30s
it.paged_at = 2026-03-27T10:05:00+01:00
`,
		`fields.customers > 3 or (let x = since(declared_at) * 2; x > 20m)`: `
fields.customers > 3 = false
fields.customers = nil
since(declared_at) * 2 = 25m
since(declared_at) = 12m30s
declared_at = 2026-03-27T10:00:00+01:00
x > 20m = true
x = 25m
`,
		`between("09:00", "17:00") and (severity + 1) * 2 == 4`: `
between("09:00", "17:00") = true
(severity + 1) * 2 == 4 = true
(severity + 1) * 2 = 4
severity + 1 = 2
severity = 1
`,
	} {
		if got := traceText(t, s, src, env, now); got != want[1:] {
			t.Errorf("%s:\n%s\nwant%s", src, got, want)
		}
	}
}

func TestTraceIsBounded(t *testing.T) {
	t.Parallel()
	s, env := testScope(t, nil), testEnv()
	tags := make([]string, 5000)
	for i := range tags {
		tags[i] = strings.Repeat("é", 300)
	}
	env["tags"] = tags
	_, atoms, err := compileCondition(t, s, `all(tags, it != "x")`).Trace(env, t0)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range atoms {
		if len(a.Value) > 12*(maxWritten+5) {
			t.Errorf("%s has %d bytes", a.Text, len(a.Value))
		}
	}
}

func TestTraceOfAFailureTellsHowFarItCame(t *testing.T) {
	t.Parallel()
	s, env := testScope(t, nil), testEnv()
	env["fields"] = map[string]any{"customers": "many"}
	_, atoms, err := compileCondition(t, s, `severity == 1 and fields.customers > 3`).Trace(env, t0)
	if err == nil || len(atoms) == 0 || atoms[0].Value != "true" || atoms[2].Evaluated {
		t.Errorf("%v %+v", err, atoms)
	}
}
