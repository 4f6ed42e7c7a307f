package config

import (
	"testing"
	"time"
)

func TestCalendars(t *testing.T) {
	t.Parallel()
	c := full(t)
	if len(c.Calendars) != 3 {
		t.Fatalf("%d calendars", len(c.Calendars))
	}
	for name, want := range map[string]string{"office": "Europe/Berlin", "desk": "America/New_York", "nights": "Europe/Berlin"} {
		if got := c.Calendars[name]; got == nil || got.Zone().String() != want {
			t.Errorf("%s: %v, want it in %s", name, got, want)
		}
	}
	for at, want := range map[string]bool{
		"2026-11-23T09:00:00+01:00": true, "2026-11-23T17:30:00+01:00": false, "2026-12-24T10:00:00+01:00": false, "2027-01-01T10:00:00+01:00": false,
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := c.Calendars["office"].At(now); got != want {
			t.Errorf("%s: %v", at, got)
		}
	}
}
