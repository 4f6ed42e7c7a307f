package lang

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

func textFunctions() []Function {
	one := []any{(func(string) string)(nil)}
	return []Function{
		{Name: "lower", Doc: "the text in lower case", Types: one, Eval: onText(strings.ToLower)},
		{Name: "upper", Doc: "the text in upper case", Types: one, Eval: onText(strings.ToUpper)},
		{Name: "trim", Doc: "the text without spaces around it", Types: one, Eval: onText(strings.TrimSpace)},
		{Name: "slug", Doc: "the text as part of a name: lower case letters, digits and single hyphens, at most 60", Types: one, Eval: onText(slug)},
		{Name: "join", Doc: `the elements of a list as one text, with ", " or the second argument between them`, Types: []any{(func([]any) string)(nil), (func([]any, string) string)(nil)}, Eval: join},
		{Name: "split", Doc: "the parts of a text between a separator", Types: []any{(func(string, string) []string)(nil)}, Eval: split},
		{Name: "replace", Doc: "the text with every occurrence of the second argument replaced by the third", Types: []any{(func(string, string, string) string)(nil)}, Eval: replace},
		{Name: "string", Doc: "any value as a template would write it", Types: []any{(func(any) string)(nil)}, Eval: asText},
	}
}

func textArguments(args []any) (texts []string, set bool, err error) {
	for _, a := range args {
		switch s := a.(type) {
		case nil:
			return nil, false, nil
		case string:
			texts = append(texts, s)
		default:
			return nil, false, fmt.Errorf("this must be text, but it is %s", describeValue(a))
		}
	}
	return texts, true, nil
}

func onText(f func(string) string) func(*Runtime, ...any) (any, error) {
	return func(rt *Runtime, args ...any) (any, error) {
		texts, set, err := textArguments(args)
		if err != nil || !set {
			return nil, err
		}
		if err := rt.build(len(texts[0])); err != nil {
			return nil, err
		}
		return f(texts[0]), nil
	}
}

const maxSlug = 60

// slug keeps letters and digits of any script that has lower case, as chat tools do.
func slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = b.Len() > 0
			continue
		}
		if b.Len()+len(string(r))+1 > maxSlug {
			break
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

func join(rt *Runtime, args ...any) (any, error) {
	if args[0] == nil {
		return nil, nil
	}
	glue := ", "
	if len(args) == 2 {
		texts, set, err := textArguments(args[1:])
		if err != nil || !set {
			return nil, err
		}
		glue = texts[0]
	}
	items, err := asList(args[0])
	if err != nil {
		return nil, err
	}
	w := writer{location: rt.location, most: maxBuilt}
	r := reflect.ValueOf(items)
	for i := range r.Len() {
		if i > 0 {
			w.add(glue)
		}
		w.write(r.Index(i).Interface())
		if w.full {
			return nil, errBuilt
		}
	}
	return w.text.String(), rt.build(w.text.Len() + r.Len())
}

func split(rt *Runtime, args ...any) (any, error) {
	texts, set, err := textArguments(args)
	if err != nil || !set {
		return nil, err
	}
	if err := rt.build(17 * (strings.Count(texts[0], texts[1]) + 1)); err != nil {
		return nil, err
	}
	return strings.Split(texts[0], texts[1]), nil
}

func replace(rt *Runtime, args ...any) (any, error) {
	texts, set, err := textArguments(args)
	if err != nil || !set {
		return nil, err
	}
	grown := strings.Count(texts[0], texts[1]) * max(len(texts[2])-len(texts[1]), 0)
	if err := rt.build(len(texts[0]) + grown); err != nil {
		return nil, err
	}
	return strings.ReplaceAll(texts[0], texts[1], texts[2]), nil
}

func asText(rt *Runtime, args ...any) (any, error) {
	w := writer{location: rt.location, most: maxBuilt}
	w.write(args[0])
	if w.full {
		return nil, errBuilt
	}
	return w.text.String(), rt.build(w.text.Len() + 1)
}
