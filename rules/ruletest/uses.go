package ruletest

import (
	"strings"

	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules"
)

// Uses answers the packs the test file uses, as a rule file that says nothing else: what is wrong with them is then told
// at their places in the test file. It is false where it uses none.
func (f *File) Uses() (rules.Source, bool) {
	return rules.Source{Name: f.Name, Text: f.uses}, f.uses != ""
}

// usesAlone answers the text of a test file with the lines of `use` alone; the others are empty.
func usesAlone(o *strictyaml.Object, text string, problems *strictyaml.Problems) string {
	key := o.Key("use")
	if key.Column() != 1 {
		problems.Add(key.Problem("`use` needs lines of its own", "write the file without braces around it"))
		return ""
	}
	lines := strings.SplitAfter(text, "\n")
	end := len(lines) + 1
	for _, p := range o.Node().Pairs() {
		if line := p.Key.Line(); line > key.Line() && line < end {
			end = line
		}
	}
	var b strings.Builder
	for i, line := range lines {
		switch n := i + 1; {
		case n >= key.Line() && n < end:
			b.WriteString(line)
		case strings.HasSuffix(line, "\n"):
			b.WriteString("\n")
		}
	}
	return b.String()
}
