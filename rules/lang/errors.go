package lang

import (
	"fmt"
	"strings"

	"github.com/ifsev/ifsev/internal/nearest"
)

// Error is a mistake in a source, with its place. Offset and Length count characters (runes) of the source, Line and
// Column start at 1. Message says what is wrong, Hint what to do about it (it may be empty).
type Error struct {
	Offset, Length int
	Line, Column   int
	Message, Hint  string
	// More are the other mistakes of the same source, as far as they could be found beside this one.
	More []*Error
}

// All gives the mistake and those that were found beside it.
func (e *Error) All() []*Error { return append([]*Error{e}, e.More...) }

// Error gives `line:column: message (hint)`.
func (e *Error) Error() string {
	s := fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// and adds the mistakes of another part of the same source; e may be nil.
func (e *Error) and(other *Error) *Error {
	if e == nil {
		return other
	}
	if room := maxMistakes - len(e.All()); room > 0 {
		more := other.All()
		e.More = append(e.More, more[:min(room, len(more))]...)
	}
	return e
}

// DefineError is a mistake in a named condition; Err is the *Error positioned in that condition's own source.
type DefineError struct {
	Define string
	Err    error
}

// Error names the condition before the mistake.
func (e *DefineError) Error() string { return "define " + e.Define + ": " + e.Err.Error() }

// Unwrap gives the *Error.
func (e *DefineError) Unwrap() error { return e.Err }

// errorAt places a mistake in src.
func errorAt(src string, offset, length int, message, hint string) *Error {
	e := &Error{Offset: offset, Length: max(length, 1), Line: 1, Column: 1, Message: message, Hint: hint}
	seen := 0
	for _, r := range src {
		if seen == offset {
			break
		}
		seen++
		e.Column++
		if r == '\n' {
			e.Line++
			e.Column = 1
		}
	}
	return e
}

// moved places a mistake of a part of src, beginning at the rune base, in the whole.
func (e *Error) moved(src string, base int) *Error {
	there := errorAt(src, base+e.Offset, e.Length, e.Message, e.Hint)
	for _, m := range e.More {
		there.More = append(there.More, m.moved(src, base))
	}
	return there
}

func didYouMean(word string, known []string) string {
	near := Nearest(word, known)
	if near == "" {
		return ""
	}
	return "did you mean " + near + "?"
}

// oneOfFew says which known word was meant; where none is near, which there are, if they are few.
func oneOfFew(word string, known []string) string {
	if len(known) > nearest.Few {
		return didYouMean(word, known)
	}
	list := "it has none"
	if len(known) > 0 {
		list = "there is " + nearest.List(known)
	}
	return orElse(didYouMean(word, known), list)
}

func orElse(hint, otherwise string) string {
	if hint == "" {
		return otherwise
	}
	return hint
}

func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(quoted, ", ")
}
