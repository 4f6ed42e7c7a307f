package ruletest

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Text writes a report for people: each failure with the difference and the explanation of the rules concerned, then
// what is not covered, then one line that says how it went.
func (r *Report) Text(out io.Writer) {
	w := &writer{out: out}
	files := 0
	for i := range r.Results {
		res := &r.Results[i]
		if i == 0 || res.File != r.Results[i-1].File {
			files++
		}
		if !res.OK() {
			w.result(res)
		}
	}
	if r.Coverage != nil {
		w.coverage(r.Coverage)
	}
	what := count(len(r.Results), "test", "tests") + " in " + count(files, "file", "files")
	if n := r.Failed(); n > 0 {
		w.line("%d of %s failed", n, what)
		return
	}
	w.line("%s: ok", what)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

type writer struct{ out io.Writer }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(w.out, format+"\n", args...) }

func (w *writer) result(r *Result) {
	w.line("FAIL %s:%d: %s", r.File, r.Line, r.Name)
	for i := range r.Failures {
		w.failure(r, &r.Failures[i])
	}
	w.line("")
}

func (w *writer) failure(r *Result, f *Failure) {
	w.line("  %s:%d: at %s: %s: %s", r.File, f.Line, f.At, f.What, f.Message)
	for _, text := range f.Missing {
		w.line("    - %s", text)
	}
	for _, text := range f.Unexpected {
		w.line("    + %s", text)
	}
	for i := range f.Explanations {
		w.explanation(&f.Explanations[i])
	}
}

func (w *writer) explanation(x *Explanation) {
	who := strings.TrimSpace(x.Rule)
	if x.Incident != "" && x.Incident != defaultIncident {
		who += " on " + x.Incident
	}
	if who != "" {
		who += ": "
	}
	w.line("    %s%s", who, x.Text)
	width := 0
	for _, a := range x.Atoms {
		width = max(width, utf8.RuneCountInString(oneLine(a.Text)))
	}
	for _, a := range x.Atoms {
		value := a.Value
		if !a.Evaluated {
			value = "(not looked at)"
		}
		text := oneLine(a.Text)
		w.line("      %s%s  %s", text, strings.Repeat(" ", width-utf8.RuneCountInString(text)), oneLine(value))
	}
}

func (w *writer) coverage(c *Coverage) {
	for i := range c.Rules {
		r := &c.Rules[i]
		if len(r.Missing) == 0 {
			continue
		}
		w.line("%s:%d: %s: %d of %d reached; no test has", r.File, r.Line, r.Rule, r.Reached, r.Total)
		for _, g := range r.Missing {
			w.line("    %s", g.String())
		}
	}
	w.line("coverage: %.1f%% (%d of %d)", c.Percent, c.Reached, c.Total)
}

// String says what a test would have to do.
func (g *Gap) String() string {
	switch g.Kind {
	case gapCondition:
		return "seen " + oneLine(g.Text) + " " + g.Never
	case gapBranch:
		return "fired " + g.Text
	}
	return fmt.Sprintf("done %s (line %d)", g.Text, g.Line)
}
