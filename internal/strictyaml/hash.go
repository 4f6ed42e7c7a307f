package strictyaml

import (
	"cmp"
	"fmt"
	"strings"
)

// A # behind a space begins a comment in YAML, and people write channels and elements with it: what they meant to be
// the value is gone, and in brackets what would have closed them too.

// Hash tells of a value that is missing because what stands there begins with #: it is how to write it, as a hint; ""
// where nothing of the sort does.
func (n Node) Hash() string {
	if n.Kind() != Null {
		return ""
	}
	src := []rune(n.Source())
	at := commentAt(src)
	if at == 0 || at < n.Column() {
		return ""
	}
	return quotedHash(src, at)
}

// swallowed finds the comment between an open bracket and the place where it was missed that holds what was to close it.
func (f *File) swallowed(from, line, column int) (Problem, bool) {
	for i := max(from, 1); i <= line; i++ {
		src := []rune(f.Line(i))
		at := commentAt(src)
		if at == 0 || i == line && at >= column || !closes(src[at:]) {
			continue
		}
		return f.Problem(i, at, len(hashWord(src, at)), "a # after a space begins a comment, so the rest of the line is not read", cmp.Or(quotedHash(src, at), "put the whole value in quotes")), true
	}
	return Problem{}, false
}

// lastBefore answers the last line before one that says anything.
func (f *File) lastBefore(line int) int {
	for line--; line > 1; line-- {
		if text := strings.TrimSpace(f.Line(line)); text != "" && text[0] != '#' {
			break
		}
	}
	return line
}

// commentAt answers the column of the # that begins a comment behind something else in a line; 0 if none does.
func commentAt(src []rune) int {
	var quote rune
	said := false
	for i := 0; i < len(src); i++ {
		r := src[i]
		switch {
		case quote == '"' && r == '\\', quote == '\'' && r == quote && i+1 < len(src) && src[i+1] == quote:
			i++
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case (r == '"' || r == '\'') && (i == 0 || strings.ContainsRune(" \t[{,", src[i-1])):
			quote = r
		case r == '#' && said && blank(src[i-1]):
			return i + 1
		}
		said = said || !blank(r)
	}
	return 0
}

func blank(r rune) bool { return r == ' ' || r == '\t' }

// closes reports whether a text closes more brackets than it opens.
func closes(text []rune) bool {
	open := 0
	for _, r := range text {
		switch r {
		case '[', '{':
			open++
		case ']', '}':
			if open--; open < 0 {
				return true
			}
		}
	}
	return false
}

// hashWord is the word that begins with the # at a column.
func hashWord(src []rune, at int) string {
	word := string(src[at-1:])
	if end := strings.IndexAny(word, " \t,]}"); end > 0 {
		word = word[:end]
	}
	return word
}

// quotedHash is how to write a value that begins with the # at a column; "" where it does not begin one.
func quotedHash(src []rune, at int) string {
	before := strings.TrimSpace(string(src[:at-1]))
	word := hashWord(src, at)
	if len(word) == 1 || !strings.ContainsAny(before[len(before)-1:], ":,[{-") {
		return ""
	}
	return fmt.Sprintf("text that begins with # belongs in quotes: %q", word)
}
