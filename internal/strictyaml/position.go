package strictyaml

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// place is a line and a column, both from 1.
type place struct{ line, column int }

// PositionOf answers the line and column of a character inside a scalar, counted from 0 in Raw, whatever quotes,
// escapes and line breaks lie before it. The offset after the last character is answered too; one outside is the
// nearest inside.
func (n Node) PositionOf(offset int) (line, column int) {
	places := n.places()
	if len(places) == 0 {
		return n.Line(), n.Column()
	}
	p := places[min(max(offset, 0), len(places)-1)]
	return p.line, p.column
}

// ProblemAt makes a problem with length characters of a scalar, beginning at the character offset of Raw.
func (n Node) ProblemAt(offset, length int, message, hint string) Problem {
	if n.file == nil || n.Kind() != Scalar {
		return n.Problem(message, hint)
	}
	line, column := n.PositionOf(offset)
	endLine, endColumn := n.PositionOf(offset + max(length, 1) - 1)
	if endLine == line && endColumn >= column {
		length = endColumn - column + 1
	} else {
		length = max(len([]rune(n.file.Line(line)))-column+1, 1)
	}
	return n.file.Problem(line, column, length, message, hint)
}

// multiline reports whether a scalar's end is on another line than its beginning.
func (n Node) multiline() bool {
	places := n.places()
	return len(places) > 0 && places[len(places)-1].line != n.Line()
}

// width is how many characters a scalar of one line takes, quotes included.
func (n Node) width() int {
	places := n.places()
	if len(places) == 0 {
		return 1
	}
	w := places[len(places)-1].column - n.Column()
	if n.yaml.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		w++
	}
	return max(w, 1)
}

// places answers where each character of a scalar stands, and after them the end. It reads the source again by the
// rules of the scalar's style; where what it reads is not what YAML read, it answers only the beginning, so that a
// place is never made up.
func (n Node) places() []place {
	y := n.target()
	if y == nil || y.Kind != yaml.ScalarNode || n.file == nil {
		return nil
	}
	want := []rune(y.Value)
	s := scan{lines: n.file.runes(y.Line), line: y.Line, column: y.Column}
	s.skipProperties()
	start := place{s.line, s.column}
	var ok bool
	if y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		ok = s.block(want, y.Style&yaml.LiteralStyle != 0)
	} else {
		ok = s.flow(want, y.Style)
	}
	if !ok {
		return []place{start}
	}
	return s.places
}

// runes answers the lines from one on; a scalar is read through them without looking at what is before.
func (f *File) runes(from int) func(line int) ([]rune, bool) {
	var last int
	var cached []rune
	return func(line int) ([]rune, bool) {
		if line < from || line > len(f.lines) {
			return nil, false
		}
		if line != last {
			last, cached = line, []rune(f.lines[line-1])
		}
		return cached, true
	}
}

// scan reads one scalar from its source.
type scan struct {
	lines  func(int) ([]rune, bool)
	line   int
	column int
	text   []rune
	places []place
}

// peek answers the character i after the present one; 0 at the end of the line.
func (s *scan) peek(i int) rune {
	src, ok := s.lines(s.line)
	if at := s.column - 1 + i; ok && at < len(src) {
		return src[at]
	}
	return 0
}

func (s *scan) emit(r rune, at place) {
	s.text = append(s.text, r)
	s.places = append(s.places, at)
}

func (s *scan) here() place { return place{s.line, s.column} }

// nextLine goes to the beginning of the next line; false at the end of the text.
func (s *scan) nextLine() bool {
	if _, ok := s.lines(s.line + 1); !ok {
		return false
	}
	s.line, s.column = s.line+1, 1
	return true
}

func (s *scan) skipBlanks() {
	for s.peek(0) == ' ' || s.peek(0) == '\t' {
		s.column++
	}
}

// skipProperties passes the anchor and the tag, and what lies between them and the value.
func (s *scan) skipProperties() {
	if s.peek(0) != '&' && s.peek(0) != '!' {
		return
	}
	for {
		switch s.peek(0) {
		case '&':
			s.skipAnchor()
		case '!':
			for r := s.peek(0); r != 0 && r != ' ' && r != '\t'; r = s.peek(0) {
				s.column++
			}
		case ' ', '\t':
			s.skipBlanks()
		case 0, '#':
			if !s.nextLine() {
				return
			}
		default:
			return
		}
	}
}

// skipAnchor passes an anchor; colons belong to its name only where the name goes on behind them.
func (s *scan) skipAnchor() {
	s.column++
	for ofAnchor(s.peek(0)) {
		colons := 0
		for s.peek(colons) == ':' {
			colons++
		}
		if colons > 0 && !ofAnchor(s.peek(colons)) {
			return
		}
		s.column += max(colons, 1)
	}
}

// ofAnchor is narrower than YAML, as the library is: the name of an anchor is ASCII.
func ofAnchor(r rune) bool { return r > ' ' && r < 0x7f && !strings.ContainsRune(",[]{}", r) }

// flow reads a plain or quoted scalar until it has as many characters as the value.
func (s *scan) flow(want []rune, style yaml.Style) bool {
	quote := rune(0)
	switch {
	case style&yaml.DoubleQuotedStyle != 0:
		quote = '"'
	case style&yaml.SingleQuotedStyle != 0:
		quote = '\''
	}
	if quote != 0 {
		if s.peek(0) != quote {
			return false
		}
		s.column++
	}
	for len(s.text) < len(want) {
		if !s.flowStep(quote) {
			return false
		}
	}
	return s.finish(want)
}

// flowStep reads one character, escape, run of blanks or fold.
func (s *scan) flowStep(quote rune) bool {
	switch r := s.peek(0); {
	case r == 0, r == ' ', r == '\t':
		return s.blanks()
	case quote == '"' && r == '\\':
		return s.escape()
	case quote == '\'' && r == '\'':
		s.emit('\'', s.here())
		s.column += 2
	default:
		s.emit(r, s.here())
		s.column++
	}
	return true
}

// blanks reads a run of blanks: kept inside a line, folded at its end.
func (s *scan) blanks() bool {
	start := s.column
	s.skipBlanks()
	if s.peek(0) != 0 {
		src, _ := s.lines(s.line)
		for c := start; c < s.column; c++ {
			s.emit(src[c-1], place{s.line, c})
		}
		return true
	}
	return s.fold(place{s.line, start}, true)
}

// fold reads the end of a line: one break becomes a space, n breaks become n-1 line feeds. After an escaped break the
// space is left out.
func (s *scan) fold(at place, space bool) bool {
	feeds := 0
	for {
		if !s.nextLine() {
			return false
		}
		s.skipBlanks()
		if s.peek(0) != 0 {
			break
		}
		s.emit('\n', place{s.line, 1})
		feeds++
	}
	if feeds == 0 && space {
		s.emit(' ', at)
	}
	return true
}

var escapes = map[rune]rune{
	'0': 0, 'a': 7, 'b': 8, 't': 9, '\t': 9, 'n': 10, 'v': 11, 'f': 12, 'r': 13, 'e': 27, ' ': ' ', '"': '"', '\'': '\'',
	'\\': '\\', '/': '/', 'N': 0x85, '_': 0xa0, 'L': 0x2028, 'P': 0x2029,
}

func (s *scan) escape() bool {
	at, r := s.here(), s.peek(1)
	digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[r]
	switch code, known := escapes[r]; {
	case digits > 0:
		var hex strings.Builder
		for i := range digits {
			hex.WriteRune(s.peek(2 + i))
		}
		v, err := strconv.ParseUint(hex.String(), 16, 32)
		if err != nil {
			return false
		}
		s.emit(rune(v), at)
	case r == 0:
		s.column++
		return s.fold(at, false)
	case known:
		s.emit(code, at)
	default:
		return false
	}
	s.column += 2 + digits
	return true
}

// finish compares what was read with the value and adds the end.
func (s *scan) finish(want []rune) bool {
	if string(s.text[:min(len(s.text), len(want))]) != string(want) {
		return false
	}
	end := s.here()
	if len(s.places) > len(want) {
		end = s.places[len(want)]
	}
	s.places = append(s.places[:len(want)], end)
	return true
}
