package lang

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/expr-lang/expr/vm/runtime"

	"github.com/ifsev/ifsev/rules/calendar"
)

// Business gives the functions that know calendars. The map may be filled until the first expression is compiled.
func Business(calendars map[string]*calendar.Calendar) []Function {
	b := business{calendars}
	return []Function{
		{
			Name: "business_hours", Doc: `business_hours("office") says whether it is within the hours of that calendar`,
			Types: []any{(func(string) bool)(nil)}, Stepwise: true, Eval: b.hours, Check: b.checkName(0),
		},
		{
			Name: "business_time_since", Doc: `business_time_since(t, "office") is how much of the time since t was within the hours of that calendar; outside of them it stands still`,
			Types: []any{(func(time.Time, string) time.Duration)(nil)}, Stepwise: true, moves: true, Eval: b.since, Check: b.checkName(1),
		},
		{
			Name: "business_days_after", Doc: `business_days_after(t, 2, "office") is the same time of day two business days of that calendar after t, before it for -2; without a calendar Monday to Friday count`,
			Types: []any{(func(time.Time, int) time.Time)(nil), (func(time.Time, int, string) time.Time)(nil)}, Eval: b.daysAfter, Check: b.checkDays,
		},
	}
}

// business is the calendars by name.
type business struct{ calendars map[string]*calendar.Calendar }

// checkName checks the name of a calendar, which is the argument of that place. It must be written out: a rule is told
// apart from what it was by the calendars it names.
func (b business) checkName(place int) func([]any) (int, error) {
	return func(args []any) (int, error) {
		if place >= len(args) {
			return 0, nil
		}
		name, ok := args[place].(string)
		if !ok {
			return place, errors.New("the name of a calendar must be written out")
		}
		if b.calendars[name] != nil {
			return 0, nil
		}
		known := slices.Sorted(maps.Keys(b.calendars))
		hint := didYouMean(name, known)
		if hint == "" {
			hint = fmt.Sprintf(`add it under calendars: %s: {days: mon-fri, hours: "09:00-17:30"}`, name)
		}
		return place, fmt.Errorf("there is no calendar %q: %s", name, hint)
	}
}

func (b business) checkDays(args []any) (int, error) {
	if len(args) > 1 {
		if n, ok := args[1].(int); ok && (n > calendar.MaxBusinessDays || n < -calendar.MaxBusinessDays) {
			return 1, fmt.Errorf("business_days_after() counts at most %d days", calendar.MaxBusinessDays)
		}
	}
	return b.checkName(2)(args)
}

func (b business) named(name any) (*calendar.Calendar, error) {
	text, _ := name.(string)
	if c := b.calendars[text]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("there is no calendar %q", text)
}

func (b business) hours(rt *Runtime, args ...any) (any, error) {
	c, err := b.named(args[0])
	if err != nil {
		return nil, err
	}
	within, until := c.At(rt.now)
	rt.Note(until)
	return within, rt.spend(lookedAt)
}

// lookedAt is what looking at one instant costs, some.
const lookedAt = 10

// days is how many days a count has gone through.
func days(from, to time.Time) int {
	return int(min(to.Sub(from).Abs()/(24*time.Hour), calendar.MaxDays))
}

// since runs while business does.
func (b business) since(rt *Runtime, args ...any) (any, error) {
	c, err := b.named(args[1])
	if err != nil {
		return nil, err
	}
	from, set, err := fixedTime(args[0])
	if err != nil || !set {
		return nil, err
	}
	if err := rt.spend(lookedAt + days(from, rt.now)); err != nil {
		return nil, err
	}
	span, ok := c.Between(from, rt.now)
	if !ok {
		return nil, nil
	}
	if !rt.exact {
		return span, nil
	}
	return moving{span: span, paces: []pace{{c, 1}}}.value(), nil
}

func (b business) daysAfter(rt *Runtime, args ...any) (any, error) {
	c := calendar.Weekdays(rt.location)
	if len(args) > 2 {
		var err error
		if c, err = b.named(args[2]); err != nil {
			return nil, err
		}
	}
	from, set, err := fixedTime(args[0])
	if err != nil || !set || args[1] == nil {
		return nil, err
	}
	if !isNumberValue(args[1]) {
		return nil, fmt.Errorf("the number of days is %s", describeValue(args[1]))
	}
	n := runtime.ToInt(args[1])
	if n > calendar.MaxBusinessDays || n < -calendar.MaxBusinessDays {
		return nil, nil
	}
	at, ok := c.After(from, n)
	if !ok {
		return nil, rt.spend(calendar.MaxDays)
	}
	return at, rt.spend(lookedAt + days(from, at))
}

// fixedTime reads a time that does not move; false where it is unset.
func fixedTime(v any) (at time.Time, set bool, err error) {
	m, set, err := operand(v)
	if err == nil && set && !m.isTime {
		err = errors.New("this is not a time but a duration")
	}
	return m.instant, set, err
}
