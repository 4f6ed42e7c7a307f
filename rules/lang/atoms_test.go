package lang

import (
	"testing"
	"time"
)

// The parts of a condition are the same before it is evaluated and after, and say which of them are true or false.
func TestAtoms(t *testing.T) {
	t.Parallel()
	scope, err := NewScope([]Variable{{Name: "severity", Type: Int}, {Name: "tags", Type: List(String)}}, nil, map[string]string{"bad": "severity <= 2"}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	c, err := scope.Condition(`bad and any(tags, it == "db")`)
	if err != nil {
		t.Fatal(err)
	}
	atoms, err := c.Atoms()
	if err != nil {
		t.Fatal(err)
	}
	truth := map[string]bool{}
	for _, a := range atoms {
		if a.Evaluated || a.Value != "" {
			t.Errorf("%+v was not evaluated", a)
		}
		truth[a.Text] = a.Truth
	}
	for text, want := range map[string]bool{"bad": true, "severity": false, `any(tags, it == "db")`: true, `it == "db"`: true, "tags": false} {
		if got, ok := truth[text]; !ok || got != want {
			t.Errorf("%s: %v, %v", text, got, ok)
		}
	}
	_, traced, err := c.Trace(Env{"severity": 1, "tags": []string{"db"}}, time.Time{})
	if err != nil || len(traced) != len(atoms) {
		t.Fatalf("%v, %v", traced, err)
	}
	for i := range traced {
		if traced[i].Text != atoms[i].Text || traced[i].Truth != atoms[i].Truth {
			t.Errorf("%+v, before %+v", traced[i], atoms[i])
		}
	}
}
