package lang

import (
	"fmt"
	"math"
	"time"
)

// moving is a time or a duration that changes with now: slope nanoseconds for each nanosecond, and those of each pace
// for each nanosecond of business. Only conditions have them, and checkTime has made sure that they reach nothing but
// the operations below.
type moving struct {
	instant time.Time // if isTime
	span    time.Duration
	isTime  bool
	slope   int64
	paces   []pace
}

// operand reads a time or a duration; false where it is unset.
func operand(v any) (moving, bool, error) {
	switch v := v.(type) {
	case nil:
		return moving{}, false, nil
	case *moving:
		return *v, true, nil
	case time.Duration:
		return moving{span: v}, true, nil
	case time.Time:
		return moving{instant: v, isTime: true}, !v.IsZero(), nil
	}
	return moving{}, false, fmt.Errorf("this is not a time or a duration but %s", describeValue(v))
}

func operands(a, b any) (x, y moving, set bool, err error) {
	x, setX, err := operand(a)
	if err != nil {
		return x, y, false, err
	}
	y, setY, err := operand(b)
	return x, y, setX && setY, err
}

// value gives what moves not as the plain value it is.
func (m moving) value() any {
	switch {
	case m.slope != 0 || len(m.paces) > 0:
		return &m
	case m.isTime:
		return m.instant
	}
	return m.span
}

// addTime is a + b (sign 1) or a - b (sign -1) of times and durations; unset where one of them is.
func addTime(a, b any, sign int64) (any, error) {
	x, y, set, err := operands(a, b)
	if err != nil || !set {
		return nil, err
	}
	if sign > 0 && y.isTime {
		x, y = y, x
	}
	out := moving{slope: x.slope + sign*y.slope, paces: addPaces(x.paces, y.paces, sign)}
	switch {
	case y.isTime:
		if !x.isTime {
			return nil, fmt.Errorf("a time cannot be taken from a duration")
		}
		if sign > 0 {
			return nil, fmt.Errorf("two times cannot be added")
		}
		out.span = x.instant.Sub(y.instant)
	case x.isTime:
		out.isTime, out.instant = true, x.instant.Add(saturate(y.span, sign))
	default:
		out.span = addSpans(x.span, saturate(y.span, sign))
	}
	return out.value(), nil
}

func saturate(d time.Duration, sign int64) time.Duration {
	if sign > 0 {
		return d
	}
	return -max(d, -math.MaxInt64)
}

func addSpans(a, b time.Duration) time.Duration {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	}
	return sum
}

// scale is a duration times a number.
func scale(a, b any) (any, error) {
	x, set, err := operand(a)
	if err != nil || !set || b == nil {
		return nil, err
	}
	switch k := b.(type) {
	case int:
		out := moving{span: time.Duration(saturateFloat(float64(x.span) * float64(k))), slope: x.slope * int64(k), paces: addPaces(nil, x.paces, int64(k))}
		if exact := x.span * time.Duration(k); k == 0 || exact/time.Duration(k) == x.span {
			out.span = exact
		}
		return out.value(), nil
	case float64:
		return time.Duration(saturateFloat(float64(x.span) * k)), nil
	}
	return nil, fmt.Errorf("a duration cannot be multiplied by %s", describeValue(b))
}

func saturateFloat(f float64) int64 {
	switch {
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	case f != f:
		return 0
	}
	return int64(f)
}

// comparison is an operator by number, as it is compiled into the program.
type comparison int

const (
	more comparison = iota
	moreOrEqual
	less
	lessOrEqual
	equal
	unequal
)

var comparisons = map[string]comparison{">": more, ">=": moreOrEqual, "<": less, "<=": lessOrEqual, "==": equal, "!=": unequal}

// compareTime compares two times or two durations, false where one is unset, and notes the first later instant at
// which the answer changes.
func compareTime(rt *Runtime, op comparison, a, b any) (any, error) {
	x, y, set, err := operands(a, b)
	if err != nil || !set {
		return false, err
	}
	if x.isTime != y.isTime {
		return nil, fmt.Errorf("a time cannot be compared with a duration")
	}
	if x.isTime {
		x.span, y.span = x.instant.Sub(y.instant), 0
	}
	d := int64(addSpans(x.span, saturate(y.span, -1)))
	err = rt.noteFlip(op, d, x.slope-y.slope, addPaces(x.paces, y.paces, -1))
	return op.holds(d), err
}

// holds tells whether d stands in this relation to zero.
func (op comparison) holds(d int64) bool {
	switch op {
	case more:
		return d > 0
	case moreOrEqual:
		return d >= 0
	case less:
		return d < 0
	case lessOrEqual:
		return d <= 0
	case equal:
		return d == 0
	case unequal:
	}
	return d != 0
}

// flipAfter gives the least n > 0 for which op no longer (or only then) holds for d + slope·n; 0 is never.
//
//	slope > 0: > and <= change where d reaches 1, >= and < where it reaches 0; slope < 0 is its mirror image
func flipAfter(op comparison, d, slope int64) int64 {
	if slope == 0 {
		return 0
	}
	if slope < 0 {
		d, slope = -max(d, -math.MaxInt64), -slope
		op = [...]comparison{less, lessOrEqual, more, moreOrEqual, equal, unequal}[op]
	}
	bound := int64(0)
	if op == more || op == lessOrEqual {
		bound = 1
	}
	if d >= bound {
		return 0
	}
	gap := uint64(bound) - uint64(d) // d may be the least int64
	n := gap / uint64(slope)
	if gap%uint64(slope) != 0 {
		n++
	}
	return int64(min(n, math.MaxInt64))
}
