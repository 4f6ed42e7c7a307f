package strictyaml

import (
	"fmt"
	"sort"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Problem is one mistake in a file: where it is, what it is, and what to do about it.
type Problem struct {
	// File is the name the text was read under.
	File string `json:"file"`
	// Line and Column count from 1; a column is a character, not a byte. Zero means the file as a whole.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Length is how many characters are meant, at least 1 where there is a column.
	Length int `json:"length,omitempty"`
	// Source is the line as it was written.
	Source  string `json:"source,omitempty"`
	Message string `json:"message"`
	// Hint says what to write; empty where the message already does.
	Hint string `json:"hint,omitempty"`
	// Code names what was looked for, where the manual has a section about it; empty for plain mistakes.
	Code string `json:"code,omitempty"`
}

// Error answers `file:line:column: message`.
func (p Problem) Error() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
	if where == "" {
		return p.Message
	}
	return where + ": " + p.Message
}

// maxShown is how much of a long line Caret shows.
const maxShown = 120

// Caret answers the source line, a line with carets under what is meant, and the hint, each on a line of its own and
// indented; it is right under tabs and wide characters. It is empty where there is nothing to show.
func (p Problem) Caret() string {
	var b strings.Builder
	if p.Line > 0 && p.Source != "" {
		line, column := p.window()
		length := min(max(p.Length, 1), max(len(line)-column, 1))
		fmt.Fprintf(&b, "    %s\n    %s%s\n", string(line), padding(line[:column]), strings.Repeat("^", cells(line[column:min(column+length, len(line))])))
	}
	if p.Hint != "" {
		fmt.Fprintf(&b, "    hint: %s\n", p.Hint)
	}
	return b.String()
}

// window cuts a long line around the column; the column it answers counts from 0.
func (p Problem) window() (line []rune, column int) {
	line = []rune(strings.TrimRight(p.Source, " \t"))
	column = min(max(p.Column-1, 0), len(line))
	if len(line) <= maxShown {
		return line, column
	}
	from := max(0, min(column-maxShown/2, len(line)-maxShown))
	cut := append([]rune(nil), line[from:from+maxShown]...)
	if from > 0 {
		cut[0] = '…'
	}
	if from+maxShown < len(line) {
		cut[maxShown-1] = '…'
	}
	return cut, column - from
}

// padding is as wide as the text before it; tabs stay tabs, because nobody knows how wide a terminal makes them.
func padding(before []rune) string {
	var b strings.Builder
	for _, r := range before {
		if r == '\t' {
			b.WriteByte('\t')
			continue
		}
		b.WriteString(strings.Repeat(" ", cell(r)))
	}
	return b.String()
}

func cells(rs []rune) int {
	n := 0
	for _, r := range rs {
		n += cell(r)
	}
	return max(n, 1)
}

// cell is how many columns of a terminal a character takes.
func cell(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Problems are the mistakes found in one or several files.
type Problems []Problem

// Error answers every problem on a line of its own.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Add takes in further problems.
func (ps *Problems) Add(more ...Problem) { *ps = append(*ps, more...) }

// Sort orders them by file and place, and drops those that say the same twice.
func (ps *Problems) Sort() {
	sort.SliceStable(*ps, func(i, j int) bool {
		a, b := (*ps)[i], (*ps)[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	kept := (*ps)[:0]
	for i, p := range *ps {
		if i == 0 || p != kept[len(kept)-1] {
			kept = append(kept, p)
		}
	}
	*ps = kept
}

// Err answers nil where there is no problem: a plain nil, which a nil Problems in an error would not be.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// Text answers all of it for people: each problem with its line, its caret and its hint.
func (ps Problems) Text() string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.Error() + "\n" + p.Caret())
	}
	return b.String()
}
