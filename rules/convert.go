package rules

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// convert makes a value what its spec says, in a form JSON can carry; nil stays nil. The error says what was wanted.
// It serves what is written in a file and what a template gives alike.
func convert(spec ifsev.FieldSpec, v any, zone *time.Location) (any, error) {
	if v == nil {
		return nil, nil
	}
	out, err := convertType(spec.Type, v, zone)
	if err != nil {
		return nil, err
	}
	return out, checkValue(spec, out)
}

func convertType(t ifsev.ValueType, v any, zone *time.Location) (any, error) {
	switch t {
	case ifsev.TypeString:
		return lang.Render(v, zone), nil
	case ifsev.TypeInt:
		if f, ok := v.(float64); ok && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return int(f), nil
		}
		return wanted[int](v, "a whole number", zone)
	case ifsev.TypeNumber:
		if _, ok := v.(int); ok {
			return v, nil
		}
		return wanted[float64](v, "a number", zone)
	case ifsev.TypeBool:
		return wanted[bool](v, "true or false", zone)
	case ifsev.TypeTime:
		return convertTime(v, zone)
	case ifsev.TypeDuration:
		return convertDuration(v, zone)
	case ifsev.TypeStrings:
		return convertTexts(v, zone)
	case ifsev.TypeMap:
		if _, ok := v.(map[string]any); !ok {
			return nil, wrong(v, "a map of names to values", zone)
		}
	}
	return jsonValue(v), nil
}

func wrong(v any, want string, zone *time.Location) error {
	text := []rune(lang.Render(v, zone))
	if len(text) > 40 {
		text = append(text[:40:40], '…')
	}
	return fmt.Errorf("want %s, got %q", want, string(text))
}

func wanted[T any](v any, want string, zone *time.Location) (any, error) {
	if _, ok := v.(T); !ok {
		return nil, wrong(v, want, zone)
	}
	return v, nil
}

func convertTime(v any, zone *time.Location) (any, error) {
	switch v := v.(type) {
	case time.Time:
		return jsonValue(v), nil
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return jsonValue(at), nil
		}
	}
	return nil, wrong(v, "a time such as 2026-11-23T09:00:00Z", zone)
}

func convertDuration(v any, zone *time.Location) (any, error) {
	switch v := v.(type) {
	case time.Duration:
		return jsonValue(v), nil
	case string:
		if d, err := ifsev.ParseDuration(v); err == nil {
			return ifsev.FormatDuration(d), nil
		}
	}
	return nil, wrong(v, "a duration such as 20m", zone)
}

func convertTexts(v any, zone *time.Location) (any, error) {
	switch v := v.(type) {
	case []string:
		return v, nil
	case []any:
		list := make([]string, 0, len(v))
		for _, x := range v {
			switch x.(type) {
			case nil:
				continue // an unset value in a list is not there
			case []any, []string, map[string]any:
				return nil, wrong(x, "a list of texts", zone)
			}
			list = append(list, lang.Render(x, zone))
		}
		return list, nil
	case map[string]any:
		return nil, wrong(v, "a list of texts", zone)
	case string:
		if v == "" {
			return []string{}, nil
		}
	}
	return []string{lang.Render(v, zone)}, nil
}

// jsonValue makes of a value what JSON can carry.
func jsonValue(v any) any {
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UTC().Format(time.RFC3339Nano)
	case time.Duration:
		return ifsev.FormatDuration(v)
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = jsonValue(x)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[k] = jsonValue(x)
		}
		return m
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil // JSON has no word for them
		}
	}
	return v
}

// The names of arguments whose shape is the same wherever they stand.
const (
	severityArg = "severity"
	tagsArg     = "tags"
)

// checkValue holds a converted value against its closed set and the bounds of what it means.
func checkValue(spec ifsev.FieldSpec, v any) error {
	if len(spec.Values) > 0 {
		for _, text := range textsOf(v) {
			if !slices.Contains(spec.Values, text) {
				return fmt.Errorf("%q is none of %s", text, strings.Join(spec.Values, ", "))
			}
		}
	}
	switch {
	case spec.Name == severityArg && spec.Type == ifsev.TypeInt:
		if n, ok := v.(int); ok && !ifsev.Severity(n).Valid() {
			return fmt.Errorf("want 1 (the worst) to 5, got %d", n)
		}
	case spec.Name == tagsArg && spec.Type == ifsev.TypeStrings:
		return checkTags(textsOf(v))
	}
	return nil
}

func textsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []string:
		return v
	case int:
		return []string{strconv.Itoa(v)}
	}
	return nil
}

func checkTags(tags []string) error {
	if len(tags) > ifsev.MaxTags {
		return fmt.Errorf("more than %d tags", ifsev.MaxTags)
	}
	for _, t := range tags {
		if len([]rune(t)) > ifsev.MaxTagLength {
			return fmt.Errorf("a tag is longer than %d characters", ifsev.MaxTagLength)
		}
	}
	return nil
}
