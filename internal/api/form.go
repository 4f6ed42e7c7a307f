package api

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// field describes one member of a body, for the reader and for the API's document alike.
type field struct {
	name string
	kind ifsev.ValueType
	doc  string
	// required text must not be blank either.
	required bool
	// null may be given, and takes the value away.
	null bool
	// most is the limit: characters of a text, entries of a list, or the largest whole number; 0 means none.
	most int
	// least is the smallest whole number.
	least  int
	values []string
	// texts says that the values of a map are text or null.
	texts bool
	// named means that a text may stand in the place of a whole number: the configuration knows which.
	named bool
	// lines means that the text may have several; raw, that it is taken as it is. Any other is one line.
	lines, raw bool
}

// instead says what to write for names that suggest themselves, but that nobody can change as a whole.
var instead = map[string]string{
	"tags":        "lists are changed with add_tags and remove_tags",
	"responders":  "lists are changed with add_responders and remove_responders",
	"subscribers": "lists are changed with add_subscribers",
	"sev":         "it is called severity",
}

// checkFields answers everything that is wrong with an object.
func checkFields(body map[string]any, fields []field) []problem.At {
	var faults []problem.At
	known := map[string]bool{}
	for i := range fields {
		f := &fields[i]
		known[f.name] = true
		v, there := body[f.name]
		switch {
		case !there && f.required:
			faults = append(faults, wrong(problem.Pointer(f.name), "is required"))
		case there:
			faults = append(faults, f.check(v)...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(body)) {
		if !known[name] {
			faults = append(faults, wrong(problem.Pointer(name), unknownField(name, slices.Sorted(maps.Keys(known)))))
		}
	}
	return faults
}

func unknownField(name string, known []string) string {
	if hint := instead[name]; hint != "" {
		return "is not known here: " + hint
	}
	if near, ok := strictyaml.Nearest(name, known); ok {
		return fmt.Sprintf("is not known here: did you mean %s?", near)
	}
	if len(known) == 0 {
		return "is not known here: nothing is"
	}
	return "is not known here: known are " + strings.Join(known, ", ")
}

// check answers what is wrong with the value of one field.
func (f *field) check(v any) []problem.At {
	if v == nil && f.null {
		return nil
	}
	at := problem.Pointer(f.name)
	switch f.kind {
	case ifsev.TypeInt:
		return one(at, f.checkNumber(v))
	case ifsev.TypeBool:
		if _, ok := v.(bool); !ok {
			return one(at, "must be true or false, not "+describe(v))
		}
	case ifsev.TypeStrings:
		return f.checkList(at, v)
	case ifsev.TypeMap:
		return f.checkMap(at, v)
	case ifsev.TypeTime, ifsev.TypeDuration:
		return one(at, f.checkWhen(v))
	default:
		return one(at, f.checkText(v))
	}
	return nil
}

func one(at, said string) []problem.At {
	if said == "" {
		return nil
	}
	return []problem.At{wrong(at, said)}
}

func wrong(at, said string) problem.At { return problem.At{Pointer: at, Detail: said} }

// checkNumber takes a name for a number too, where the configuration knows names.
func (f *field) checkNumber(v any) string {
	text, is := v.(string)
	switch {
	case !is || !f.named:
		return f.checkInt(v)
	case utf8.RuneCountInString(text) > ifsev.MaxTagLength:
		return fmt.Sprintf("is longer than %d characters", ifsev.MaxTagLength)
	}
	return ""
}

func (f *field) checkInt(v any) string {
	n, ok := v.(int)
	if !ok || f.most > 0 && (n < f.least || n > f.most) {
		if f.most > 0 {
			return fmt.Sprintf("must be a whole number from %d to %d, not %s", f.least, f.most, describe(v))
		}
		return "must be a whole number, not " + describe(v)
	}
	return ""
}

func (f *field) checkText(v any) string {
	s, ok := v.(string)
	switch {
	case !ok:
		return "must be text, not " + describe(v)
	case f.required && strings.TrimSpace(s) == "":
		return "must not be empty"
	case f.most > 0 && utf8.RuneCountInString(s) > f.most:
		return fmt.Sprintf("is longer than %d characters", f.most)
	case len(f.values) > 0 && !slices.Contains(f.values, s):
		hint := ""
		if near, ok := strictyaml.Nearest(s, f.values); ok {
			hint = fmt.Sprintf(": did you mean %s?", near)
		}
		return fmt.Sprintf("must be one of %s, not %s%s", strings.Join(f.values, ", "), describe(s), hint)
	}
	return ""
}

// checkWhen answers what is wrong with an instant or a length of time, which are written as text.
func (f *field) checkWhen(v any) string {
	text, is := v.(string)
	if !is {
		return "must be " + typeName(f.kind) + ", not " + describe(v)
	}
	var err error
	if f.kind == ifsev.TypeTime {
		_, err = parseTime(text)
	} else {
		_, err = ifsev.ParseDuration(text)
	}
	if err != nil {
		return "must be " + typeName(f.kind) + ", not " + describe(v)
	}
	return ""
}

// parseTime reads an instant, in UTC.
func parseTime(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if at = at.UTC(); at.Year() < 0 || at.Year() > 9999 {
		return at, errors.New("JSON has no years before 0 or after 9999")
	}
	return at, err
}

func (f *field) checkList(at string, v any) []problem.At {
	list, ok := v.([]any)
	if !ok {
		return one(at, "must be a list of texts, not "+describe(v))
	}
	if f.most > 0 && len(list) > f.most {
		return one(at, fmt.Sprintf("has more than %d entries", f.most))
	}
	var faults []problem.At
	for i, entry := range list {
		s, ok := entry.(string)
		switch {
		case !ok:
			faults = append(faults, wrong(at+pointerIndex(i), "must be text, not "+describe(entry)))
		case strings.TrimSpace(s) == "":
			faults = append(faults, wrong(at+pointerIndex(i), "must not be empty"))
		case utf8.RuneCountInString(s) > ifsev.MaxTagLength:
			faults = append(faults, wrong(at+pointerIndex(i), fmt.Sprintf("is longer than %d characters", ifsev.MaxTagLength)))
		}
	}
	return faults
}

func (f *field) checkMap(at string, v any) []problem.At {
	m, ok := v.(map[string]any)
	if !ok {
		return one(at, "must be an object, not "+describe(v))
	}
	var faults []problem.At
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if _, text := m[name].(string); f.texts && !text && m[name] != nil {
			faults = append(faults, wrong(at+problem.Pointer(name), "must be text or null, not "+describe(m[name])))
		}
	}
	return faults
}

// describe names a JSON value for "must be …, not …".
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		if r := []rune(v); len(r) > 40 {
			v = string(r[:40]) + "…"
		}
		return strconv.Quote(v)
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprint(v)
}

func pointerIndex(i int) string { return "/" + strconv.Itoa(i) }
