package api

import (
	"strings"
	"unicode"

	"github.com/ifsev/ifsev"
)

// tidy takes blanks around the texts of a body away, and makes spaces of control characters, which have no place on a
// screen or in a page; what is told in several lines keeps its lines.
func tidy(body ifsev.Data, fields []field) {
	for i := range fields {
		switch f := &fields[i]; v := body[f.name].(type) {
		case string:
			body[f.name] = f.tidyText(v)
		case []any:
			for n := range v {
				if text, is := v[n].(string); is {
					v[n] = oneLine(text)
				}
			}
		case map[string]any:
			for name := range v {
				if text, is := v[name].(string); is && f.texts {
					v[name] = oneLine(text)
				}
			}
		}
	}
}

func (f *field) tidyText(text string) string {
	switch {
	case f.raw:
		return text
	case f.lines:
		text = strings.ReplaceAll(text, "\r\n", "\n")
		return strings.TrimSpace(spaced(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }))
	}
	return oneLine(text)
}

// oneLine makes a text fit for one line.
func oneLine(text string) string { return strings.TrimSpace(spaced(text, unicode.IsControl)) }

// spaced makes spaces of the characters that are bad.
func spaced(text string, bad func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if bad(r) {
			return ' '
		}
		return r
	}, text)
}
