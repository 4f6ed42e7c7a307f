package lang

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/ifsev/ifsev"
)

// Duration literals are not expr's: `20m` is a bad number to its lexer. So the first digit is replaced by its
// fullwidth twin before parsing; the lexer then sees an identifier of the same number of runes, every position stays
// right, and resolve turns the identifier into a constant.
const wideZero = '０'

func isWide(r rune) bool { return r >= wideZero && r <= wideZero+9 }

func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		if isWide(r) {
			return r - wideZero + '0'
		}
		return r
	}, s)
}

// scanner goes once over a source before the parser sees it.
type scanner struct {
	src     string
	in, out []rune
	levels  []int // open brackets; each counts the ternaries, lets and powers that nest inside it
	depth   int
	prefix  int // `not`, `!`, `-` in a row
	err     *Error
}

// scan refuses what is too long or too deep for the recursive parser and marks duration literals.
func scan(src string) (string, *Error) {
	if len(src) > MaxSource {
		return "", errorAt(src, 0, 1, fmt.Sprintf("this is longer than %d bytes", MaxSource), splitHint)
	}
	s := &scanner{src: src, in: []rune(src), levels: []int{0}}
	s.out = append(s.out, s.in...)
	for i := 0; i < len(s.in) && s.err == nil; {
		i = s.next(i)
	}
	return string(s.out), s.err
}

func (s *scanner) fail(at, length int, message, hint string) {
	if s.err == nil {
		s.err = errorAt(s.src, at, length, message, hint)
	}
}

func (s *scanner) next(i int) int {
	if end := skipQuoted(s.in, i); end > i {
		if s.in[i] != '/' {
			s.prefix = 0
		}
		return end
	}
	r := s.in[i]
	switch {
	case unicode.IsSpace(r):
		return i + 1
	case isWord(r):
		return s.word(i)
	}
	return s.operator(i, r)
}

func (s *scanner) operator(i int, r rune) int {
	prefix := 0
	switch r {
	case '(', '[', '{':
		s.levels = append(s.levels, 0)
		s.deeper(i)
	case ')', ']', '}':
		s.close()
	case ',':
		s.depth -= s.levels[len(s.levels)-1]
		s.levels[len(s.levels)-1] = 0
	case '?':
		if s.at(i+1) == '?' {
			s.fail(i, 2, "?? is not part of the language", "write default(x, fallback)")
		}
		if s.at(i+1) == '.' {
			s.prefix = 0
			return i + 2
		}
		s.nest(i)
	case '^':
		s.nest(i)
	case '*':
		if s.at(i+1) == '*' {
			s.nest(i)
			i++
		}
	case '!', '-', '+':
		prefix = s.prefix + 1
	}
	s.setPrefix(i, prefix)
	return i + 1
}

func (s *scanner) setPrefix(i, n int) {
	s.prefix = n
	if s.depth+n > maxDepth {
		s.tooDeep(i)
	}
}

func (s *scanner) nest(i int) {
	s.levels[len(s.levels)-1]++
	s.deeper(i)
}

func (s *scanner) deeper(i int) {
	s.depth++
	if s.depth > maxDepth {
		s.tooDeep(i)
	}
}

func (s *scanner) tooDeep(i int) {
	s.fail(i, 1, fmt.Sprintf("this is nested more than %d deep", maxDepth), splitHint)
}

func (s *scanner) close() {
	if last := len(s.levels) - 1; last > 0 {
		s.depth -= s.levels[last] + 1
		s.levels = s.levels[:last]
	}
}

func (s *scanner) at(i int) rune {
	if i < 0 || i >= len(s.in) {
		return 0
	}
	return s.in[i]
}

func (s *scanner) word(i int) int {
	end := i
	for end < len(s.in) && isWord(s.in[end]) {
		end++
	}
	word, prefix := string(s.in[i:end]), 0
	switch {
	case word == "not":
		prefix = s.prefix + 1
	case word == "let":
		s.nest(i)
	case word == "$" && s.at(end) == '{':
		s.fail(i, 2, "this is an expression already", "leave out the ${ }: write severity == 1")
	case isWide(s.in[i]):
		s.fail(i, end-i, "use plain digits", "write 0 to 9")
	case s.in[i] >= '0' && s.in[i] <= '9':
		s.number(i, end, word)
	}
	s.setPrefix(i, prefix)
	return end
}

// number marks a duration and explains what only looks like one.
func (s *scanner) number(i, end int, word string) {
	if isNumber(word) {
		return
	}
	fraction := s.at(i-1) == '.' && s.at(i-2) >= '0' && s.at(i-2) <= '9'
	if fraction {
		s.fail(i, end-i, "a duration has no decimal point", "write 1h30m for an hour and a half")
		return
	}
	if _, err := ifsev.ParseDuration(word); err != nil {
		s.fail(i, end-i, err.Error(), "")
		return
	}
	s.out[i] = s.in[i] - '0' + wideZero
}

func isNumber(word string) bool {
	w := strings.ToLower(word)
	digits := strings.TrimLeft(w, "0123456789_")
	if digits == "" || strings.HasPrefix(w, "0x") || strings.HasPrefix(w, "0o") || strings.HasPrefix(w, "0b") {
		return true
	}
	return digits[0] == 'e' && strings.TrimLeft(digits[1:], "0123456789_") == ""
}

func isWord(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// skipQuoted gives the end of the string or comment that begins at i, or i where none begins.
func skipQuoted(rs []rune, i int) int {
	switch r := rs[i]; {
	case r == '"' || r == '\'':
		return skipString(rs, i, r)
	case r == '`':
		return skipUntil(rs, i+1, "`")
	case r == '/' && i+1 < len(rs) && rs[i+1] == '/':
		return skipUntil(rs, i+2, "\n")
	case r == '/' && i+1 < len(rs) && rs[i+1] == '*':
		return skipUntil(rs, i+2, "*/")
	}
	return i
}

func skipString(rs []rune, i int, quote rune) int {
	for i++; i < len(rs) && rs[i] != quote; i++ {
		if rs[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(rs))
}

func skipUntil(rs []rune, i int, end string) int {
	marks := []rune(end)
	for ; i+len(marks) <= len(rs); i++ {
		if rs[i] == marks[0] && (len(marks) == 1 || rs[i+1] == marks[1]) {
			return i + len(marks)
		}
	}
	return len(rs)
}
