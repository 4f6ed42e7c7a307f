package strictyaml

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// syntax makes a problem of what the YAML library says; nil at the end of the text.
func (f *File) syntax(err error) Problems {
	if errors.Is(err, io.EOF) {
		return nil
	}
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		return Problems{{File: f.name, Message: "this is not YAML: " + err.Error()}}
	}
	return Problems{f.inside(f.explain(le))}
}

// inside puts what the library says of the end of the text behind the last thing that is written.
func (f *File) inside(p Problem) Problem {
	end := len(f.lines)
	for end > 1 && strings.TrimSpace(f.lines[end-1]) == "" {
		end--
	}
	if p.Line <= end {
		return p
	}
	last := strings.TrimRight(f.Line(end), " \t")
	return f.Problem(end, utf8.RuneCountInString(last)+1, 1, p.Message, p.Hint)
}

func (f *File) explain(le *yaml.LoadError) Problem {
	line, column := le.Mark.Line, le.Mark.Column
	said := func(part string) bool { return strings.Contains(le.Message, part) }
	switch {
	case said("exceeded max depth"):
		return f.Problem(max(line, 1), max(column, 1), 1, fmt.Sprintf("nested deeper than %d levels", MaxDepth), "")
	case said("did not find expected"):
		return f.explainExpected(le)
	case said("mapping values are not allowed"):
		return f.explainColon(line, column)
	case said("cannot start any token"):
		return f.explainStart(line, column)
	case said("could not find expected ':'"):
		return f.explainKey(le.ContextMark.Line, le.ContextMark.Column)
	case said("end of stream"), said("document indicator"):
		return f.Problem(le.ContextMark.Line, le.ContextMark.Column, 1, "this quote is never closed", "close it on the same line")
	case said("unknown anchor"):
		return f.Problem(line, column, 1, "YAML reads a value that begins with * as an alias, and there is no anchor of that name", "put the value in quotes")
	case said("unknown escape"):
		return f.Problem(line, column, 2, "unknown escape in double quotes", `write \\ for a backslash, or use single quotes`)
	case said("tab character"), said("mixed spaces and tabs"):
		return f.Problem(line, column, 1, "a tab where YAML wants spaces", "indent with spaces")
	case said("sequence entries are not allowed"):
		return f.Problem(line, column, 1, "a list entry cannot begin here", "begin the list on a line of its own, or put the value in quotes")
	}
	return f.Problem(max(line, 1), max(column, 1), 1, "this is not YAML: "+le.Message, "")
}

// explainExpected covers what the parser calls "did not find expected …".
func (f *File) explainExpected(le *yaml.LoadError) Problem {
	line, column := le.Mark.Line, le.Mark.Column
	if start, rest, ok := f.afterQuote(line, column); ok {
		return f.Problem(line, start, column-start, "the value begins with a quote, so YAML ends it at the closing quote; more text follows", quoteHint(rest, strings.Contains(le.Message, "',' or")))
	}
	if p, ok := f.explainHash(le); ok {
		return p
	}
	switch {
	case strings.Contains(le.Message, "',' or"):
		open := f.runeAt(le.ContextMark.Line, le.ContextMark.Column)
		return f.Problem(le.ContextMark.Line, le.ContextMark.Column, 1, fmt.Sprintf("this %q is not closed, or a comma is missing in it", open), "close it; text that only begins with it belongs in quotes")
	case strings.Contains(le.Message, "document start"), strings.Contains(le.Message, "expected key"):
		return f.Problem(line, column, 1, "this line does not fit where it stands", "indent it like the lines it belongs with, and write `key: value`")
	case strings.Contains(le.Message, "'-' indicator"):
		return f.Problem(line, column, 1, "this line stands in a list but does not begin with `- `", "begin it with `- `, or indent it like the lines it belongs with")
	case strings.Contains(le.Message, "node content"):
		return f.Problem(line, column, 1, "a value is missing here", "text that begins with , ] or } belongs in quotes")
	case strings.Contains(le.Message, "comment or line break"):
		return f.Problem(line, column, 1, "a value that begins with | or > goes on in the next line", "put the value in quotes")
	case strings.Contains(le.Message, "alphabetic or numeric"):
		return f.Problem(line, column, 1, "YAML reads a value that begins with & or * as an anchor or alias", "put the value in quotes")
	}
	return f.Problem(max(line, 1), max(column, 1), 1, "this is not YAML: "+le.Message, "")
}

// explainHash covers brackets whose end is in a comment.
func (f *File) explainHash(le *yaml.LoadError) (Problem, bool) {
	switch {
	case strings.Contains(le.Message, "',' or"):
		return f.swallowed(le.ContextMark.Line, le.Mark.Line, le.Mark.Column)
	case strings.Contains(le.Message, "node content"):
		return f.swallowed(f.lastBefore(le.Mark.Line), le.Mark.Line, le.Mark.Column)
	}
	return Problem{}, false
}

// afterQuote reports whether what stands before the place is a quoted string that is the beginning of a value; it
// answers the quote's column and what stands from there on.
func (f *File) afterQuote(line, column int) (start int, rest string, ok bool) {
	src := []rune(f.Line(line))
	if column < 1 || column > len(src) {
		return 0, "", false
	}
	before := strings.TrimRight(string(src[:column-1]), " \t")
	if before == "" {
		return 0, "", false
	}
	quote := rune(before[len(before)-1])
	if quote != '"' && quote != '\'' {
		return 0, "", false
	}
	for i := len([]rune(before)) - 2; i > 0; i-- {
		if src[i] == quote && strings.ContainsRune(" \t[{,", src[i-1]) {
			return i + 1, strings.TrimRight(string(src[i:]), " \t"), true
		}
	}
	return 0, "", false
}

// inBrackets cuts what stands in a list or map in brackets where its entry ends.
func inBrackets(rest string) string {
	open := 0
	for i, r := range rest {
		switch r {
		case '(', '[', '{':
			open++
		case ')', ']', '}':
			open--
		}
		if open < 0 || open == 0 && r == ',' {
			return strings.TrimRight(rest[:i], " \t")
		}
	}
	return rest
}

// quoteHint says how to write a value that began with a quote; a condition such as `"a" in tags` gets its own words.
func quoteHint(value string, bracketed bool) string {
	if bracketed {
		value = inBrackets(value)
	}
	word, tail, _ := strings.Cut(value[1:], value[:1])
	if bracketed && strings.ContainsAny(value, "[]{},") {
		return "put the whole value in quotes of the other kind"
	}
	if list, found := strings.CutPrefix(strings.TrimSpace(tail), "in "); found && !strings.ContainsAny(list, " ") {
		return fmt.Sprintf("write %s contains %q, or put the condition in parentheses: (%s)", list, word, value)
	}
	for _, op := range []string{"==", "!=", "in ", "and ", "or ", "+", "?", "<", ">", "|"} {
		if strings.HasPrefix(strings.TrimSpace(tail), op) {
			return fmt.Sprintf("put an expression in parentheses: (%s)", value)
		}
	}
	return "put the whole value in quotes of the other kind"
}

func (f *File) explainColon(line, column int) Problem {
	src := []rune(f.Line(line))
	from := max(0, min(column-1, len(src)))
	if !strings.Contains(string(src[:from]), ": ") {
		return f.Problem(line, column, 1, "YAML reads what stands before this colon as a key, and a key cannot stand here", "indent it like the lines it belongs with; if the line before goes on, put that value in quotes")
	}
	return f.Problem(line, column, 1, "YAML reads what stands before this colon as a key, and a key cannot stand here", "put the whole value in quotes, or begin a new line for the inner key")
}

// explainKey covers a line that stands among keys and has no colon.
func (f *File) explainKey(line, column int) Problem {
	src := []rune(strings.TrimRight(f.Line(line), " \t"))
	return f.Problem(line, column, len(src)-column+1, "this line stands among keys but is none itself", "write `key: value`; if it goes on from the line before, indent it deeper")
}

func (f *File) explainStart(line, column int) Problem {
	r := f.runeAt(line, column)
	if r == '\t' {
		return f.Problem(line, column, 1, "a tab where YAML wants spaces", "indent with spaces")
	}
	return f.Problem(line, column, 1, fmt.Sprintf("a value cannot begin with %c", r), "put the value in quotes")
}

func (f *File) runeAt(line, column int) rune {
	src := []rune(f.Line(line))
	if column < 1 || column > len(src) {
		return ' '
	}
	return src[column-1]
}
