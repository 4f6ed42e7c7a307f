package strictyaml

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCaret(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	for name, c := range map[string]struct {
		p    Problem
		want string
	}{
		"plain":                {Problem{Line: 1, Column: 4, Length: 3, Source: "if: abc"}, "    if: abc\n       ^^^\n"},
		"no length":            {Problem{Line: 1, Column: 1, Source: "a"}, "    a\n    ^\n"},
		"a hint":               {Problem{Line: 1, Column: 1, Source: "a", Hint: "do"}, "    a\n    ^\n    hint: do\n"},
		"only a hint":          {Problem{Hint: "do"}, "    hint: do\n"},
		"nothing":              {Problem{}, ""},
		"tabs stay":            {Problem{Line: 1, Column: 3, Source: "\ta b"}, "    \ta b\n    \t ^\n"},
		"wide and combined":    {Problem{Line: 1, Column: 5, Length: 2, Source: "日e\u0301x日x"}, "    日e\u0301x日x\n        ^^^\n"},
		"at the end":           {Problem{Line: 1, Column: 4, Length: 9, Source: "abc"}, "    abc\n       ^\n"},
		"beyond the end":       {Problem{Line: 1, Column: 99, Source: "abc"}, "    abc\n       ^\n"},
		"longer than the line": {Problem{Line: 1, Column: 2, Length: 99, Source: "abc"}, "    abc\n     ^^\n"},
		"long, at the start":   {Problem{Line: 1, Column: 2, Source: "a!" + long}, "    a!" + strings.Repeat("x", 117) + "…\n     ^\n"},
		"long, at the end":     {Problem{Line: 1, Column: 301, Source: long + "!"}, "    …" + strings.Repeat("x", 118) + "!\n    " + strings.Repeat(" ", 119) + "^\n"},
		"long, amid":           {Problem{Line: 1, Column: 301, Source: long + "!" + long}, "    …" + strings.Repeat("x", 59) + "!" + strings.Repeat("x", 58) + "…\n    " + strings.Repeat(" ", 60) + "^\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, c.p.Caret()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProblemError(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]Problem{
		"f.yaml:3:7: bad": {File: "f.yaml", Line: 3, Column: 7, Message: "bad"},
		"f.yaml: bad":     {File: "f.yaml", Message: "bad"},
		"bad":             {Message: "bad"},
	} {
		if p.Error() != want {
			t.Errorf("got %q, want %q", p.Error(), want)
		}
	}
}

func TestProblemsSort(t *testing.T) {
	t.Parallel()
	ps := Problems{{File: "b", Line: 1}, {File: "a", Line: 2, Column: 9}, {File: "a", Line: 2, Column: 1}, {File: "a", Line: 1}, {File: "b", Line: 1}}
	ps.Sort()
	want := Problems{{File: "a", Line: 1}, {File: "a", Line: 2, Column: 1}, {File: "a", Line: 2, Column: 9}, {File: "b", Line: 1}}
	if diff := cmp.Diff(want, ps); diff != "" {
		t.Error(diff)
	}
}

func TestProblemsAreAnError(t *testing.T) {
	t.Parallel()
	if (Problems)(nil).Err() != nil || (Problems{}).Err() != nil {
		t.Error("no problems are no error")
	}
	var ps Problems
	if err := (Problems{{Message: "x"}, {Message: "y"}}).Err(); !errors.As(err, &ps) || len(ps) != 2 || err.Error() != "x\ny" {
		t.Errorf("got %v", err)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"severity", "status", "tags", "title", "for", "if", "add_tags", "slack.post"}
	for word, want := range map[string]string{
		"sevrity": "severity", "stauts": "status", "TAGS": "tags", "tag": "tags", "fro": "for", "add-tags": "add_tags", "slack_post": "slack.post",
		"zebra": "", "": "", "something_else_entirely": "", strings.Repeat("severity", 100): "",
	} {
		got, ok := Nearest(word, known)
		if got != want || ok != (want != "") {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
	if got, _ := Nearest("ab", []string{"ac", "aa"}); got != "aa" {
		t.Errorf("of two as near the first in the alphabet, got %q", got)
	}
	if known[0] != "severity" {
		t.Error("the list of known words was changed")
	}
}
