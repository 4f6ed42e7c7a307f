package lang

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// packInputs are inputs of every type; without values where open.
func packInputs(open bool) []Input {
	in := []Input{
		{Variable: Variable{Name: "worst", Type: Int, Min: 1, Max: 5}, Value: 2},
		{Variable: Variable{Name: "share", Type: Float}, Value: 0.5},
		{Variable: Variable{Name: "strict", Type: Bool}, Value: true},
		{Variable: Variable{Name: "status", Type: String, Values: []string{"open", "mitigated"}}, Value: "open"},
		{Variable: Variable{Name: "rotation", Type: String}, Value: "database"},
		{Variable: Variable{Name: "evil", Type: String}, Value: `x" or true or title == "`},
		{Variable: Variable{Name: "pattern", Type: String}, Value: "^Data"},
		{Variable: Variable{Name: "wait", Type: Duration}, Value: 20 * time.Minute},
		{Variable: Variable{Name: "tags", Type: List(String)}, Value: []string{"database", "x"}},
		{Variable: Variable{Name: "which", Type: Bool}, Condition: `major and any(tags, it == "database")`},
	}
	if open {
		for i := range in {
			in[i].Value, in[i].Condition = nil, ""
		}
	}
	return in
}

func packScope(t *testing.T, open bool, defines map[string]string) (*Scope, error) {
	t.Helper()
	// What the user and the pack call major are two things, and the pack does not know what is the user's alone.
	outer, err := NewScope(incidentVariables(), testFunctions(), map[string]string{"major": "severity <= 2", "users": "true"}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return outer.WithInputs(packInputs(open), defines)
}

// An input is a constant of its type; a text of it is never read as part of the expression.
func TestInputsAreConstants(t *testing.T) {
	t.Parallel()
	s, err := packScope(t, false, map[string]string{"major": "severity <= inputs.worst and inputs.which", "late": "open_for >= inputs.wait"})
	if err != nil {
		t.Fatal(err)
	}
	env := testEnv()
	env["severity"], env["title"], env["tags"], env["status"] = 2, "Database is slow", []string{"database"}, "open"
	env["__open_since"], env["__open_until"], env["score"] = t0, time.Time{}, 0.75
	for src, want := range map[string]bool{
		"severity <= inputs.worst": true, "severity < inputs.worst": false, "score > inputs.share": true, "inputs.strict": true,
		"status == inputs.status": true, "oncall(inputs.rotation) != nil": true, "title == inputs.evil": false, "title != inputs.evil": true,
		"inputs.evil contains \"or true\"": true, "title matches inputs.pattern": true, "any(tags, it in inputs.tags)": true, "len(inputs.tags) == 2": true,
		"inputs.which": true, "major": true, "not inputs.which": false, "inputs?.strict": true, "since(declared_at) > inputs.wait * 2": false,
	} {
		c, err := s.Condition(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got, err := c.Eval(env, t0); err != nil || got.Value != want {
			t.Errorf("%s: %v, %v; want %v", src, got.Value, err, want)
		}
	}
	late, err := s.Condition("late")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := late.Eval(env, t0); err != nil || !got.Next.Equal(t0.Add(20*time.Minute)) {
		t.Errorf("it changes at %v, %v", got.Next, err)
	}
	if reads := late.Reads(); strings.Join(reads, " ") != "open_for" {
		t.Errorf("it reads %v", reads)
	}
	text, err := s.Template("${inputs.evil}, ${inputs.wait}")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := text.Render(env, t0); err != nil || got != `x" or true or title == ", 20m` {
		t.Errorf("got %v, %v", got, err)
	}
}

// Open inputs stand for any value of their type: nothing is wrong that a value could make right, and what no value makes
// right is.
func TestOpenInputs(t *testing.T) {
	t.Parallel()
	s, err := packScope(t, true, map[string]string{"major": "severity <= inputs.worst and inputs.which"})
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{
		"severity < inputs.worst", "status == inputs.rotation", "oncall(inputs.rotation) == commander", "title matches inputs.pattern", "open_for > inputs.wait",
		"between(inputs.rotation, \"17:00\")", "any(inputs.tags, it in tags)", "fields.region == inputs.rotation", "major and inputs.strict",
	} {
		if _, err := s.Condition(src); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
	for src, want := range map[string]string{
		"severity <= inputs.worts":     "1:20: unknown input worts (did you mean worst?)",
		"severity <= inputs.status":    "cannot be compared with",
		"open_for == inputs.wait":      "for one nanosecond",
		"inputs.worst":                 "must be true or false",
		"inputs.status == \"closed\"":  "is one of open, mitigated",
		"inputs.worst <= 9":            "a number from 1 to 5",
		"len(inputs) > 0":              "inputs is read by its names",
		"severity == inputs[title]":    "inputs is read by its names",
		"users":                        "unknown name users",
		"let inputs = 1; inputs == 1":  "already a name",
		"severity <= inputs.worst or)": "unexpected",
	} {
		var mistake *Error
		if _, err := s.Condition(src); !errors.As(err, &mistake) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", src, err, want)
		}
	}
}

// What values bring about is found once they are there.
func TestValuesOfInputsAreChecked(t *testing.T) {
	t.Parallel()
	s, err := packScope(t, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	for src, want := range map[string]string{
		"status == inputs.rotation":         `status is never "database"`,
		"between(inputs.evil, \"17:00\")":   "time of day",
		"severity > 4 and number == inputs": "inputs is read by its names",
	} {
		if _, err := s.Condition(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", src, err, want)
		}
	}
	if _, err := packScope(t, false, map[string]string{"a": "severity <= inputs.nothing"}); err == nil || !strings.Contains(err.Error(), "define a: ") {
		t.Errorf("a broken named condition: %v", err)
	}
	broken := []Input{{Variable: Variable{Name: "which", Type: Bool}, Condition: "inputs.which or severity == 1"}}
	if _, err := s.outer.WithInputs(broken, nil); err == nil || !strings.Contains(err.Error(), "unknown name inputs") {
		t.Errorf("a condition that asks for the inputs: %v", err)
	}
}
