package lang

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told gives every mistake of a source as `text: message (hint)`, where text is what it points at.
func told(t *testing.T, src string, err error) []string {
	t.Helper()
	var first *Error
	if !errors.As(err, &first) {
		t.Fatalf("%s: %v", src, err)
	}
	var all []string
	for _, e := range first.All() {
		rs := []rune(src)
		text := string(rs[e.Offset:min(e.Offset+e.Length, len(rs))])
		all = append(all, strings.TrimSuffix(fmt.Sprintf("%s: %s (%s)", text, e.Message, e.Hint), " ()"))
	}
	return all
}

// Every mistake of an expression is told at its place, and none that follows from another alone.
func TestAllMistakesAreTold(t *testing.T) {
	t.Parallel()
	s := testScope(t, nil)
	for src, want := range map[string][]string{
		`statsu == "open" and severty == 1`: {"statsu: unknown name statsu (did you mean status?)", "severty: unknown name severty (did you mean severity?)"},
		`sev == 1 and fields.regoin == "eu" and status == "opne"`: {
			"sev: unknown name sev (did you mean severity?)", "regoin: unknown field regoin (did you mean region?)",
			`"opne": status is never "opne"; it is one of open, mitigated, closed, invalid (did you mean open?)`,
		},
		`hours() > 3 and lowr(titel) == "x"`: {
			"hours: unknown function hours (did you mean hour?)", "lowr: unknown function lowr (did you mean lower?)",
			"titel: unknown name titel (did you mean title?)",
		},
		`status == "opne" or severity == 7 or worse_than(1)`: {
			`"opne": status is never "opne"; it is one of open, mitigated, closed, invalid (did you mean open?)`,
			"7: severity is a number from 1 to 5, so `severity == 7` is never true", "1: severity is a number from 1 to 5, so `worse_than(1)` is never true",
		},
		`title == 1 and tags == "eu"`: {
			"==: title (text) cannot be compared with 1 (a whole number)", `==: tags (a list) cannot be compared with "eu" (text) (write "eu" in tags)`,
		},
		`statsu`: {"statsu: unknown name statsu (did you mean status?)"},
		`not statsu and 1`: {
			"statsu: unknown name statsu (did you mean status?)",
			"and: not statsu (true or false) cannot be joined by `and` with 1 (a whole number) (compare it: 1 <= 2)",
		},
		`not statsu == 1`: {
			"statsu: unknown name statsu (did you mean status?)",
			"==: not statsu (true or false) cannot be compared with 1 (a whole number) (put what it denies in brackets: not (statsu …))",
		},
		`any(tasg, it == severty)`: {"tasg: unknown name tasg (did you mean tags?)", "severty: unknown name severty (did you mean severity?)"},
		`open_for > "20 min" and sev == 1`: {
			"sev: unknown name sev (did you mean severity?)", `"20 min": bad duration "20 min": write it like 90s, 20m, 1h30m, 2d or 1w`,
		},
		`since(declard_at) > 5m and hour > 3`: {"declard_at: unknown name declard_at (did you mean declared_at?)", "hour: hour is a function (write hour(…))"},
	} {
		_, err := s.Condition(src)
		if diff := cmp.Diff(want, told(t, src, err)); diff != "" {
			t.Errorf("%s:\n%s", src, diff)
		}
	}
}

// So is every mistake of a template.
func TestAllMistakesOfATemplateAreTold(t *testing.T) {
	t.Parallel()
	src := "SEV${severty} ${} ${title} of ${tilte + statsu} ${"
	_, err := testScope(t, nil).Template(src)
	want := []string{
		"severty: unknown name severty (did you mean severity?)", "${}: there is nothing inside ${ } (write $${ for the characters)",
		"tilte: unknown name tilte (did you mean title?)", "statsu: unknown name statsu (did you mean status?)",
		"${: this ${ is never closed (end it with }, or write $${ for the characters)",
	}
	if diff := cmp.Diff(want, told(t, src, err)); diff != "" {
		t.Error(diff)
	}
}

// However much is wrong, only so much is told, and looked for.
func TestSoManyMistakesAreTold(t *testing.T) {
	t.Parallel()
	s := testScope(t, nil)
	for _, part := range []string{"x%d == 1", "fields.x%d == 1", `title == %d`, "f%d()", `any(tags, # == %d)`, `severity == 10%d`} {
		var parts []string
		for i := range 60 {
			parts = append(parts, fmt.Sprintf(part, i))
		}
		src := strings.Join(parts, " and ")
		_, err := s.Condition(src)
		if n := len(told(t, src, err)); n != maxMistakes {
			t.Errorf("%s: %d mistakes", part, n)
		}
		_, err = s.Template(strings.Repeat("${"+strings.ReplaceAll(fmt.Sprintf(part, 1), "}", "")+"}", 60))
		var first *Error
		if !errors.As(err, &first) || len(first.All()) > maxMistakes {
			t.Errorf("%s: %v", part, err)
		}
	}
}

// No source can name what stands for a mistake.
func TestUnclearIsNoName(t *testing.T) {
	t.Parallel()
	for _, src := range []string{unclear + " == 1", unclear + "()", "let " + unclear + " = 1; true"} {
		if _, err := testScope(t, nil).Condition(src); err == nil || strings.Contains(err.Error(), "did you mean") {
			t.Errorf("%s: %v", src, err)
		}
	}
}
