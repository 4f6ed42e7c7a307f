package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func schedule(t *testing.T, zone, text string) *Schedule {
	t.Helper()
	set := mustLoad(t, fmt.Sprintf("timezone: %s\nrules:\n  r: {when: {schedule: %q}, then: [mitigate]}\n", zone, text))
	return set.Rules[0].Schedule
}

// due lists the instants of a schedule in a stretch of time, as its clocks show them.
func due(s *Schedule, from string, long time.Duration) []string {
	at, _ := time.ParseInLocation("2006-01-02 15:04", from, s.zone)
	var out []string
	for end := at.Add(long); ; {
		if at = s.Next(at); at.IsZero() || at.After(end) {
			return out
		}
		out = append(out, at.In(s.zone).Format("02 15:04 MST"))
	}
}

func TestScheduleOnTheDaysTheClocksChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, schedule, from, want string }{
		// 2026-03-29: 02:00 CET is 03:00 CEST.
		{"Europe/Berlin", "30 2 * * *", "2026-03-28 01:00", "28 02:30 CET, 29 03:00 CEST, 30 02:30 CEST"},
		{"Europe/Berlin", "0 3 * * *", "2026-03-28 01:00", "28 03:00 CET, 29 03:00 CEST, 30 03:00 CEST"},
		{"Europe/Berlin", "0 2 * * *", "2026-03-28 12:00", "29 03:00 CEST, 30 02:00 CEST"},
		{"Europe/Berlin", "15,45 2,3 29 * *", "2026-03-28 12:00", "29 03:00 CEST, 29 03:15 CEST, 29 03:45 CEST"},
		{"Europe/Berlin", "30 * 29 * *", "2026-03-29 00:00", "29 00:30 CET, 29 01:30 CET, 29 03:30 CEST, 29 04:30 CEST"},
		// 2026-10-25: 03:00 CEST is 02:00 CET.
		{"Europe/Berlin", "30 2 * * *", "2026-10-24 01:00", "24 02:30 CEST, 25 02:30 CEST, 26 02:30 CET"},
		{"Europe/Berlin", "0 3 * * *", "2026-10-24 12:00", "25 03:00 CET, 26 03:00 CET"},
		{"Europe/Berlin", "0 */2 25 * *", "2026-10-25 00:30", "25 02:00 CEST, 25 04:00 CET, 25 06:00 CET"},
		{"Europe/Berlin", "30 * * * *", "2026-10-25 00:00", "25 00:30 CEST, 25 01:30 CEST, 25 02:30 CEST, 25 02:30 CET, 25 03:30 CET"},
		{"America/New_York", "30 2 * * sun", "2026-03-07 12:00", "08 03:00 EDT"},
		{"Australia/Lord_Howe", "15 2 * * *", "2026-10-03 12:00", "04 02:30 +11, 05 02:15 +11"}, // half an hour
		{"UTC", "30 2 * * *", "2026-03-28 12:00", "29 02:30 UTC, 30 02:30 UTC"},
		{"America/Sao_Paulo", "0 0 * * *", "2018-11-03 12:00", "04 01:00 -02, 05 00:00 -02"}, // the day begins at one
	} {
		got := due(schedule(t, c.zone, c.schedule), c.from, 52*time.Hour)
		want := strings.Split(c.want, ", ")
		if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("%s in %s: %v, want %v", c.schedule, c.zone, got, want)
		}
	}
}

func TestScheduleWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0 9 * * mon-fri": "02 09:00 UTC, 03 09:00 UTC", "0 9 * * MON": "02 09:00 UTC, 09 09:00 UTC", "0 0 L * *": "31 00:00 UTC",
		"0 9 * * 1#2": "09 09:00 UTC", "0 9 15W * *": "16 09:00 UTC", "0 9 13 mar fri": "06 09:00 UTC, 13 09:00 UTC", "0 0 * * 5L": "27 00:00 UTC",
		"*/20 8-9 2 * *": "02 08:00 UTC, 02 08:20 UTC, 02 08:40 UTC, 02 09:00 UTC",
	} {
		got := due(schedule(t, "UTC", text), "2026-03-01 12:00", 31*24*time.Hour)
		if !strings.HasPrefix(strings.Join(got, ", "), want) {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
}

// Next is the first of the instants of the schedule: none lies before it, and it is one itself, wherever it is asked from.
func TestScheduleAgainstBruteForce(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		minute, hour := rapid.IntRange(0, 59).Draw(rt, "minute"), rapid.IntRange(0, 4).Draw(rt, "hour")
		s := &Schedule{source: fmt.Sprintf("%d %d * * *", minute, hour), zone: zone}
		start := rapid.SampledFrom([]time.Time{
			time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC), time.Date(2026, 6, 1, 20, 0, 0, 0, time.UTC),
		}).Draw(rt, "start").Add(time.Duration(rapid.IntRange(0, 8*3600).Draw(rt, "seconds")) * time.Second)
		// Minute by minute: the first in which the clocks show it, or show something later for the first time that day.
		want := time.Time{}
		dayBegan := start.In(zone)
		for at := start.Truncate(time.Minute).Add(time.Minute); want.IsZero(); at = at.Add(time.Minute) {
			local, before := at.In(zone), at.Add(-time.Minute).In(zone)
			sinceMidnight := func(t time.Time) int { return t.Hour()*60 + t.Minute() }
			wanted, newDay := hour*60+minute, local.Day() != before.Day()
			jumpsOver := (newDay || sinceMidnight(before) < wanted) && sinceMidnight(local) >= wanted
			again := false // the clocks showed it before on this day
			for earlier := at.Add(-time.Minute); earlier.In(zone).Day() == local.Day() && earlier.After(at.Add(-26*time.Hour)); earlier = earlier.Add(-time.Minute) {
				again = again || sinceMidnight(earlier.In(zone)) >= wanted
			}
			if jumpsOver && !again {
				want = at
			}
		}
		if got := s.Next(start); !got.Equal(want) {
			rt.Fatalf("%s after %v: %v, want %v", s.source, dayBegan, got.In(zone), want.In(zone))
		}
		if got := s.Next(want.Add(-1)); !got.Equal(want) {
			rt.Fatalf("just before %v: %v", want, got)
		}
	})
}
