package calendar

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseClock reads a time of day such as 09:30; 24:00 is the end of the day.
func ParseClock(s string) (time.Duration, error) {
	bad := fmt.Errorf(`bad time of day %q: write it like "09:00" or "17:30"`, s)
	if len(s) != len("09:30") || s[2] != ':' || strings.Trim(s[:2]+s[3:], "0123456789") != "" {
		return 0, bad
	}
	hours, _ := strconv.Atoi(s[:2]) // cannot fail: two digits
	minutes, _ := strconv.Atoi(s[3:])
	if minutes > 59 || hours*60+minutes > 24*60 {
		return 0, bad
	}
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute, nil
}

// ParseSpan reads 09:00-17:30, or 22:00-06:00 past midnight.
func ParseSpan(s string) (Span, error) {
	first, last, ok := strings.Cut(s, "-")
	if !ok {
		return Span{}, fmt.Errorf(`%q are no hours: write them like "09:00-17:30"`, s)
	}
	from, err := ParseClock(strings.TrimSpace(first))
	if err != nil {
		return Span{}, err
	}
	to, err := ParseClock(strings.TrimSpace(last))
	switch {
	case err != nil:
		return Span{}, err
	case from == to:
		return Span{}, fmt.Errorf(`%s is no time at all: the whole day is "00:00-24:00"`, s)
	case from == fullDay:
		return Span{}, fmt.Errorf(`%s begins at the end of the day: write "00:00-%s"`, s, clock(to))
	case to < from:
		to += fullDay
	}
	return Span{from, to}, nil
}

// ParseDays reads mon, or a range such as mon-fri or sat-mon, in the order of the range.
func ParseDays(s string) ([]time.Weekday, error) {
	first, last, ranged := strings.Cut(s, "-")
	from, err := parseDay(strings.TrimSpace(first))
	if err != nil {
		return nil, err
	}
	days := []time.Weekday{from}
	if !ranged {
		return days, nil
	}
	to, err := parseDay(strings.TrimSpace(last))
	if err != nil {
		return nil, err
	}
	if from == to {
		return nil, fmt.Errorf("%s is a range of one day: write %s, or mon-sun for all", s, Days()[from])
	}
	for d := from; d != to; {
		d = (d + 1) % 7
		days = append(days, d)
	}
	return days, nil
}

func parseDay(s string) (time.Weekday, error) {
	for i, name := range Days() {
		if s == name {
			return time.Weekday(i), nil
		}
	}
	const how = "a day is mon, tue, wed, thu, fri, sat or sun"
	if low := strings.ToLower(s); len(low) >= 3 {
		for i, name := range Days() {
			if strings.HasPrefix(low, name) && strings.HasPrefix(strings.ToLower(time.Weekday(i).String()), low) {
				return 0, fmt.Errorf("%q is no day: write %s", s, name)
			}
		}
	}
	return 0, fmt.Errorf("%q is no day: %s", s, how)
}
