package calendar

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// Limits of one file.
const (
	// MaxCalendars is how many calendars it may have.
	MaxCalendars = 100
	// MaxHolidays is how many days may be holidays in all of them together, each day of a range counted.
	MaxHolidays = 10_000
	// maxProblems is after how many mistakes the rest is not looked at.
	maxProblems = 200
)

var namePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

// NamePattern is what a calendar may be called, as a regular expression.
func NamePattern() string { return namePattern.String() }

// Entry is one calendar as a file has it.
type Entry struct {
	Name string
	// Key is the name's place.
	Key strictyaml.Node
	// Calendar is never nil; where it could not be read, which has been reported, it is Weekdays.
	Calendar *Calendar
}

// Read reads a map of names to calendars; zone is that of those that name none. What is wrong is added to the problems.
func Read(n strictyaml.Node, zone *time.Location, ps *strictyaml.Problems) []Entry {
	var entries []Entry
	holidays := MaxHolidays
	for _, p := range n.Object(ps).Rest() {
		name := p.Key.Raw()
		switch {
		case len(entries) >= MaxCalendars:
			ps.Add(p.Key.Problem(fmt.Sprintf("there are more than %d calendars", MaxCalendars), ""))
			return entries
		case len(*ps) > maxProblems:
			return entries
		case !namePattern.MatchString(name):
			ps.Add(p.Key.Problem(fmt.Sprintf("%q cannot be the name of a calendar", name), "use letters, digits, _ and -, beginning with a letter"))
			continue
		}
		r := reader{ps: ps, key: p.Key, zone: zone, left: &holidays}
		entries = append(entries, Entry{name, p.Key, r.calendar(p.Value)})
	}
	return entries
}

// reader reads one calendar.
type reader struct {
	ps   *strictyaml.Problems
	key  strictyaml.Node
	zone *time.Location
	week Week
	// left is how many holidays there may still be.
	left *int
	// from says where the hours of a day were written.
	from [7]strictyaml.Node
}

func (r *reader) calendar(n strictyaml.Node) *Calendar {
	before := len(*r.ps)
	if n.Kind() == strictyaml.Null {
		r.ps.Add(r.key.Problem(fmt.Sprintf("the calendar %q says nothing", r.key.Raw()), `write {days: mon-fri, hours: "09:00-17:30"}`))
	}
	o := n.Object(r.ps)
	days, hours := o.Take("days"), o.Take("hours")
	if hours.Kind() == strictyaml.Map {
		r.perDay(days, hours)
	} else {
		r.sameHours(days, hours)
	}
	r.readZone(o.Take("timezone"))
	holidays := r.holidays(o.Take("holidays"))
	r.unknown(o)
	if len(*r.ps) == before {
		if err := r.week.Check(); err != nil {
			r.ps.Add(r.place(hours, days).Problem(err.Error(), "end the one where the other begins"))
		}
	}
	c := New(r.zone, r.week, holidays...)
	if len(*r.ps) == before && !c.opens() {
		r.ps.Add(o.Key("holidays").Problem("every business day is a holiday", "name the days that are not worked alone"))
	}
	if len(*r.ps) > before {
		return Weekdays(r.zone)
	}
	return c
}

// opens tells whether any day of a leap year is a business day, single holidays apart.
func (c *Calendar) opens() bool {
	for d := range c.week {
		for i := range day(366) {
			at := dayOf(leapYear, time.January, 1) + i
			if len(c.week[d]) > 0 && !c.yearly[at.monthDay()] {
				return true
			}
		}
	}
	return false
}

// place is the first of the nodes that exists, else the name of the calendar.
func (r *reader) place(nodes ...strictyaml.Node) strictyaml.Node {
	for _, n := range nodes {
		if n.Exists() {
			return n
		}
	}
	return r.key
}

func (r *reader) unknown(o *strictyaml.Object) {
	for _, p := range o.Rest() {
		name := p.Key.Raw()
		hint := keyHints()[name]
		if near, ok := strictyaml.Nearest(name, keyNames()); hint == "" && ok {
			hint = "did you mean " + near + "?"
		}
		if hint == "" {
			hint = "it may be " + strings.Join(keyNames(), ", ")
		}
		r.ps.Add(p.Key.Problem(fmt.Sprintf("a calendar has no key %q", name), hint))
	}
}

// Key is a key of a calendar, for schemas and reference pages.
type Key struct{ Name, Doc string }

// Keys lists the keys of a calendar.
func Keys() []Key {
	return []Key{
		{"days", "The business days: mon-fri, or a list such as [mon, wed] or [mon-thu, sat]. Without it mon-fri."},
		{"hours", `The hours: "09:00-17:30", a list of such, or a map of days to hours in the place of days. "22:00-06:00" goes past midnight and belongs to the day it begins on. Without it the whole day.`},
		{"timezone", "The time zone of the hours; without it that of the file."},
		{"holidays", "Days without hours: dates such as 2026-12-25, ranges such as 2026-12-24..2026-12-26, and {every: 12-25} for each year."},
	}
}

func keyNames() []string {
	var names []string
	for _, k := range Keys() {
		names = append(names, k.Name)
	}
	return names
}

// keyHints know the words people have for the keys from elsewhere.
func keyHints() map[string]string {
	return map[string]string{
		"tz": "write timezone", "zone": "write timezone", "weekdays": "write days", "times": "write hours", "exclude": "write holidays", "except": "write holidays", "closed": "write holidays",
		"from": `write hours: "09:00-17:30"`, "to": `write hours: "09:00-17:30"`, "start": `write hours: "09:00-17:30"`, "end": `write hours: "09:00-17:30"`,
		"open": `write hours: "09:00-17:30"`,
	}
}

func (r *reader) readZone(n strictyaml.Node) {
	name, ok := n.Text(r.ps)
	if !ok {
		return
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		r.ps.Add(n.Problem(fmt.Sprintf("there is no time zone %q", name), "write it like Europe/Berlin, America/New_York or UTC"))
		return
	}
	r.zone = zone
}

// report makes of an error that ends in what to write a problem with a hint.
func (r *reader) report(n strictyaml.Node, err error) {
	message, hint := err.Error(), ""
	if i := strings.LastIndex(message, ": "); i >= 0 {
		message, hint = message[:i], message[i+2:]
	}
	r.ps.Add(n.Problem(message, hint))
}
