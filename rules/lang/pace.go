package lang

import (
	"time"

	"github.com/ifsev/ifsev/rules/calendar"
)

// pace is how a moving value changes within the hours of a calendar: by factor nanoseconds for each of theirs.
type pace struct {
	hours  *calendar.Calendar
	factor int64
}

// addPaces is a + sign times b; paces that cancel out are gone. Neither list is changed.
func addPaces(a, b []pace, sign int64) []pace {
	if len(b) == 0 {
		return a
	}
	var sum []pace
	add := func(p pace) {
		for i := range sum {
			if sum[i].hours == p.hours {
				sum[i].factor += p.factor
				return
			}
		}
		sum = append(sum, p)
	}
	for _, p := range a {
		add(p)
	}
	for _, p := range b {
		add(pace{p.hours, sign * p.factor})
	}
	left := sum[:0]
	for _, p := range sum {
		if p.factor != 0 {
			left = append(left, p)
		}
	}
	return left
}

// noteFlip notes the first later instant at which op stands otherwise to a difference of d that changes by slope and
// paces. Where it changes with the hours of one calendar alone, that is counted out; a mixture is followed from boundary
// to boundary.
func (rt *Runtime) noteFlip(op comparison, d, slope int64, paces []pace) error {
	if len(paces) == 1 && slope == 0 {
		n := flipAfter(op, d, paces[0].factor)
		if n == 0 {
			return nil
		}
		at := paces[0].hours.Reach(rt.now, time.Duration(n))
		rt.Note(at)
		return rt.spend(lookedAt * (1 + 2*days(rt.now, at)))
	}
	for _, p := range paces {
		within, until := p.hours.At(rt.now)
		rt.Note(until)
		if within {
			slope += p.factor
		}
	}
	if n := flipAfter(op, d, slope); n > 0 {
		rt.Note(rt.now.Add(time.Duration(n)))
	}
	return rt.spend(lookedAt * len(paces))
}
