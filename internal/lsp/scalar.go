package lsp

import (
	"slices"
	"strings"
	"unicode"
)

// value reads a value of an entry, from where the scan stands.
func (s *scan) value(owner int, beside bool) {
	s.skipProperties()
	switch s.peek(0) {
	case 0:
		s.last = tail{owner: owner, from: s.here(), beside: beside}
	case '{', '[':
		if s.brackets(owner) {
			s.behindValue(owner)
		}
	case '|', '>':
		s.note(owner, s.here(), point{s.line, len(s.lines[s.line])}, block, beside)
		s.last = tail{kind: tailDone, owner: owner}
		s.blocked = owner
	case '"', '\'':
		s.quoted(owner, beside)
	default:
		s.plain(owner, beside)
	}
}

// skipProperties skips an anchor or a tag.
func (s *scan) skipProperties() {
	for s.peek(0) == '&' || s.peek(0) == '!' {
		for r := s.peek(0); r != 0 && r != ' ' && r != '\t'; r = s.peek(0) {
			s.column++
		}
		s.skipBlank()
	}
}

// note remembers a scalar of an entry; one that goes on in the next line becomes longer.
func (s *scan) note(owner int, from, to point, how style, same bool) {
	if owner < 0 {
		return
	}
	e := &s.entries[owner]
	if e.from == e.to {
		e.from, e.style, e.same = from, how, same
	}
	e.to = to
}

// plain reads a text without quotes to the end of its line or a comment.
func (s *scan) plain(owner int, beside bool) {
	from, row := s.here(), s.lines[s.line]
	for s.peek(0) != 0 {
		if s.peek(0) == '#' && s.column > 0 && unicode.IsSpace(row[s.column-1]) {
			s.note(owner, from, trimmed(row, from, s.column), plain, beside)
			s.last = tail{kind: tailComment, owner: -1}
			return
		}
		s.column++
	}
	s.note(owner, from, trimmed(row, from, s.column), plain, beside)
	s.last = tail{kind: tailScalar, owner: owner, from: from, style: plain, beside: beside}
	if owner >= 0 && s.entries[owner].from.before(from) { // it goes on from the line before
		s.last.from, s.last.style, s.last.beside = s.entries[owner].from, s.entries[owner].style, true
	}
}

func trimmed(row []rune, from point, end int) point {
	for end > from.column && unicode.IsSpace(row[end-1]) {
		end--
	}
	return point{from.line, end}
}

// quoted reads a text in quotes, which may go on in further lines as long as these are indented deeper.
func (s *scan) quoted(owner int, beside bool) {
	from, how := s.here(), single
	if s.peek(0) == '"' {
		how = double
	}
	if s.quote(owner) {
		s.note(owner, from, s.here(), how, beside)
		s.behindValue(owner)
		return
	}
	s.note(owner, from, s.here(), how, beside)
	s.last = tail{kind: tailScalar, owner: owner, from: from, style: how, beside: beside}
}

// quote goes to the end of a quoted text and reports whether there is one. Without one it ends where the text ends, or
// before a line that cannot belong to it.
func (s *scan) quote(owner int) bool {
	mark := s.peek(0)
	s.column++
	for {
		switch r := s.peek(0); {
		case r == 0:
			if !s.goesOn(owner) {
				return false
			}
		case r == '\\' && mark == '"':
			s.column = min(s.column+2, len(s.lines[s.line]))
		case r == mark && mark == '\'' && s.peek(1) == mark:
			s.column += 2
		case r == mark:
			s.column++
			return true
		default:
			s.column++
		}
	}
}

// goesOn moves to the next line if that can still belong to the value of an entry: it is empty, or indented deeper.
func (s *scan) goesOn(owner int) bool {
	column := -1
	if owner >= 0 {
		column = s.block(owner)
	}
	for next := s.line + 1; next < len(s.lines); next++ {
		row := s.lines[next]
		in := slices.IndexFunc(row, func(r rune) bool { return r != ' ' && r != '\t' })
		switch {
		case in < 0 && next+1 < len(s.lines):
			continue
		case in < 0: // the end, in a fresh line
			in = len(row)
		}
		if in <= column && (in >= len(row) || !strings.ContainsRune("]}", row[in])) {
			return false
		}
		s.line, s.column = next, in
		return true
	}
	return false
}

// block answers the column of the innermost entry around that is not within brackets.
func (s *scan) block(i int) int {
	for i >= 0 && s.entries[i].flow {
		i = s.entries[i].parent
	}
	if i < 0 {
		return -1
	}
	return s.entries[i].at.column
}

// behindValue reads what may stand behind a value that is whole: nothing, or a comment.
func (s *scan) behindValue(owner int) {
	s.last = tail{kind: tailDone, owner: owner}
	for s.peek(0) != 0 {
		if s.peek(0) == '#' {
			s.last.kind = tailComment
		}
		s.column++
	}
}
