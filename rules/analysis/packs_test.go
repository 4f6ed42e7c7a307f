package analysis

import (
	"strings"
	"testing"

	"github.com/ifsev/ifsev/rules"
)

// What is found in rules together is told where the pack is used, whatever else is called like its rules.
func TestFindingsInPacks(t *testing.T) {
	t.Parallel()
	files := []rules.Source{
		{Name: "p.yaml", Text: "pack: p\ninputs:\n  a: {type: severity}\n  b: {type: severity}\nrules:\n  r: {if: severity == inputs.a and severity == inputs.b, then: [mitigate]}\n" +
			"  up: {if: severity == inputs.a, rearm: when_false, then: [set: {severity: \"${inputs.b}\"}]}\n"},
		{Name: "a.yaml", Text: "rules:\n  r: {if: severity == 4, then: [mitigate]}\nuse:\n  never: {pack: p.yaml, with: {a: 1, b: 2}}\n  back: {pack: p.yaml, with: {a: 2, b: 1}}\n"},
	}
	set, errs, _ := rules.Load(files, testWorld())
	if errs != nil {
		t.Fatal(errs.Text())
	}
	errs, warnings := Check(set)
	for _, want := range []string{`a.yaml:4:3: `, `a.yaml:5:3: `} {
		if !strings.Contains(warnings.Text(), want) {
			t.Errorf("no warning at %s:\n%s", want, warnings.Text())
		}
	}
	if !strings.Contains(errs.Text(), "a.yaml:") || !strings.Contains(errs.Text(), "never.up") {
		t.Errorf("the loop is not told of at a use:\n%s", errs.Text())
	}
	if text := errs.Text() + warnings.Text(); strings.Contains(text, "p.yaml:") || strings.Contains(text, "a.yaml:2") {
		t.Errorf("something is told elsewhere:\n%s", text)
	}
}
