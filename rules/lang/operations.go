package lang

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/expr-lang/expr/vm"
	"github.com/expr-lang/expr/vm/runtime"
)

// operations are what lowered trees call, by names no author can write.
func operations() map[string]vm.Function {
	return map[string]vm.Function{
		"__time": func(a ...any) (any, error) {
			return compareTime(a[0].(*Runtime), comparison(a[1].(int)), a[2], a[3])
		},
		"__addtime":    func(a ...any) (any, error) { return addTime(a[0], a[1], 1) },
		"__subtime":    func(a ...any) (any, error) { return addTime(a[0], a[1], -1) },
		"__scale":      func(a ...any) (any, error) { return scale(a[0], a[1]) },
		"__true":       func(a ...any) (any, error) { return truth(a[0]) },
		"__unset":      func(a ...any) (any, error) { return unset(a[0]), nil },
		"__get":        func(a ...any) (any, error) { return get(a[0], a[1]) },
		"__list":       func(a ...any) (any, error) { return asList(a[0]) },
		"__slice":      func(a ...any) (any, error) { return slice(a[0].(*Runtime), a[1], a[2], a[3]) },
		"__equal":      func(a ...any) (any, error) { return same(a[0].(*Runtime), a[1], a[2]) },
		"__order":      func(a ...any) (any, error) { return order(a[0].(*Runtime), comparison(a[1].(int)), a[2], a[3]) },
		"__in":         func(a ...any) (any, error) { return within(a[0].(*Runtime), a[1], a[2]) },
		"__match":      func(a ...any) (any, error) { return matches(a[0].(*Runtime), a[1], a[2].(*matcher)) },
		"__contains":   func(a ...any) (any, error) { return contains(a[0].(*Runtime), a[1], a[2]) },
		"__startsWith": func(a ...any) (any, error) { return compareTexts(a[1], a[2], strings.HasPrefix) },
		"__endsWith":   func(a ...any) (any, error) { return compareTexts(a[1], a[2], strings.HasSuffix) },
		"__add":        func(a ...any) (any, error) { return arithmetic(a[0], a[1], runtime.Add) },
		"__sub":        func(a ...any) (any, error) { return arithmetic(a[0], a[1], runtime.Subtract) },
		"__mul":        func(a ...any) (any, error) { return arithmetic(a[0], a[1], runtime.Multiply) },
		"__div":        func(a ...any) (any, error) { return arithmetic(a[0], a[1], divide) },
		"__mod":        func(a ...any) (any, error) { return arithmetic(a[0], a[1], modulo) },
		"__pow":        func(a ...any) (any, error) { return arithmetic(a[0], a[1], power) },
		"__pay":        func(a ...any) (any, error) { return nil, a[0].(*Runtime).spend(a[1].(int)) },
		"__trace":      func(a ...any) (any, error) { a[0].(*Runtime).record(a[1].(int), a[2]); return a[2], nil },
	}
}

func unset(v any) bool {
	t, isTime := v.(time.Time)
	return v == nil || isTime && t.IsZero()
}

func truth(v any) (any, error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case nil:
		return false, nil
	}
	return nil, fmt.Errorf("this must be true or false, but it is %s", describeValue(v))
}

// arithmetic is for numbers that may be unset; then so is the result.
func arithmetic(a, b any, op func(a, b any) any) (any, error) {
	if unset(a) || unset(b) {
		return nil, nil
	}
	for _, v := range []any{a, b} {
		if !isNumberValue(v) {
			return nil, fmt.Errorf("this must be a number, but it is %s", describeValue(v))
		}
	}
	return op(a, b), nil
}

func divide(a, b any) any { return runtime.Divide(a, b) }
func power(a, b any) any  { return runtime.Exponent(a, b) }

// modulo of zero is unset: a panic is for nobody at three in the morning.
func modulo(a, b any) any {
	divisor := runtime.ToInt(b)
	if divisor == 0 {
		return nil
	}
	return runtime.ToInt(a) % divisor
}

func isNumberValue(v any) bool {
	if _, ok := v.(time.Duration); ok {
		return false
	}
	switch reflect.ValueOf(v).Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return false
}

// same is ==; unset is equal to nothing.
func same(rt *Runtime, a, b any) (any, error) {
	if unset(a) || unset(b) {
		return false, nil
	}
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return ok && x == y, nil
	case int:
		if y, ok := b.(int); ok {
			return x == y, nil
		}
	case bool:
		y, ok := b.(bool)
		return ok && x == y, nil
	}
	if err := rt.spend(1 + weigh(a, maxFuel)/2); err != nil {
		return nil, err
	}
	return runtime.Equal(a, b), nil
}

// order compares numbers and texts that may be unset, and what only the evaluation shows to be times.
func order(rt *Runtime, op comparison, a, b any) (any, error) {
	if unset(a) || unset(b) {
		return false, nil
	}
	switch x := a.(type) {
	case time.Time, time.Duration, *moving:
		return compareTime(rt, op, a, b)
	case string:
		if y, ok := b.(string); ok {
			return op.holds(int64(strings.Compare(x, y))), nil
		}
	}
	if !isNumberValue(a) || !isNumberValue(b) {
		return nil, fmt.Errorf("%s cannot be compared with %s", describeValue(a), describeValue(b))
	}
	x, y := runtime.ToFloat64(a), runtime.ToFloat64(b)
	if math.IsNaN(x) || math.IsNaN(y) {
		return false, nil
	}
	switch {
	case x < y:
		return op.holds(-1), nil
	case x > y:
		return op.holds(1), nil
	}
	return op.holds(0), nil
}
