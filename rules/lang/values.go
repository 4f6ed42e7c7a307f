package lang

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/expr-lang/expr/vm/runtime"
)

// describeValue names what a value is, without showing it: values may be secret.
func describeValue(v any) string {
	switch v.(type) {
	case nil:
		return "unset"
	case *moving:
		return "a running time"
	case time.Time, time.Duration, string, bool:
		return describeType(reflect.TypeOf(v))
	}
	switch t := reflect.TypeOf(v); t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		return describeType(t)
	default:
		if isNumberValue(v) {
			return "a number"
		}
		return "a value of another kind"
	}
}

// get gives a field of a record or an element of a list; what is not there is unset.
func get(base, key any) (any, error) {
	switch b := base.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		name, ok := key.(string)
		if !ok {
			return nil, nil
		}
		return b[name], nil
	case []any:
		if i, ok := index(key, len(b)); ok {
			return b[i], nil
		}
		return nil, nil
	case []string:
		if i, ok := index(key, len(b)); ok {
			return b[i], nil
		}
		return nil, nil
	}
	return getReflected(base, key)
}

func getReflected(base, key any) (any, error) {
	v := reflect.ValueOf(base)
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		if i, ok := index(key, v.Len()); ok {
			return v.Index(i).Interface(), nil
		}
		return nil, nil
	case reflect.Map:
		name, ok := key.(string)
		if !ok || v.Type().Key().Kind() != reflect.String {
			return nil, nil
		}
		if e := v.MapIndex(reflect.ValueOf(name).Convert(v.Type().Key())); e.IsValid() {
			return e.Interface(), nil
		}
		return nil, nil
	}
	return nil, fmt.Errorf("%s has no fields", describeValue(base))
}

// index counts from the end where it is negative.
func index(key any, length int) (int, bool) {
	if !isNumberValue(key) {
		return 0, false
	}
	i := runtime.ToInt(key)
	if i < 0 {
		i += length
	}
	return i, i >= 0 && i < length
}

func asList(v any) (any, error) {
	switch v.(type) {
	case nil:
		return []any{}, nil
	case []any, []string, []int:
		return v, nil
	}
	if k := reflect.ValueOf(v).Kind(); k == reflect.Slice || k == reflect.Array {
		return v, nil
	}
	return nil, fmt.Errorf("this must be a list, but it is %s", describeValue(v))
}

// slice cuts a list, or a text by characters.
func slice(rt *Runtime, v, from, to any) (any, error) {
	if v == nil {
		return nil, nil
	}
	if from == nil {
		from = 0
	}
	if text, ok := v.(string); ok {
		if err := rt.build(len(text)); err != nil {
			return nil, err
		}
		rs := []rune(text)
		if to == nil {
			to = len(rs)
		}
		return string(runtime.Slice(rs, from, to).([]rune)), nil
	}
	items, err := asList(v)
	if err != nil {
		return nil, err
	}
	if to == nil {
		to = reflect.ValueOf(items).Len()
	}
	return runtime.Slice(items, from, to), nil
}

// within is `in`: of a list, or of the keys of a record.
func within(rt *Runtime, needle, in any) (any, error) {
	if unset(needle) || in == nil {
		return false, nil
	}
	if word, ok := needle.(string); ok {
		if list, ok := in.([]string); ok {
			return contained(word, list), rt.spend(len(list) / 8)
		}
		if record, ok := in.(map[string]any); ok {
			_, has := record[word]
			return has, nil
		}
	}
	if _, ok := in.(map[string]any); ok {
		return false, nil
	}
	items, err := asList(in)
	if err != nil {
		return nil, err
	}
	if err := rt.spend(weigh(items, maxFuel)); err != nil {
		return nil, err
	}
	return runtime.In(needle, items), nil
}

func contained(word string, list []string) bool {
	for _, s := range list {
		if s == word {
			return true
		}
	}
	return false
}

func matches(rt *Runtime, v any, m *matcher) (any, error) {
	text, ok := v.(string)
	if !ok {
		if v == nil {
			return false, nil
		}
		return nil, fmt.Errorf("this must be text, but it is %s", describeValue(v))
	}
	return m.match(rt, text)
}

// contains is for texts; a list whose type was not known at load asks for its element.
func contains(rt *Runtime, v, part any) (any, error) {
	if text, ok := v.(string); ok {
		if err := rt.spend(len(text) / 256); err != nil {
			return nil, err
		}
	} else if v != nil {
		return within(rt, part, v)
	}
	return compareTexts(v, part, strings.Contains)
}

func compareTexts(a, b any, op func(a, b string) bool) (any, error) {
	if a == nil || b == nil {
		return false, nil
	}
	x, ok := a.(string)
	y, ok2 := b.(string)
	if !ok || !ok2 {
		return nil, fmt.Errorf("%s and %s cannot be compared as texts", describeValue(a), describeValue(b))
	}
	return op(x, y), nil
}

// weigh counts the values in v, and stops at most.
func weigh(v any, most int) int {
	total := 1
	switch v := v.(type) {
	case string:
		return 1 + len(v)/64
	case []string:
		return 1 + len(v)
	case []any:
		for _, e := range v {
			if total >= most {
				break
			}
			total += weigh(e, most-total)
		}
	case map[string]any:
		for _, e := range v {
			if total >= most {
				break
			}
			total += 2 + weigh(e, most-total)
		}
	default:
		if r := reflect.ValueOf(v); r.Kind() == reflect.Slice {
			return 1 + r.Len()
		}
	}
	return total
}
