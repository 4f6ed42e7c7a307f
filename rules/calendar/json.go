package calendar

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// written is a calendar as JSON has it.
type written struct {
	Zone string `json:"zone,omitempty"`
	// Week holds the spans of each day in minutes from its midnight.
	Week map[string][][2]int `json:"week"`
	// Holidays are dates such as 2026-01-01, Yearly such as 12-25.
	Holidays []string `json:"holidays,omitempty"`
	Yearly   []string `json:"yearly,omitempty"`
}

// MarshalJSON writes all that UnmarshalJSON needs to make the same calendar.
func (c *Calendar) MarshalJSON() ([]byte, error) {
	w := written{Zone: c.zone.String(), Week: map[string][][2]int{}}
	for d, spans := range c.week {
		for _, s := range spans {
			w.Week[Days()[d]] = append(w.Week[Days()[d]], [2]int{int(s.From / time.Minute), int(s.To / time.Minute)})
		}
	}
	for _, d := range slices.Sorted(maps.Keys(c.dates)) {
		w.Holidays = append(w.Holidays, d.String())
	}
	for d := range c.yearly {
		w.Yearly = append(w.Yearly, d.String())
	}
	slices.Sort(w.Yearly)
	return json.Marshal(w)
}

// UnmarshalJSON makes the calendar that MarshalJSON wrote.
func (c *Calendar) UnmarshalJSON(b []byte) error {
	var w written
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	zone, err := time.LoadLocation(w.Zone)
	if err != nil {
		return fmt.Errorf("the time zone %q is not known here", w.Zone)
	}
	var week Week
	for name, spans := range w.Week {
		day, err := parseDay(name)
		if err != nil {
			return err
		}
		for _, s := range spans {
			week[day] = append(week[day], Span{time.Duration(s[0]) * time.Minute, time.Duration(s[1]) * time.Minute})
		}
	}
	var holidays []Holiday
	add := func(texts []string, parse func(string) (Holiday, error)) error {
		for _, text := range texts {
			h, err := parse(text)
			if err != nil {
				return err
			}
			holidays = append(holidays, h)
		}
		return nil
	}
	if err := add(w.Holidays, ParseHoliday); err != nil {
		return err
	}
	if err := add(w.Yearly, ParseYearly); err != nil {
		return err
	}
	*c = *New(zone, week, holidays...)
	return nil
}
