package rules

import (
	"encoding/json"
	"time"

	"github.com/ifsev/ifsev"
)

// plainValue makes of anything an event or an output may hold what expressions know: nil, bool, string, int, float64,
// time.Time, time.Duration, []string, []any and map[string]any.
func plainValue(v any) any {
	switch v := v.(type) {
	case ifsev.Severity:
		return int(v)
	case ifsev.Status:
		return string(v)
	case int64:
		return int(v)
	case json.Number:
		return v.String()
	case map[string]string:
		m := make(map[string]any, len(v))
		for k, s := range v {
			m[k] = s
		}
		return m
	case ifsev.Data:
		return plainValue(map[string]any(v))
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[k] = plainValue(x)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = plainValue(x)
		}
		return list
	}
	return v
}

// typedValue makes of a stored JSON value the one its declared type promises; nil (unset) where it does not fit.
func typedValue(t ifsev.ValueType, v any) any {
	v = plainValue(v)
	switch t {
	case ifsev.TypeString:
		return only[string](v)
	case ifsev.TypeInt:
		return only[int](v)
	case ifsev.TypeBool:
		return only[bool](v)
	case ifsev.TypeNumber:
		if i, ok := v.(int); ok {
			return float64(i)
		}
		return only[float64](v)
	case ifsev.TypeStrings:
		return typedStrings(v)
	case ifsev.TypeTime:
		if s, ok := v.(string); ok {
			at, err := time.Parse(time.RFC3339Nano, s)
			return orUnset(at, err)
		}
		return only[time.Time](v)
	case ifsev.TypeDuration:
		if s, ok := v.(string); ok {
			d, err := ifsev.ParseDuration(s)
			return orUnset(d, err)
		}
		return only[time.Duration](v)
	}
	return v
}

func typedStrings(v any) any {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	list := ifsev.Data{"": v}.Strings("")
	if list == nil {
		return []string{}
	}
	return list
}

func only[T any](v any) any {
	if t, ok := v.(T); ok {
		return t
	}
	return nil
}

func orUnset[T any](v T, err error) any {
	if err != nil {
		return nil
	}
	return v
}
