package rules

import (
	"fmt"
	"strings"
	"testing"
)

// A mistake is found at its very character in every style YAML has for a text, in conditions and in templates, at any
// depth.
func TestPositionsInScalarStyles(t *testing.T) {
	t.Parallel()
	const bad = "severty"
	styles := map[string]string{
		"plain":          "K: severity == 1 and severty == 2",
		"plain folded":   "K: severity == 1\n  and é == 1 or\n\n  severty == 2",
		"single":         `K: 'status == "it''s" or severty == 2'`,
		"double":         `K: "status == \"\u00e9\" or severty == 2"`,
		"double escaped": `K: "severity == 1 \x6fr\u0020severty == 2"`,
		"literal":        "K: |\n  severity == 1 or\n    severty == 2\n",
		"literal chomp":  "K: |-\n\n  severity == 1 or\n  severty == 2",
		"literal indent": "K: |2\n  severity == 1 or\n    severty == 2",
		"folded":         "K: >\n  severity == 1 or\n\n  severty == 2\n",
		"anchor":         "K: &a severity == 1 and severty == 2",
		"tag":            "K: !!str severity == 1 and severty == 2",
		"wide":           `K: title == "漢字😀" and severty == 2`,
	}
	for name, yaml := range styles {
		yaml = strings.NewReplacer(`status == "it''s"`, `title == "it''s"`, `status == \"`, `title == \"`, "é == 1", `title == "é"`).Replace(yaml)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			condition := "rules:\n  r:\n    then: [mitigate]\n    " + strings.ReplaceAll(strings.Replace(yaml, "K:", "if:", 1), "\n", "\n    ")
			checkPlace(t, condition, bad)
			template := strings.NewReplacer("K:", "- ", "severty", "${severty}").Replace(yaml)
			deep := "rules:\n  r:\n    if: severity == 1\n    then:\n      - webhook:\n          to: status\n          json:\n            list:\n              " +
				strings.ReplaceAll(template, "\n", "\n              ")
			checkPlace(t, deep, bad)
		})
	}
}

func checkPlace(t *testing.T, text, bad string) {
	t.Helper()
	_, errs, _ := Load([]Source{{"r.yaml", text}}, testWorld())
	if len(errs) != 1 {
		t.Fatalf("%d errors:\n%s\n%s", len(errs), errs.Text(), text)
	}
	line, column := 0, 0
	for i, source := range strings.Split(text, "\n") {
		if before, _, found := strings.Cut(source, bad); found {
			line, column = i+1, len([]rune(before))+1
		}
	}
	if p := errs[0]; p.Line != line || p.Column != column || p.Length != len(bad) || !strings.Contains(p.Hint, "severity") {
		t.Errorf("it is at %d:%d (%d), want %d:%d (%d), in\n%s\n%s", p.Line, p.Column, p.Length, line, column, len(bad), text, errs.Text())
	}
}

// In a list the mistake is in the entry it is in, also where only all of them together are wrong.
func TestPositionsInLists(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range 40 {
		items = append(items, fmt.Sprintf("      - severity == 1 and title != %q", fmt.Sprint(i)+strings.Repeat("x", 150)))
	}
	_, errs, _ := Load([]Source{{"r.yaml", "rules:\n  r:\n    then: [mitigate]\n    if:\n" + strings.Join(items, "\n") + "\n"}}, testWorld())
	if len(errs) != 1 || errs[0].Line < 4 || !strings.Contains(errs[0].Message, "4096") {
		t.Errorf("a list that is too long together says:\n%s", errs.Text())
	}
}
