package calendar

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// day is a date, as days since 1 January 1970.
type day int64

const daySeconds = 24 * 3600

func dayOf(year int, month time.Month, date int) day {
	return day(time.Date(year, month, date, 0, 0, 0, 0, time.UTC).Unix() / daySeconds)
}

func (d day) utc() time.Time { return time.Unix(int64(d)*daySeconds, 0).UTC() }

func (d day) weekday() time.Weekday { return time.Weekday(((d+4)%7 + 7) % 7) }

func (d day) monthDay() monthDay {
	_, month, date := d.utc().Date()
	return monthDay{month, date}
}

// String writes it like 2026-12-25.
func (d day) String() string { return d.utc().Format(time.DateOnly) }

// monthDay is a day of every year.
type monthDay struct {
	month time.Month
	date  int
}

// String writes it like 12-25.
func (m monthDay) String() string { return fmt.Sprintf("%02d-%02d", m.month, m.date) }

// Holiday is one day, or several from First to Last, once or every year.
type Holiday struct {
	first, last day
	// yearly ones are given by days of the leap year 2000; last may lie before first, over New Year.
	yearly bool
}

const leapYear = 2000

// Days counts the days of the holiday; of a yearly one those of a leap year.
func (h Holiday) Days() int {
	if h.yearly && h.last < h.first {
		return int(h.last-h.first) + 1 + 366
	}
	return int(h.last-h.first) + 1
}

func (h Holiday) addTo(c *Calendar) {
	d := h.first
	for range h.Days() {
		if h.yearly {
			c.yearly[d.monthDay()] = true
		} else {
			c.dates[d] = true
		}
		if d++; h.yearly && d > dayOf(leapYear, time.December, 31) {
			d = dayOf(leapYear, time.January, 1)
		}
	}
}

// ParseHoliday reads a date such as 2026-12-25, or a range such as 2026-12-24..2026-12-26 with both ends in it.
func ParseHoliday(text string) (Holiday, error) { return parseRange(text, parseDate, false) }

// ParseYearly reads a day of every year such as 12-25, or a range such as 12-24..12-26 or 12-24..01-01.
func ParseYearly(text string) (Holiday, error) { return parseRange(text, parseMonthDay, true) }

// maxRange is the longest range: a longer one is a slip in a year.
const maxRange = 366

func parseRange(text string, parse func(string) (day, error), yearly bool) (Holiday, error) {
	from, to, ranged := cutRange(text)
	first, err := parse(from)
	if err != nil {
		return Holiday{}, err
	}
	h := Holiday{first: first, last: first, yearly: yearly}
	if !ranged {
		return h, nil
	}
	if h.last, err = parse(to); err != nil {
		return Holiday{}, err
	}
	switch {
	case !yearly && h.last < h.first:
		return Holiday{}, fmt.Errorf("%s ends before it begins", text)
	case h.Days() > maxRange:
		return Holiday{}, fmt.Errorf("%s is longer than a year", text)
	}
	return h, nil
}

// cutRange takes two or three dots, or the character for them.
func cutRange(text string) (from, to string, ranged bool) {
	for _, dots := range []string{"…", "...", ".."} {
		if from, to, ranged = strings.Cut(text, dots); ranged {
			return strings.TrimSpace(from), strings.TrimSpace(to), true
		}
	}
	return text, "", false
}

func parseDate(text string) (day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, dateError(text, len("2026-"), `write it like 2026-12-25`)
	}
	return day(t.Unix() / daySeconds), nil
}

func parseMonthDay(text string) (day, error) {
	t, err := time.Parse(time.DateOnly, strconv.Itoa(leapYear)+"-"+text)
	if err != nil {
		return 0, dateError(text, 0, `write the month and the day, like 12-25`)
	}
	return day(t.Unix() / daySeconds), nil
}

// dateError tells a day that does not exist from a text that is no date; the month begins at the byte.
func dateError(text string, month int, how string) error {
	if len(text) == month+len("12-25") && strings.Trim(text, "0123456789-") == "" {
		return fmt.Errorf("there is no %s in the calendar", text)
	}
	return fmt.Errorf("%q is no date: %s", text, how)
}
