// Package calendar says when a business is open: on which days, at which hours, in which time zone, holidays apart.
//
// A calendar is read by the clock on the wall. An instant is within hours if the local date and time of day it reads
// as are; so an hour that the clocks skip is never worked, and one that they repeat is worked twice. Everything is
// counted with the offset that holds at an instant and never beyond the zone's next transition, where it is looked at
// again. Nothing here reads a clock.
package calendar

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Calendar is the hours of a business. It does not change once it is made, and is safe for concurrent use.
type Calendar struct {
	zone *time.Location
	week Week
	// dates and yearly are the holidays.
	dates  map[day]bool
	yearly map[monthDay]bool
}

// Week is the hours of each day by time.Weekday, sorted; a day without any is no business day.
type Week [7][]Span

// Span is a stretch of hours, counted from the midnight its day begins with. The end is excluded. It belongs to the day
// it begins on, is at most a day long, and may go past midnight; then it goes on into the next day, even if that is a
// holiday.
type Span struct{ From, To time.Duration }

// MaxSpans is how many spans one day may have.
const MaxSpans = 24

const fullDay = 24 * time.Hour

// New makes a calendar in a zone; nil is UTC. The week is one that Check finds nothing wrong with.
func New(zone *time.Location, week Week, holidays ...Holiday) *Calendar {
	if zone == nil {
		zone = time.UTC
	}
	c := &Calendar{zone: zone, week: week}
	if len(holidays) > 0 {
		c.dates, c.yearly = map[day]bool{}, map[monthDay]bool{}
	}
	for _, h := range holidays {
		h.addTo(c)
	}
	return c
}

// Weekdays is Monday to Friday, the whole day, without holidays.
func Weekdays(zone *time.Location) *Calendar {
	all := []Span{{0, fullDay}}
	return New(zone, Week{time.Monday: all, time.Tuesday: all, time.Wednesday: all, time.Thursday: all, time.Friday: all})
}

// Zone is the time zone its hours are of.
func (c *Calendar) Zone() *time.Location { return c.zone }

// Check answers an error where two spans have hours in common, over midnight too, where one is no span, and where there
// are none at all.
func (w *Week) Check() error {
	days := 0
	for d := range w {
		spans, next := w[d], w[(d+1)%len(w)]
		if len(spans) > 0 {
			days++
		}
		for i := range spans {
			if s := spans[i]; s.From < 0 || s.From >= fullDay || s.To <= s.From || s.To > s.From+fullDay {
				return fmt.Errorf("on %s the hours %s are not within a day", Days()[d], s)
			}
			if i > 0 && spans[i].From < spans[i-1].To {
				return fmt.Errorf("on %s the hours %s and %s overlap", Days()[d], spans[i-1], spans[i])
			}
			if len(next) > 0 && next[0].From < spans[i].To-fullDay {
				return fmt.Errorf("%s of %s goes on into %s of the day after", spans[i], Days()[d], next[0])
			}
		}
	}
	if days == 0 {
		return fmt.Errorf("no day has any hours")
	}
	return nil
}

// Days are the names of the days, by time.Weekday.
func Days() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// String writes it like 09:00-17:30.
func (s Span) String() string { return clock(s.From) + "-" + clock(s.To) }

func clock(d time.Duration) string {
	if d > fullDay {
		d -= fullDay
	}
	return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute)
}

// String writes the whole calendar in one line; calendars that say the same are written the same.
func (c *Calendar) String() string {
	var parts []string
	for i := range c.week {
		d := (i + 1) % 7 // Monday first
		for _, s := range c.week[d] {
			parts = append(parts, Days()[d]+" "+s.String())
		}
	}
	var holidays []string
	for d := range c.dates {
		holidays = append(holidays, d.String())
	}
	for d := range c.yearly {
		holidays = append(holidays, "every "+d.String())
	}
	slices.Sort(holidays)
	return strings.Join(append(append(parts, c.zone.String()), holidays...), ", ")
}
