package lsp

import (
	"strings"
	"unicode"
)

// outline is what a YAML text holds as far as its indentation, dashes, colons and brackets say. It is made of any text,
// also of one that is half typed and is no YAML yet; where the text is YAML it agrees with it.
type outline struct {
	lines   [][]rune
	entries []entry
	// open are the entries the end of the text lies in, from the outside.
	open []int
	// last is what the end of the text lies in or directly behind.
	last tail
}

// entry is a key with its value, or an element of a list.
type entry struct {
	// parent is its place in entries; -1 at the top.
	parent int
	// key is the text of a key; empty for an element.
	key  string
	item bool
	// at is where the key begins, or the dash of an element; in brackets the element itself.
	at     point
	keyEnd point
	// from and to bound the scalar behind it; equal where there is none. A block begins at its | or >.
	from, to point
	style    style
	flow     bool
	// same says that the value begins in the line of the key, where no other key can begin.
	same bool
}

// style is how a scalar is written.
type style int

const (
	plain style = iota
	single
	double
	block
)

// tailKind says what the end of a text lies in.
type tailKind int

const (
	tailNothing tailKind = iota // between values; in a fresh line, or behind a bracket, comma, dash or colon
	tailScalar                  // in a scalar, which may be a key in the making
	tailDone                    // behind a whole value
	tailComment
)

// tail is where a text ends.
type tail struct {
	kind tailKind
	// owner is the entry whose value it is or would be; -1 at the top.
	owner int
	// from is where the scalar begins, with its quote; of nothing, the end itself.
	from  point
	style style
	// beside says that a key stands before it in its line, so that it can be no key itself; keyOnly that it can be
	// nothing but a key.
	beside, keyOnly bool
}

// scan is an outline in the making.
type scan struct {
	*outline
	line, column int
	// blocked is the owner of a block scalar that goes on, -1 if there is none.
	blocked int
}

func newOutline(lines [][]rune) *outline {
	s := &scan{outline: &outline{lines: lines, last: tail{owner: -1}}, blocked: -1}
	for s.line = 0; s.line < len(lines); s.line++ {
		s.column = 0
		s.readLine()
	}
	return s.outline
}

func (s *scan) here() point { return point{s.line, s.column} }

// peek answers the character some places on in the line; 0 behind its end.
func (s *scan) peek(n int) rune {
	if i := s.column + n; i >= 0 && i < len(s.lines[s.line]) {
		return s.lines[s.line][i]
	}
	return 0
}

func (s *scan) skipBlank() {
	for s.peek(0) == ' ' || s.peek(0) == '\t' || s.peek(0) == byteMark {
		s.column++
	}
}

// byteMark may stand at the beginning of a file, and means nothing.
const byteMark = '\ufeff'

// readLine reads a line, and those into which a bracket or a quote of it goes on.
func (s *scan) readLine() {
	s.skipBlank()
	blank := s.peek(0) == 0
	if s.blocked >= 0 && (blank || s.column > s.entries[s.blocked].at.column) {
		e := &s.entries[s.blocked]
		e.to = point{s.line, len(s.lines[s.line])}
		s.last = tail{kind: tailScalar, owner: s.blocked, from: e.from, style: block, beside: true}
		if !blank || s.line < len(s.lines)-1 || s.column > s.entries[s.blocked].at.column {
			return
		}
	}
	s.blocked = -1
	switch {
	case blank:
		s.settle(s.column)
		s.last = tail{owner: s.owner(), from: s.here()}
	case s.peek(0) == '#':
		s.last = tail{kind: tailComment, owner: -1}
	case s.column == 0 && isMarker(string(s.lines[s.line])):
		s.last = tail{kind: tailDone, owner: -1}
	default:
		s.readNode()
	}
}

func isMarker(line string) bool {
	return strings.HasPrefix(line, "---") || strings.HasPrefix(line, "...") || strings.HasPrefix(line, "%")
}

// owner is the innermost entry that is open.
func (s *scan) owner() int {
	if len(s.open) == 0 {
		return -1
	}
	return s.open[len(s.open)-1]
}

// settle ends the entries that something at this column does not belong to.
func (s *scan) settle(column int) {
	for len(s.open) > 0 && s.entries[s.owner()].at.column >= column {
		s.open = s.open[:len(s.open)-1]
	}
}

// settleDash does so for the dash of an element, which may stand under the key of its list.
func (s *scan) settleDash(column int) {
	for len(s.open) > 0 {
		e := &s.entries[s.owner()]
		if e.at.column < column || e.at.column == column && !e.item {
			return
		}
		s.open = s.open[:len(s.open)-1]
	}
}

// add begins an entry under the innermost open one.
func (s *scan) add(e entry) int {
	e.parent = s.owner()
	s.entries = append(s.entries, e)
	s.open = append(s.open, len(s.entries)-1)
	return len(s.entries) - 1
}

// readNode reads dashes, then a key or a value.
func (s *scan) readNode() {
	for s.peek(0) == '-' && (s.peek(1) == ' ' || s.peek(1) == '\t' || s.peek(1) == 0) {
		s.settleDash(s.column)
		s.add(entry{item: true, at: s.here(), keyEnd: point{s.line, s.column + 1}})
		s.column++
		if s.peek(0) == 0 { // the dash alone, with no space to write behind
			s.last = tail{kind: tailDone, owner: s.owner()}
			return
		}
		s.skipBlank()
	}
	switch s.peek(0) {
	case 0:
		s.last = tail{owner: s.owner(), from: s.here()}
		return
	case '#':
		s.last = tail{kind: tailComment, owner: -1}
		return
	}
	at := s.here()
	if key, end, ok := s.key(); ok {
		s.settle(at.column)
		i := s.add(entry{key: key, at: at, keyEnd: end})
		s.column = end.column
		s.skipTo(':')
		s.behindColon(i)
		return
	}
	s.settle(at.column)
	s.value(s.owner(), false)
}

func (s *scan) skipTo(r rune) {
	for s.peek(0) != r {
		s.column++
	}
	s.column++
}

// behindColon reads what stands behind the colon of a key in its line.
func (s *scan) behindColon(i int) {
	if s.peek(0) == 0 {
		s.last = tail{kind: tailDone, owner: i}
		return
	}
	s.skipBlank()
	switch s.peek(0) {
	case 0:
		s.last = tail{owner: i, from: s.here(), beside: true}
	case '#':
		s.last = tail{kind: tailComment, owner: -1}
	default:
		s.value(i, true)
	}
}

// key reports whether a key begins here: text, then a colon and a space or the end of the line.
func (s *scan) key() (string, point, bool) {
	row := s.lines[s.line]
	if q := s.peek(0); q == '"' || q == '\'' {
		end := closing(row, s.column)
		if end < 0 || !colonAfter(row, end+1) {
			return "", point{}, false
		}
		return string(row[s.column+1 : end]), point{s.line, end + 1}, true
	}
	if strings.ContainsRune("[{|>#&!%@`", s.peek(0)) {
		return "", point{}, false
	}
	for i := s.column; i < len(row); i++ {
		switch {
		case row[i] == ':' && (i+1 == len(row) || unicode.IsSpace(row[i+1])):
			word := strings.TrimRight(string(row[s.column:i]), " \t")
			return word, point{s.line, s.column + len([]rune(word))}, true
		case row[i] == '#' && i > s.column && unicode.IsSpace(row[i-1]):
			return "", point{}, false
		}
	}
	return "", point{}, false
}

// closing answers where a quoted text ends in its line; -1 where it does not.
func closing(row []rune, from int) int {
	for i := from + 1; i < len(row); i++ {
		switch {
		case row[i] == '\\' && row[from] == '"':
			i++
		case row[i] == row[from] && row[from] == '\'' && i+1 < len(row) && row[i+1] == '\'':
			i++
		case row[i] == row[from]:
			return i
		}
	}
	return -1
}

func colonAfter(row []rune, from int) bool {
	for from < len(row) && row[from] == ' ' {
		from++
	}
	return from < len(row) && row[from] == ':' && (from+1 == len(row) || unicode.IsSpace(row[from+1]))
}
