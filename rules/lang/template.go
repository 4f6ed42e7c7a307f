package lang

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Template is text with `${ expression }` parts. It may be used by any number of goroutines.
type Template struct {
	source   string
	location *time.Location
	parts    []part
	reads    []string
}

// part is literal text, or an expression.
type part struct {
	text       string
	expression *Expression
}

// Template compiles src: `${ }` holds an expression, `$${` is a literal `${`. Every mistake is an *Error positioned in
// src.
func (s *Scope) Template(src string) (*Template, error) {
	if len(src) > MaxTemplate {
		return nil, errorAt(src, 0, 1, fmt.Sprintf("this is longer than %d bytes", MaxTemplate), "")
	}
	t := &Template{source: src, location: s.location}
	if !strings.Contains(src, "${") {
		t.parts = []part{{text: src}}
		return t, nil
	}
	if err := t.read(s, []rune(src)); err != nil {
		return nil, err
	}
	for _, p := range t.parts {
		if p.expression != nil {
			t.reads = append(t.reads, p.expression.reads...)
		}
	}
	slices.Sort(t.reads)
	t.reads = slices.Compact(t.reads)
	return t, nil
}

func (t *Template) read(s *Scope, rs []rune) error {
	var wrong *Error // of all expressions
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			t.parts = append(t.parts, part{text: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(rs); {
		switch {
		case hasRunes(rs, i, "$${"):
			literal.WriteString("${")
			i += 3
		case hasRunes(rs, i, "${"):
			flush()
			end, err := t.readExpression(s, rs, i)
			if err != nil {
				wrong = wrong.and(err)
			}
			if end == 0 {
				return wrong
			}
			i = end
		default:
			literal.WriteRune(rs[i])
			i++
		}
	}
	flush()
	if wrong != nil {
		return wrong
	}
	return nil
}

// readExpression compiles the part that opens at i and gives where it ends, also of one that is wrong; 0 if nowhere.
func (t *Template) readExpression(s *Scope, rs []rune, i int) (int, *Error) {
	end := closing(rs, i+2)
	if end < 0 {
		return 0, errorAt(t.source, i, 2, "this ${ is never closed", "end it with }, or write $${ for the characters")
	}
	inside := string(rs[i+2 : end])
	if strings.TrimSpace(inside) == "" {
		return end + 1, errorAt(t.source, i, end+1-i, "there is nothing inside ${ }", "write $${ for the characters")
	}
	e, err := s.Expression(inside, Any)
	if err != nil {
		var at *Error
		if errors.As(err, &at) {
			return end + 1, at.moved(t.source, i+2)
		}
		return end + 1, errorAt(t.source, i, end+1-i, err.Error(), "")
	}
	t.parts = append(t.parts, part{expression: e})
	return end + 1, nil
}

func hasRunes(rs []rune, i int, prefix string) bool {
	for _, r := range prefix {
		if i >= len(rs) || rs[i] != r {
			return false
		}
		i++
	}
	return true
}

// closing finds the } that ends an expression: not one in a text, nor of a record.
func closing(rs []rune, i int) int {
	for depth := 0; i < len(rs); {
		if end := skipQuoted(rs, i); end > i {
			i = end
			continue
		}
		switch rs[i] {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		}
		i++
	}
	return -1
}

// Source is the text it was compiled from.
func (t *Template) Source() string { return t.source }

// Reads lists the variables it depends on, sorted.
func (t *Template) Reads() []string { return slices.Clone(t.reads) }

// Static tells whether it has no expression in it: Render then always gives the same text.
func (t *Template) Static() bool {
	return !slices.ContainsFunc(t.parts, func(p part) bool { return p.expression != nil })
}

// Mixed tells whether it has literal text beside its expressions: Render then never gives an empty text.
func (t *Template) Mixed() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return strings.TrimSpace(p.text) != "" })
}

// Type is what Render gives as far as is known at load: String, unless the whole is one expression.
func (t *Template) Type() Type {
	if t.single() {
		return t.parts[0].expression.Type()
	}
	return String
}

func (t *Template) single() bool { return len(t.parts) == 1 && t.parts[0].expression != nil }

// Render gives the value at now: of exactly one `${expression}` the value itself, else text, each value written as
// Render the function does. Values are never read again. Text is cut at 64 KiB.
func (t *Template) Render(env Env, now time.Time) (any, error) {
	if t.single() {
		v, err := t.evaluate(0, env, now)
		if text, ok := v.(string); ok && len(text) > MaxTemplate {
			return shorten(text, MaxTemplate-len("…")), err
		}
		return v, err
	}
	w := writer{location: t.location, most: MaxTemplate}
	for i, p := range t.parts {
		if p.expression == nil {
			w.add(p.text)
			continue
		}
		v, err := t.evaluate(i, env, now)
		if err != nil {
			return nil, err
		}
		w.write(v)
	}
	return w.String(), nil
}

// evaluate places a failure in the template.
func (t *Template) evaluate(i int, env Env, now time.Time) (any, error) {
	e := t.parts[i].expression
	v, err := e.Eval(env, now)
	if err != nil {
		return nil, fmt.Errorf("${%s}: %w", e.source, err)
	}
	return v, nil
}
