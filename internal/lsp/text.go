package lsp

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// point is a place in a text: a line and a character (rune) of it, both from 0.
type point struct{ line, column int }

func (p point) before(q point) bool {
	return p.line < q.line || p.line == q.line && p.column < q.column
}

// text is a document cut into lines. It does not change.
type text struct {
	whole string
	// starts are the offsets in bytes at which lines begin.
	starts []int
}

func newText(whole string) *text {
	t := &text{whole: whole, starts: []int{0}}
	for i := 0; i < len(whole); i++ {
		// The line breaks are those of LSP and of YAML alike: LF, CR LF and CR.
		if whole[i] == '\n' || whole[i] == '\r' && (i+1 == len(whole) || whole[i+1] != '\n') {
			t.starts = append(t.starts, i+1)
		}
	}
	return t
}

// line answers a line without its break; "" outside of the text.
func (t *text) line(n int) string {
	if n < 0 || n >= len(t.starts) {
		return ""
	}
	end := len(t.whole)
	if n+1 < len(t.starts) {
		end = t.starts[n+1]
	}
	return strings.TrimRight(t.whole[t.starts[n]:end], "\r\n")
}

// offset answers where a position is, in bytes. What lies behind the end of a line or of the text is its end; what lies
// within a character of two code units is its beginning.
func (t *text) offset(p position) int {
	if p.Line < 0 {
		return 0
	}
	if p.Line >= len(t.starts) {
		return len(t.whole)
	}
	units, offset := 0, 0
	line := t.line(p.Line)
	for offset < len(line) {
		r, size := utf8.DecodeRuneInString(line[offset:])
		if units += unitsOf(r); units > p.Character {
			break
		}
		offset += size
	}
	return t.starts[p.Line] + offset
}

// point answers a position counted in characters.
func (t *text) point(p position) point {
	at := t.offset(p)
	line := min(max(p.Line, 0), len(t.starts)-1)
	return point{line, utf8.RuneCountInString(t.whole[t.starts[line]:at])}
}

// position answers a point counted in UTF-16 code units.
func (t *text) position(p point) position {
	units, column := 0, 0
	for _, r := range t.line(p.line) {
		if column == p.column {
			break
		}
		column++
		units += unitsOf(r)
	}
	return position{p.line, units}
}

func (t *text) span(from, to point) textRange {
	return textRange{t.position(from), t.position(to)}
}

// unitsOf is how many UTF-16 code units a character takes; what is no character counts as its replacement.
func unitsOf(r rune) int {
	if n := utf16.RuneLen(r); n > 0 {
		return n
	}
	return 1
}

// edited answers the text after a change.
func (t *text) edited(c contentChange) *text {
	if c.Range == nil {
		return newText(c.Text)
	}
	from, to := t.offset(c.Range.Start), t.offset(c.Range.End)
	if to < from {
		from, to = to, from
	}
	return newText(t.whole[:from] + c.Text + t.whole[to:])
}

// runes answers every line in characters.
func (t *text) runes() [][]rune {
	lines := make([][]rune, len(t.starts))
	for i := range lines {
		lines[i] = []rune(t.line(i))
	}
	return lines
}
