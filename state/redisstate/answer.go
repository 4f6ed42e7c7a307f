package redisstate

import (
	"fmt"
	"strconv"
	"time"
)

// maxInstant is the last microsecond that a sorted set's score, a double, holds exactly: the year 2255.
const maxInstant = 1<<53 - 1

// micros is an instant as the scripts take it. It is rounded up, so that nothing is due early.
func micros(t time.Time) int64 {
	t = t.Add(time.Microsecond - 1)
	if t.Year() > 2254 {
		return maxInstant
	}
	return min(max(t.UnixMicro(), 0), maxInstant)
}

func instant(us int64) time.Time { return time.UnixMicro(us).UTC() }

// An answer is read from its front; the first thing that is not as expected becomes err, and what is read after it
// is empty.
type answer struct {
	rest []any
	err  error
}

func reading(v any) *answer {
	list, ok := v.([]any)
	if !ok {
		return &answer{err: fmt.Errorf("the store answered %T where a list belongs", v)}
	}
	return &answer{rest: list}
}

func (a *answer) more() bool { return a.err == nil && len(a.rest) > 0 }

func (a *answer) next() any {
	if a.err == nil && len(a.rest) == 0 {
		a.err = fmt.Errorf("the store's answer ends too early")
	}
	if a.err != nil {
		return nil
	}
	v := a.rest[0]
	a.rest = a.rest[1:]
	return v
}

func (a *answer) text() string {
	switch v := a.next().(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case nil:
	default:
		a.err = fmt.Errorf("the store answered %T where a text belongs", v)
	}
	return ""
}

func (a *answer) integer() int64 {
	text := a.text()
	if a.err != nil || text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		// Scores come as a double is written: 1.7e+15.
		f, ferr := strconv.ParseFloat(text, 64)
		if ferr != nil {
			a.err = fmt.Errorf("the store answered %q where a number belongs", text)
		}
		n = int64(f)
	}
	return n
}

// instant reads an instant; empty is the zero time.
func (a *answer) instant() time.Time {
	us := a.integer()
	if us == 0 {
		return time.Time{}
	}
	return instant(us)
}

func (a *answer) list() *answer {
	v := a.next()
	if a.err != nil {
		return &answer{err: a.err}
	}
	return reading(v)
}
