package calendar

import (
	"strings"
	"testing"
	"time"
)

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

// instantOf reads a time, or a date and time of day in the calendar's zone.
func instantOf(tb testing.TB, c *Calendar, text string) time.Time {
	tb.Helper()
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05Z0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	for _, layout := range []string{"2006-01-02 15:04:05.999999999", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, text, c.zone); err == nil {
			return t
		}
	}
	tb.Fatalf("what is %q?", text)
	return time.Time{}
}

// calendarOf makes one of lines such as "mon-fri 09:00-17:30", "2026-12-25" and "every 12-25".
func calendarOf(tb testing.TB, in string, lines ...string) *Calendar {
	tb.Helper()
	var week Week
	var holidays []Holiday
	for _, line := range lines {
		first, rest, _ := strings.Cut(line, " ")
		switch days, err := ParseDays(first); {
		case first == "every":
			holidays = append(holidays, must(ParseYearly(rest)))
		case err != nil:
			holidays = append(holidays, must(ParseHoliday(line)))
		default:
			for _, d := range days {
				for _, text := range strings.Fields(rest) {
					week[d] = append(week[d], must(ParseSpan(text)))
				}
			}
		}
	}
	if err := week.Check(); err != nil {
		tb.Fatal(err)
	}
	return New(zone(tb, in), week, holidays...)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestWithinHours(t *testing.T) {
	t.Parallel()
	office := calendarOf(t, "Europe/Berlin", "mon-thu 09:00-12:30 13:00-17:30", "fri 09:00-15:00", "2026-12-24..2026-12-26", "every 01-01")
	night := calendarOf(t, "Europe/Berlin", "fri-sat 22:00-06:00", "mon 23:00-24:00", "tue 00:00-01:00", "2026-03-28")
	for _, c := range []struct {
		calendar *Calendar
		at       string
		within   bool
		until    string
	}{
		{office, "2026-11-23 08:59:59.999999999", false, "2026-11-23 09:00"},
		{office, "2026-11-23 09:00", true, "2026-11-23 12:30"},
		{office, "2026-11-23 12:30", false, "2026-11-23 13:00"},
		{office, "2026-11-23 17:29:59", true, "2026-11-23 17:30"},
		{office, "2026-11-27 15:00", false, "2026-11-30 09:00"},       // over the weekend
		{office, "2026-12-23 18:00", false, "2026-12-28 09:00"},       // over the holidays
		{office, "2026-12-24 10:00", false, "2026-12-28 09:00"},       // on one
		{office, "2026-12-31 17:30", false, "2027-01-04 09:00"},       // over New Year and a weekend
		{office, "2026-03-27 15:00", false, "2026-03-29 03:00"},       // never beyond a change of the clocks
		{office, "2026-03-29 03:00", false, "2026-03-30 09:00"},       //
		{office, "2026-10-25 01:00:00Z", false, "2026-10-26 09:00"},   //
		{night, "2026-03-20 21:00", false, "2026-03-20 22:00"},        //
		{night, "2026-03-21 05:59", true, "2026-03-21 06:00"},         // Friday's
		{night, "2026-03-21 06:00", false, "2026-03-21 22:00"},        // Saturday's own
		{night, "2026-03-28 05:00", true, "2026-03-28 06:00"},         // begun before the holiday
		{night, "2026-03-28 23:00", false, "2026-03-29 03:00"},        // the holiday has none
		{night, "2026-10-24 23:00", true, "2026-10-25 01:00:00Z"},     // the clocks change within
		{night, "2026-10-25 01:00:00Z", true, "2026-10-25 05:00:00Z"}, // and on it goes
		{night, "2026-03-23 23:30", true, "2026-03-24 00:00"},         // spans that touch
		{night, "2026-03-24 00:00", true, "2026-03-24 01:00"},         //
		{Weekdays(time.UTC), "2026-11-27T23:59:59Z", true, "2026-11-28T00:00:00Z"},
		{Weekdays(time.UTC), "1969-12-28T23:59:59Z", false, "1969-12-29T00:00:00Z"}, // before 1970 too
	} {
		within, until := c.calendar.At(instantOf(t, c.calendar, c.at))
		if want := instantOf(t, c.calendar, c.until); within != c.within || !until.Equal(want) {
			t.Errorf("%s: %v until %v, want %v until %v", c.at, within, until.In(c.calendar.zone), c.within, want)
		}
	}
}

// A year without any business is looked at in pieces.
func TestLookaheadEnds(t *testing.T) {
	t.Parallel()
	c := calendarOf(t, "UTC", "mon 09:00-10:00", "2026-01-01..2026-12-31", "2027-01-01..2027-12-31", "2028-01-01..2028-12-31")
	at, steps := instantOf(t, c, "2026-01-01 00:00"), 0
	for within := false; !within; steps++ {
		var until time.Time
		if within, until = c.At(at); !within && !until.After(at) {
			t.Fatalf("%v does not come after %v", until, at)
		} else if !within {
			at = until
		}
	}
	if want := instantOf(t, c, "2029-01-01 09:00"); !at.Equal(want) || steps > 6 {
		t.Errorf("%v after %d steps, want %v", at, steps, want)
	}
}

func TestBetween(t *testing.T) {
	t.Parallel()
	office := calendarOf(t, "Europe/Berlin", "mon-thu 09:00-12:30 13:00-17:30", "fri 09:00-15:00", "2026-12-24..2026-12-26", "every 01-01")
	night := calendarOf(t, "Europe/Berlin", "sat 22:00-06:00")
	early := calendarOf(t, "Europe/Berlin", "sun 02:00-03:00")
	for _, c := range []struct {
		calendar *Calendar
		from, to string
		want     time.Duration
	}{
		{office, "2026-11-23 10:00", "2026-11-23 11:00", time.Hour},
		{office, "2026-11-23 10:00", "2026-11-23 10:00", 0},
		{office, "2026-11-23 17:00", "2026-11-24 09:30", time.Hour},
		{office, "2026-11-23 00:00", "2026-11-30 00:00", 38 * time.Hour},
		{office, "2026-12-21 00:00", "2026-12-28 00:00", 24 * time.Hour},
		{office, "2026-11-23 09:00:00.25", "2026-11-23 09:00:01.5", 1250 * time.Millisecond},
		{office, "2026-11-24 09:30", "2026-11-23 17:00", -time.Hour},
		{night, "2026-03-21 12:00", "2026-03-22 12:00", 8 * time.Hour},
		{night, "2026-03-28 12:00", "2026-03-29 12:00", 7 * time.Hour}, // one is left out
		{night, "2026-10-24 12:00", "2026-10-25 12:00", 9 * time.Hour}, // one comes twice
		{early, "2026-03-28 12:00", "2026-03-29 12:00", 0},
		{early, "2026-10-24 12:00", "2026-10-25 12:00", 2 * time.Hour},
		{office, "2025-11-24 00:00", "2026-11-23 00:00", 52*38*time.Hour - 8*time.Hour},
	} {
		got, ok := c.calendar.Between(instantOf(t, c.calendar, c.from), instantOf(t, c.calendar, c.to))
		if !ok || got != c.want {
			t.Errorf("%s to %s: %v %v, want %v", c.from, c.to, got, ok, c.want)
		}
	}
	if d, ok := office.Between(time.Time{}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); ok {
		t.Errorf("two thousand years were counted: %v", d)
	}
}

func TestBusinessDaysAfter(t *testing.T) {
	t.Parallel()
	office := calendarOf(t, "Europe/Berlin", "mon-fri 09:00-17:30", "2026-12-24..2026-12-26", "every 01-01")
	daily := calendarOf(t, "Europe/Berlin", "mon-sun 09:00-17:30")
	lord := calendarOf(t, "Australia/Lord_Howe", "mon-sun 09:00-17:30")
	sao := calendarOf(t, "America/Sao_Paulo", "mon-sun 09:00-17:30")
	for _, c := range []struct {
		calendar *Calendar
		from     string
		n        int
		want     string
	}{
		{office, "2026-11-23 10:15:30.5", 1, "2026-11-24 10:15:30.5"},
		{office, "2026-11-23 10:15", 5, "2026-11-30 10:15"},
		{office, "2026-11-27 23:00", 1, "2026-11-30 23:00"},
		{office, "2026-11-28 08:00", 1, "2026-11-30 08:00"}, // Saturday does not count, nor does it cost a day
		{office, "2026-11-28 08:00", 0, "2026-11-30 08:00"},
		{office, "2026-11-27 08:00", 0, "2026-11-27 08:00"},
		{office, "2026-11-23 08:00", -1, "2026-11-20 08:00"},
		{office, "2026-11-22 08:00", -1, "2026-11-20 08:00"},
		{office, "2026-12-23 12:00", 1, "2026-12-28 12:00"},
		{office, "2026-12-30 12:00", 2, "2027-01-04 12:00"},
		{office, "2026-03-27 12:00", 1, "2026-03-30 12:00"},     // the wall clock counts, not the hours
		{office, "2026-11-22T23:30:00Z", 1, "2026-11-24 00:30"}, // Monday in Berlin already
		{daily, "2026-03-28 02:30", 1, "2026-03-29 03:00"},      // 02:30 is left out
		{daily, "2026-03-28 02:30", 2, "2026-03-30 02:30"},
		{daily, "2026-03-30 02:30", -1, "2026-03-29 03:00"},
		{daily, "2026-10-24 02:30", 1, "2026-10-25T00:30:00Z"}, // the first of two
		{daily, "2026-10-24 03:00", 1, "2026-10-25T02:00:00Z"},
		{daily, "2026-10-25T01:30:00Z", 1, "2026-10-26 02:30"},
		{daily, "2026-10-25T01:30:00Z", 0, "2026-10-25T01:30:00Z"},
		{lord, "2026-10-03 02:15", 1, "2026-10-04 02:30"},       // half an hour is left out
		{lord, "2026-04-04 01:45", 1, "2026-04-04T14:45:00Z"},   // half an hour comes twice
		{sao, "2018-11-03 00:00", 1, "2018-11-04T03:00:00Z"},    // no midnight
		{sao, "2018-11-03 00:59:59", 1, "2018-11-04T03:00:00Z"}, //
		{sao, "2018-11-03 01:00", 1, "2018-11-04T03:00:00Z"},
	} {
		got, ok := c.calendar.After(instantOf(t, c.calendar, c.from), c.n)
		if want := instantOf(t, c.calendar, c.want); !ok || !got.Equal(want) {
			t.Errorf("%s and %d: %v %v, want %v", c.from, c.n, got.In(c.calendar.zone), ok, want)
		}
	}
}

func TestBusinessDaysAreBounded(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	never := calendarOf(t, "UTC", "mon 09:00-10:00", "every 01-01..12-31")
	for _, n := range []int{MaxBusinessDays + 1, -MaxBusinessDays - 1, 1 << 62, -1 << 63} {
		if at, ok := Weekdays(nil).After(from, n); ok {
			t.Errorf("%d: %v", n, at)
		}
	}
	if at, ok := Weekdays(nil).After(from, MaxBusinessDays); !ok || !at.Equal(from.AddDate(0, 0, MaxBusinessDays/5*7)) {
		t.Errorf("%v %v", at, ok)
	}
	if at, ok := never.After(from, 1); ok {
		t.Errorf("a day that never comes: %v", at)
	}
}

func TestWeekCheck(t *testing.T) {
	t.Parallel()
	span := func(s string) Span { return must(ParseSpan(s)) }
	for _, c := range []struct {
		week Week
		want string
	}{
		{Week{}, "no day has any hours"},
		{Week{1: {span("09:00-12:00"), span("11:59-13:00")}}, "on mon the hours 09:00-12:00 and 11:59-13:00 overlap"},
		{Week{5: {span("22:00-06:00")}, 6: {span("05:00-08:00")}}, "22:00-06:00 of fri goes on into 05:00-08:00 of the day after"},
		{Week{6: {span("22:00-06:00")}, 0: {span("05:00-08:00")}}, "22:00-06:00 of sat goes on into 05:00-08:00 of the day after"},
		{Week{2: {{time.Hour, time.Hour}}}, "on tue the hours 01:00-01:00 are not within a day"},
		{Week{2: {{time.Hour, 26 * time.Hour}}}, "on tue the hours 01:00-02:00 are not within a day"},
		{Week{2: {{24 * time.Hour, 26 * time.Hour}}}, "on tue the hours 24:00-02:00 are not within a day"},
		{Week{2: {{-time.Hour, time.Hour}}}, "on tue the hours -1:00-01:00 are not within a day"},
		{Week{1: {span("09:00-12:00"), span("12:00-24:00")}, 2: {span("00:00-01:00")}}, ""},
		{Week{5: {span("22:00-06:00")}, 6: {span("06:00-08:00")}}, ""},
	} {
		got := ""
		if err := c.week.Check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.week, got, c.want)
		}
	}
}

// Calendars are written the same if and only if they say the same.
func TestString(t *testing.T) {
	t.Parallel()
	a := calendarOf(t, "Europe/Berlin", "mon-tue 09:00-17:30", "2026-12-24..2026-12-25", "every 01-01")
	b := calendarOf(t, "Europe/Berlin", "every 01-01", "tue 09:00-17:30", "2026-12-25", "mon 09:00-17:30", "2026-12-24", "2026-12-25")
	const want = "mon 09:00-17:30, tue 09:00-17:30, Europe/Berlin, 2026-12-24, 2026-12-25, every 01-01"
	if a.String() != want || b.String() != want {
		t.Errorf("%s\n%s", a, b)
	}
	for _, lines := range [][]string{
		{"mon-tue 09:00-17:31", "2026-12-24..2026-12-25", "every 01-01"}, {"mon-wed 09:00-17:30", "2026-12-24..2026-12-25", "every 01-01"},
		{"mon-tue 09:00-17:30", "2026-12-24", "every 01-01"}, {"mon-tue 09:00-17:30", "2026-12-24..2026-12-25", "every 01-02"},
	} {
		if c := calendarOf(t, "Europe/Berlin", lines...); c.String() == want {
			t.Errorf("%v is written the same", lines)
		}
	}
	if c := calendarOf(t, "UTC", "mon-tue 09:00-17:30", "2026-12-24..2026-12-25", "every 01-01"); c.String() == want {
		t.Error("another zone is written the same")
	}
	if got := calendarOf(t, "UTC", "sun 22:00-06:00").String(); got != "sun 22:00-06:00, UTC" {
		t.Error(got)
	}
}
