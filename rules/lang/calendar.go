package lang

import (
	"fmt"
	"time"

	"github.com/ifsev/ifsev/rules/calendar"
)

// The calendar functions are constant between whole hours, midnights or minutes of the zone. The next boundary is
// counted with the offset that holds now and never beyond the zone's next transition: local times that do not exist,
// or exist twice, then need no thought, because everything is looked at again at the transition.

// secondOfDay gives the local time of day and a func from a later second of the same day to its instant.
func (rt *Runtime) secondOfDay() (int, func(second int) time.Time) {
	local := rt.now.In(rt.location)
	second := local.Hour()*3600 + local.Minute()*60 + local.Second()
	whole := rt.now.Add(-time.Duration(local.Nanosecond()))
	_, transition := local.ZoneBounds()
	return second, func(at int) time.Time {
		next := whole.Add(time.Duration(at-second) * time.Second)
		if !transition.IsZero() && transition.Before(next) {
			return transition
		}
		return next
	}
}

const daySeconds = 24 * 3600

func hour(rt *Runtime, _ ...any) (any, error) {
	second, at := rt.secondOfDay()
	h := second / 3600
	rt.Note(at((h + 1) * 3600))
	return h, nil
}

func weekdays() []string { return []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} }

func weekday(rt *Runtime, _ ...any) (any, error) {
	_, at := rt.secondOfDay()
	rt.Note(at(daySeconds))
	return [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[rt.now.In(rt.location).Weekday()], nil
}

// between is from <= time of day < to; past midnight where from is the later one.
func between(rt *Runtime, args ...any) (any, error) {
	from, err := clockTime(args[0].(string))
	if err != nil {
		return nil, err
	}
	to, err := clockTime(args[1].(string))
	if err != nil {
		return nil, err
	}
	second, at := rt.secondOfDay()
	for _, boundary := range []int{from, to, daySeconds} {
		if boundary > second {
			rt.Note(at(boundary))
		}
	}
	if from < to {
		return from <= second && second < to, nil
	}
	return second >= from || second < to, nil
}

func checkBetween(args []any) (int, error) {
	if len(args) != 2 {
		return 0, nil
	}
	for i, a := range args {
		if _, err := clockTime(a.(string)); err != nil {
			return i, err
		}
	}
	if args[0] == args[1] {
		return 0, fmt.Errorf("between() needs two different times of day")
	}
	return 0, nil
}

// clockTime reads "09:30" as seconds of the day; "24:00" is its end.
func clockTime(s string) (int, error) {
	d, err := calendar.ParseClock(s)
	return int(d / time.Second), err
}
