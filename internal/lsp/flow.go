package lsp

import (
	"strings"
	"unicode"
)

// bracket is one { or [ that is open.
type bracket struct {
	isMap bool
	// owner is the entry whose value it is, base how many entries were open outside of it.
	owner, base int
	// element is the key or the element that is being read; -1 where one may begin.
	element int
}

// brackets reads what stands in brackets, over as many lines as it takes, and reports whether the last is closed.
// Where it is not, the outline's tail says where the text ends.
func (s *scan) brackets(owner int) bool {
	f := flow{scan: s, outer: owner, base: len(s.open)}
	for {
		s.skipBlank()
		switch r := s.peek(0); {
		case r == '#' && (s.column == 0 || unicode.IsSpace(s.peek(-1))):
			s.last = tail{kind: tailComment, owner: -1}
			s.column = len(s.lines[s.line])
			if !s.goesOn(owner) {
				f.end()
				return false
			}
		case r == 0:
			if !s.goesOn(owner) {
				if s.line == len(s.lines)-1 {
					f.nothing()
				}
				f.end()
				return false
			}
		case r == '{' || r == '[':
			f.open = append(f.open, bracket{isMap: r == '{', owner: f.value(), base: len(s.open), element: -1})
			s.column++
		case r == '}' || r == ']':
			s.column++
			if f.close(); len(f.open) == 0 {
				return true
			}
		case r == ',':
			s.column++
			f.next()
		default:
			if !f.scalar() {
				f.end()
				return false
			}
		}
	}
}

// flow is the reading of one value in brackets.
type flow struct {
	*scan
	// outer is the entry the whole belongs to, base how many were open around it.
	outer, base int
	open        []bracket
}

func (f *flow) top() *bracket { return &f.open[len(f.open)-1] }

// value answers the entry whose value begins here; in a list it makes the element.
func (f *flow) value() int {
	if len(f.open) == 0 {
		return f.outer
	}
	b := f.top()
	if b.element < 0 && !b.isMap {
		b.element = f.add(entry{item: true, flow: true, at: f.here(), keyEnd: f.here()})
	}
	if b.element < 0 {
		return b.owner
	}
	return b.element
}

// next ends an element.
func (f *flow) next() {
	b := f.top()
	b.element = -1
	f.scan.open = f.scan.open[:b.base]
}

func (f *flow) close() {
	f.next()
	f.open = f.open[:len(f.open)-1]
}

// end gives up what is not closed, unless the text ends in it.
func (f *flow) end() {
	if f.line < len(f.lines)-1 {
		f.scan.open = f.scan.open[:f.base]
	}
}

// nothing notes that the text may end here.
func (f *flow) nothing() {
	b := f.top()
	f.last = tail{owner: f.value(), from: f.here(), beside: b.isMap && b.element >= 0, keyOnly: b.isMap && b.element < 0}
	if e := f.last.owner; e >= 0 && b.element >= 0 && f.entries[e].from != f.entries[e].to {
		f.last.kind = tailDone
	}
}

// scalar reads a text, and the colon that makes a key of it. It is false where the text ends in it.
func (f *flow) scalar() bool {
	b, from, how := f.top(), f.here(), plain
	asKey := b.isMap && b.element < 0
	owner := f.value()
	if r := f.peek(0); r == '"' || r == '\'' {
		if how = double; r == '\'' {
			how = single
		}
		if !f.quote(owner) {
			f.last = tail{kind: tailScalar, owner: owner, from: from, style: how, beside: !asKey && b.isMap, keyOnly: asKey}
			return false
		}
	} else {
		f.plainText()
	}
	if to := f.here(); !f.colon(from, to, how) && !asKey {
		if from.line == to.line {
			to = trimmed(f.lines[to.line], from, to.column)
		}
		f.note(owner, from, to, how, b.isMap)
	}
	if f.here() == from {
		f.column++ // a colon where none belongs
	}
	if f.peek(0) == 0 && f.line == len(f.lines)-1 && how == plain && f.here() != from {
		if f.last = (tail{kind: tailScalar, owner: owner, from: from, beside: !asKey && b.isMap, keyOnly: asKey}); f.peek(-1) == ':' {
			f.last.kind = tailDone
		}
		return false
	}
	return true
}

// plainText goes to the end of a text without quotes. A ${ } in it is taken whole: YAML would not, and says so.
func (f *flow) plainText() {
	for start := f.column; f.peek(0) != 0; f.column++ {
		switch r := f.peek(0); {
		case strings.ContainsRune(",[]{}", r):
			return
		case r == ':' && endsKey(f.peek(1)), r == '#' && f.column > start && unicode.IsSpace(f.peek(-1)):
			return
		case r == '$' && f.peek(1) == '{':
			for f.peek(0) != 0 && f.peek(0) != '}' {
				f.column++
			}
			if f.peek(0) == 0 {
				return
			}
		}
	}
}

func endsKey(r rune) bool { return r == 0 || unicode.IsSpace(r) || strings.ContainsRune(",[]{}", r) }

// colon makes a key of the text before it, if a colon stands here.
func (f *flow) colon(from, to point, how style) bool {
	b, back := f.top(), f.column
	f.skipBlank()
	if f.peek(0) != ':' || how == plain && !endsKey(f.peek(1)) || from.line != to.line || b.isMap && b.element >= 0 {
		if how != plain {
			f.column = back
		}
		return false
	}
	key := strings.TrimSpace(string(f.lines[from.line][from.column:to.column]))
	if how != plain {
		key = strings.Trim(key, `"'`)
	}
	b.element = f.add(entry{key: key, flow: true, at: from, keyEnd: trimmed(f.lines[to.line], from, to.column)})
	f.column++
	return true
}
