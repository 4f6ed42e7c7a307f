// Package strictyaml reads YAML as people write it by hand and misses no mistake: every value knows its place in the
// file, every unknown or doubled key is reported with the nearest right one, and every error says what to write.
//
// Text goes in through Parse; a File's Root is walked as Nodes and Objects, whose readers add to a list of Problems
// instead of stopping at the first. It knows nothing of what the files mean and imports nothing of the project but
// the domain's durations.
package strictyaml

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// The limits of one file. A file beyond them is refused before anything is made of it.
const (
	MaxBytes = 1 << 20
	MaxDepth = 64
	// MaxLine is in bytes: the place of a mistake is found by reading its line again.
	MaxLine = 16 << 10
	// MaxNodes counts values with every alias written out.
	MaxNodes = 200_000
	// MaxMarks counts line breaks, commas and colons, which set values apart: a file of nothing else would take a
	// thousand times its length to be made into a tree.
	MaxMarks = 100_000
)

const marks = "\n,:"

// File is one parsed file. It does not change.
type File struct {
	name  string
	lines []string
	root  *yaml.Node
	// parts are the files of the entries that come from elsewhere, in a tree that was put together.
	parts map[*yaml.Node]*File
}

// Parse reads one YAML document. The File is never nil; its Root is missing when the text is empty or could not be
// read. The problems hold everything that is wrong with it as YAML.
func Parse(name string, text []byte) (*File, Problems) {
	f := &File{name: name}
	if len(text) > MaxBytes {
		return f, Problems{{File: name, Message: fmt.Sprintf("the file is %d bytes long; the most is %d: split it", len(text), MaxBytes)}}
	}
	if crowded(text) {
		return f, Problems{{File: name, Message: fmt.Sprintf("the file has more than %d lines and values", MaxMarks), Hint: "split it"}}
	}
	clean := strings.TrimPrefix(string(text), "\ufeff")
	f.lines = splitLines(clean)
	if p, bad := f.badCharacter(); bad {
		return f, Problems{p}
	}
	doc, problems := f.load(clean)
	if doc == nil || len(problems) > 0 {
		return f, problems
	}
	c := checker{file: f, open: map[*yaml.Node]bool{}}
	c.check(doc, 0)
	c.problems.Sort()
	if !c.stopped {
		f.root = doc
	}
	return f, c.problems
}

// crowded tells whether a text has more marks than a file may have.
func crowded(text []byte) bool {
	n := 0
	for _, c := range text {
		if strings.IndexByte(marks, c) >= 0 {
			n++
		}
	}
	return n > MaxMarks
}

// Name is the name the file was read under.
func (f *File) Name() string { return f.name }

// Root is the document; missing in an empty file.
func (f *File) Root() Node { return Node{file: f, yaml: f.root} }

// Line answers a source line, counted from 1; "" outside of the file.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	return f.lines[n-1]
}

// Problem makes a problem at a place in the file.
func (f *File) Problem(line, column, length int, message, hint string) Problem {
	return Problem{
		File: f.name, Line: line, Column: column, Length: max(length, 1), Source: f.Line(line), Message: message, Hint: hint,
	}
}

// load answers the only document; nil in an empty file.
func (f *File) load(text string) (*yaml.Node, Problems) {
	loader, err := yaml.NewLoader(strings.NewReader(text))
	if err != nil {
		return nil, Problems{{File: f.name, Message: err.Error()}}
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); err != nil {
		return nil, f.syntax(err)
	}
	if err := loader.Load(&second); err == nil {
		return nil, Problems{f.Problem(second.Line, second.Column, 3, "a second document begins here", "keep one document in a file: remove the line `---`, or split the file")}
	} else if ps := f.syntax(err); ps != nil {
		return nil, ps
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// badCharacter finds lines that are too long, what YAML forbids, and what breaks a line where no one can see it.
func (f *File) badCharacter() (Problem, bool) {
	for i, line := range f.lines {
		if len(line) > MaxLine {
			p := f.Problem(i+1, 1, 1, fmt.Sprintf("the line is %d bytes long; the most is %d", len(line), MaxLine), "break it into several, a long text with | or >")
			p.Source = ""
			return p, true
		}
		if !utf8.ValidString(line) {
			at := utf8.RuneCountInString(line[:invalidAt(line)]) + 1
			p := f.Problem(i+1, at, 1, "the file is not UTF-8", "save it as UTF-8")
			p.Source = strings.ToValidUTF8(line, "\ufffd")
			return p, true
		}
		column := 0
		for _, r := range line {
			column++
			if forbidden(r) {
				p := f.Problem(i+1, column, 1, fmt.Sprintf("the invisible character %U does not belong here", r), "delete it, or write it as an escape in double quotes")
				p.Source = strings.Map(visible, line)
				return p, true
			}
		}
	}
	return Problem{}, false
}

func invalidAt(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return 0
}

func forbidden(r rune) bool {
	switch {
	case r == '\t':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return true
	}
	// Bidirectional overrides make a rule read otherwise than it runs.
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

func visible(r rune) rune {
	if forbidden(r) {
		return '\ufffd'
	}
	return r
}

// splitLines cuts at the line breaks YAML knows: LF, CR LF and CR.
func splitLines(text string) []string {
	return strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n")
}
