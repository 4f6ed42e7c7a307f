package lang

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/vm/runtime"
)

// builtins are the functions of every scope. What they compute of an unset value is unset, unless their doc says
// otherwise.
func builtins() []Function {
	all := timeFunctions()
	all = append(all, textFunctions()...)
	all = append(all, listFunctions()...)
	return append(all, numberFunctions()...)
}

// rewritten is the Eval of functions that are replaced by operators before anything runs.
func rewritten(*Runtime, ...any) (any, error) {
	return nil, errors.New("this should have been replaced")
}

// severityFunctions are there where there is a variable severity.
func severityFunctions() []Function {
	types := []any{(func(severity int) bool)(nil)}
	return []Function{
		{Name: "worse_than", Doc: "whether the severity is worse than this one: worse_than(2) is severity < 2", Types: types, Eval: rewritten},
		{Name: "at_least", Doc: "whether the severity is this one or worse: at_least(2) is severity <= 2", Types: types, Eval: rewritten},
	}
}

func timeFunctions() []Function {
	span := []any{(func(time.Time) time.Duration)(nil)}
	return []Function{
		{Name: "since", Doc: "how long ago the time is", Types: span, Eval: rewritten},
		{Name: "until", Doc: "how long it is until the time", Types: span, Eval: rewritten},
		{Name: "hour", Doc: "the hour of the day in the time zone of the rules, 0 to 23", Types: []any{(func() int)(nil)}, Eval: hour, Stepwise: true},
		{Name: "weekday", Doc: `the day of the week in the time zone of the rules, "mon" to "sun"`, Types: []any{(func() string)(nil)}, Eval: weekday, Stepwise: true, Values: weekdays()},
		{
			Name: "between", Doc: `whether the time of day is in the interval, the end excluded; between("22:00", "06:00") goes past midnight`,
			Types: []any{(func(from, to string) bool)(nil)}, Eval: between, Stepwise: true, Constant: true, Check: checkBetween,
		},
	}
}

func listFunctions() []Function {
	ofList := []any{(func([]any) any)(nil)}
	return []Function{
		{Name: "len", Doc: "the number of elements of a list or a record, or of characters of a text; 0 if unset", Types: []any{(func(any) int)(nil)}, Eval: length},
		{Name: "first", Doc: "the first element of a list; unset if there is none", Types: ofList, Eval: end(0), result: elementType},
		{Name: "last", Doc: "the last element of a list; unset if there is none", Types: ofList, Eval: end(-1), result: elementType},
		{Name: "default", Doc: `the first argument, or the second where the first is unset or ""`, Types: []any{(func(value, fallback any) any)(nil)}, Eval: fallback, result: fallbackType},
	}
}

func length(_ *Runtime, args ...any) (any, error) {
	switch v := args[0].(type) {
	case nil:
		return 0, nil
	case string:
		return len([]rune(v)), nil
	}
	switch v := reflect.ValueOf(args[0]); v.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		return v.Len(), nil
	}
	return nil, fmt.Errorf("%s has no length", describeValue(args[0]))
}

func end(at int) func(*Runtime, ...any) (any, error) {
	return func(_ *Runtime, args ...any) (any, error) {
		items, err := asList(args[0])
		if err != nil {
			return nil, err
		}
		return get(items, at)
	}
}

func elementType(args []reflect.Type) (reflect.Type, error) {
	if len(args) == 1 && args[0] != nil && args[0].Kind() == reflect.Slice {
		return args[0].Elem(), nil
	}
	return anyType, nil
}

func fallback(_ *Runtime, args ...any) (any, error) {
	if unset(args[0]) || args[0] == "" {
		return args[1], nil
	}
	return args[0], nil
}

func fallbackType(args []reflect.Type) (reflect.Type, error) {
	if len(args) != 2 || args[0] == nil || args[1] == nil {
		return anyType, nil
	}
	value, other := args[0], args[1]
	switch {
	case value == anyType || other == anyType:
		return anyType, nil
	case value.Kind() == other.Kind() || fits(value, other):
		return value, nil
	}
	return nil, fmt.Errorf("default() has two kinds of value: %s, or else %s", describeType(value), describeType(other))
}

func numberFunctions() []Function {
	rounding := []any{(func(float64) int)(nil)}
	return []Function{
		{Name: "min", Doc: "the least of numbers or of durations, or of those in a list; unset ones do not count", Types: []any{(func(...any) any)(nil)}, Eval: extreme(less), result: extremeType},
		{Name: "max", Doc: "the greatest of numbers or of durations, or of those in a list; unset ones do not count", Types: []any{(func(...any) any)(nil)}, Eval: extreme(more), result: extremeType},
		{Name: "abs", Doc: "the number without its sign", Types: []any{(func(int) int)(nil), (func(float64) float64)(nil)}, Eval: absolute},
		{Name: "round", Doc: "the nearest whole number", Types: rounding, Eval: rounded(math.Round)},
		{Name: "floor", Doc: "the whole number below", Types: rounding, Eval: rounded(math.Floor)},
		{Name: "ceil", Doc: "the whole number above", Types: rounding, Eval: rounded(math.Ceil)},
		{Name: "int", Doc: "a whole number of a number or a text; unset if the text is none", Types: []any{(func(any) int)(nil)}, Eval: toInt},
		{Name: "float", Doc: "a number of a number or a text; unset if the text is none", Types: []any{(func(any) float64)(nil)}, Eval: toFloat},
	}
}

// extreme goes through numbers or durations and through lists of them.
func extreme(op comparison) func(*Runtime, ...any) (any, error) {
	return func(rt *Runtime, args ...any) (any, error) {
		if len(args) == 1 && isListValue(args[0]) {
			r := reflect.ValueOf(args[0])
			if err := rt.spend(r.Len()); err != nil {
				return nil, err
			}
			args = make([]any, r.Len())
			for i := range args {
				args[i] = r.Index(i).Interface()
			}
		}
		var best any
		for _, v := range args {
			better, err := order(rt, op, v, best)
			if err != nil {
				return nil, err
			}
			if best == nil && !unset(v) || better.(bool) {
				best = v
			}
		}
		return best, nil
	}
}

func extremeType(args []reflect.Type) (reflect.Type, error) {
	if len(args) == 0 {
		return nil, errors.New("min() and max() need at least one value")
	}
	if len(args) == 1 && args[0] != nil && args[0].Kind() == reflect.Slice {
		return args[0].Elem(), nil
	}
	first := args[0]
	for _, t := range args[1:] {
		switch {
		case first == nil || first == anyType || t == nil || t == anyType:
			return anyType, nil
		case first.Kind() == reflect.Int && t.Kind() == reflect.Float64:
			first = t
		case t != first && (first.Kind() != reflect.Float64 || t.Kind() != reflect.Int):
			return nil, fmt.Errorf("min() and max() compare one kind of value, not %s with %s", describeType(first), describeType(t))
		}
	}
	return first, nil
}

func absolute(_ *Runtime, args ...any) (any, error) {
	return arithmetic(args[0], 0, func(v, _ any) any {
		if runtime.ToFloat64(v) < 0 {
			return runtime.Negate(v)
		}
		return v
	})
}

func rounded(to func(float64) float64) func(*Runtime, ...any) (any, error) {
	return func(_ *Runtime, args ...any) (any, error) {
		return arithmetic(args[0], 0, func(v, _ any) any { return int(saturateFloat(to(runtime.ToFloat64(v)))) })
	}
}

func toInt(_ *Runtime, args ...any) (any, error) {
	if s, ok := args[0].(string); ok {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil {
			return nil, nil //nolint:nilerr // what is no number is unset
		}
		return n, nil
	}
	return arithmetic(args[0], 0, func(v, _ any) any { return int(saturateFloat(runtime.ToFloat64(v))) })
}

func toFloat(_ *Runtime, args ...any) (any, error) {
	if s, ok := args[0].(string); ok {
		f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, nil //nolint:nilerr // what is no number is unset
		}
		return f, nil
	}
	return arithmetic(args[0], 0, func(v, _ any) any { return runtime.ToFloat64(v) })
}
