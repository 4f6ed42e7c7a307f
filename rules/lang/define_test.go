package lang

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestDefinesAreCheckedWhereTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, src, want string }{
		{"bad", "severty == 1", "define bad: 1:1: unknown name severty (did you mean severity?)"},
		{"bad", "severity", "define bad: 1:1: this must be true or false"},
		{"bad", "status == \"open\"\n  and statsu == \"open\"", "define bad: 2:7: unknown name statsu (did you mean status?)"},
		{"bad", "bad and true", "the named condition uses itself: bad -> bad"},
		{"bad", "other", "the named condition uses itself"},
		{"severity", "true", "severity is already a variable or a function"},
		{"hour", "true", "hour is already a variable or a function"},
		{"any", "true", "any is already a variable or a function"},
		{"bad", "now", "define bad: 1:1: this must be true or false"},
		{"bad", "max(open_for, 1m) > 2m", "changes every instant"},
		{"bad", strings.Repeat("(", 100), "nested more than 64 deep"},
	} {
		defines := map[string]string{c.name: c.src}
		if c.src == "other" {
			defines["other"] = "bad"
		}
		_, err := NewScope(incidentVariables(), nil, defines, nil)
		var d *DefineError
		var e *Error
		if !errors.As(err, &d) || !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.src, err)
		}
	}
}

func TestDefinesUseOneAnotherAndKeepTheirNames(t *testing.T) {
	t.Parallel()
	s, err := NewScope(incidentVariables(), nil, map[string]string{
		"slow":  "(let x = open_for; x > 20m)",
		"worse": "slow and (let x = severity; x < 3)",
		"led":   `any(responders, it.role == "lead")`,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	env := testEnv()
	// a let of the same name around, and inside a predicate with its own element
	c := compileCondition(t, s, `let x = tags; worse and any(x, it == "eu" and led)`)
	for after, want := range map[time.Duration]bool{20 * time.Minute: false, 21 * time.Minute: true} {
		if out, err := c.Eval(env, t0.Add(after)); err != nil || out.Value != want {
			t.Errorf("after %v: %v %v", after, out, err)
		}
	}
	if got := fmt.Sprint(c.Reads()); got != "[open_for responders severity tags]" || !c.UsesTime() {
		t.Error(got, c.UsesTime())
	}
	if _, err := s.Condition("wrse"); err == nil || !strings.Contains(err.Error(), "did you mean worse?") {
		t.Error(err)
	}
	if _, err := s.Condition("worse()"); err == nil || !strings.Contains(err.Error(), "write it without ( )") {
		t.Error(err)
	}
}

func TestDefinesCannotExplode(t *testing.T) {
	t.Parallel()
	defines := map[string]string{"d00": "severity == 1"}
	for i := 1; i < 40; i++ {
		defines[fmt.Sprintf("d%02d", i)] = fmt.Sprintf("d%02d and d%02[1]d", i-1)
	}
	start := time.Now()
	_, err := NewScope(incidentVariables(), nil, defines, nil)
	if err == nil || !strings.Contains(err.Error(), "too large once its named conditions are put in") {
		t.Error(err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v", took)
	}
}

func TestScopeWithMoreVariables(t *testing.T) {
	t.Parallel()
	s := testScope(t, nil)
	wide := s.With(
		Variable{Name: "event", Type: Map(Variable{Name: "from", Type: Int, Min: 1, Max: 5}, Variable{Name: "by", Type: String})},
		Variable{Name: "steps", Type: Map(Variable{Name: "channel", Type: Map(Variable{Name: "id", Type: String})})},
	)
	for src, want := range map[string]string{
		`event.form == 1`:             "unknown field form (did you mean from?)",
		`event.from == 9`:             "from is a number from 1 to 5",
		`event.by == 1`:               "event.by (text) cannot be compared with 1",
		`steps.chanel.id == "x"`:      "unknown field chanel (did you mean channel?)",
		`steps.channel.idd == "x"`:    "unknown field idd (did you mean id?)",
		`steps.channel == "x"`:        "steps.channel (a record) cannot be compared with",
		`major and event.from > 1`:    "",
		`steps.channel.id == "C0123"`: "",
	} {
		_, err := wide.Condition(src)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", src, err)
		}
	}
	if _, err := s.Condition(`steps.channel.id == "x"`); err == nil {
		t.Error("With changed the scope it was called on")
	}
	if len(wide.Variables()) != len(s.Variables())+1 {
		t.Errorf("%d variables, before %d", len(wide.Variables()), len(s.Variables()))
	}
}

func TestScopeRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	eval := func(*Runtime, ...any) (any, error) { return nil, nil }
	for name, c := range map[string]struct {
		vars  []Variable
		funcs []Function
	}{
		"twice":         {vars: []Variable{{Name: "a"}, {Name: "a"}}},
		"now":           {vars: []Variable{{Name: "now", Type: Time}}},
		"taken":         {vars: []Variable{{Name: "lower"}}},
		"no name":       {funcs: []Function{{Eval: eval, Types: []any{func() bool { return true }}}}},
		"no eval":       {funcs: []Function{{Name: "f", Types: []any{func() bool { return true }}}}},
		"no types":      {funcs: []Function{{Name: "f", Eval: eval}}},
		"not a func":    {funcs: []Function{{Name: "f", Eval: eval, Types: []any{1}}}},
		"nil":           {funcs: []Function{{Name: "f", Eval: eval, Types: []any{nil}}}},
		"without value": {funcs: []Function{{Name: "f", Eval: eval, Types: []any{func() {}}}}},
	} {
		if _, err := NewScope(c.vars, c.funcs, nil, nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestReferenceListings(t *testing.T) {
	t.Parallel()
	s := testScope(t, ctx.berlin)
	if s.Location() != ctx.berlin || s.Variables()[0].Name != "now" {
		t.Error(s.Location(), s.Variables()[0].Name)
	}
	names := map[string]bool{}
	for _, f := range s.Functions() {
		names[f.Name] = true
		if f.Doc == "" && f.Name != "oncall" && f.Name != "oncall_added" && f.Name != "explode" {
			t.Errorf("%s() has no doc", f.Name)
		}
	}
	for _, want := range []string{"since", "until", "hour", "weekday", "between", "slug", "join", "lower", "upper", "default", "min", "max", "abs", "len", "worse_than", "at_least", "oncall"} {
		if !names[want] {
			t.Errorf("%s is not listed", want)
		}
	}
}
