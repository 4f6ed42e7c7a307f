package lang_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/rules/lang"
)

func TestHowFunctionsAreCalled(t *testing.T) {
	t.Parallel()
	scope, err := lang.NewScope(nil, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string][]string{}
	for _, f := range scope.Functions() {
		calls[f.Name] = append(f.Calls(), f.Gives())
	}
	for name, want := range map[string][]string{
		"join":    {"join(list)", "join(list, text)", "text"},
		"between": {"between(text, text)", "true or false"},
		"max":     {"max(value, …)", "value"},
	} {
		if !slices.Equal(calls[name], want) {
			t.Errorf("%s: got %q, want %q", name, calls[name], want)
		}
	}
}

// The loops are told of one by one: each of them is one the language knows, and is written as it is told.
func TestLoopsAreWhatTheLanguageKnows(t *testing.T) {
	t.Parallel()
	scope, err := lang.NewScope([]lang.Variable{{Name: "tags", Type: lang.List(lang.String)}}, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lang.Loops() {
		src := strings.NewReplacer("list", "tags", "condition", `# == "a"`, "expression", "len(#)").Replace(l.Call)
		if _, err := scope.Expression(src, lang.Any); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
	if n := len(lang.Loops()); n != 8 {
		t.Errorf("%d loops", n)
	}
}

func TestFieldsOfARecord(t *testing.T) {
	t.Parallel()
	got := lang.Fields(lang.Map(lang.Variable{Name: "name"}, lang.Variable{Name: "kind"}))
	if len(got) != 2 || got[0].Name != "name" || got[1].Name != "kind" {
		t.Errorf("got %v", got)
	}
	if lang.Fields(lang.Int) != nil || lang.Fields(nil) != nil {
		t.Error("what is no record has fields")
	}
}
