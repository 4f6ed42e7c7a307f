package calendar

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// oddZones change their clocks at midnight, by half an hour, by a whole day, twice a year more than others, or never.
var oddZones = []string{
	"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Casablanca",
	"Antarctica/Troll", "Pacific/Apia", "Pacific/Kiritimati", "Asia/Tehran", "America/St_Johns",
}

// drawCalendar draws hours that do not overlap, at whole minutes.
func drawCalendar(t *rapid.T) *Calendar {
	var week Week
	for d := range week {
		at := 0
		for range rapid.IntRange(0, 2).Draw(t, "spans") {
			from := rapid.IntRange(at, 1439).Draw(t, "from")
			to := rapid.IntRange(from+1, 1440).Draw(t, "to")
			week[d] = append(week[d], Span{time.Duration(from) * time.Minute, time.Duration(to) * time.Minute})
			if at = to; at > 1438 {
				break
			}
		}
	}
	if len(week[1]) == 0 {
		week[1] = []Span{{0, fullDay}}
	}
	for d := range week { // one of the days goes on after midnight, as far as the next lets it
		next := week[(d+1)%7]
		limit := 12 * time.Hour
		if len(next) > 0 {
			limit = min(limit, next[0].From)
		}
		n := len(week[d])
		if n > 0 {
			limit = min(limit, week[d][n-1].From)
		}
		if n > 0 && limit > 0 && rapid.Bool().Draw(t, "over midnight") {
			week[d][n-1].To = fullDay + limit
		}
	}
	var holidays []Holiday
	for range rapid.IntRange(0, 3).Draw(t, "holidays") {
		first := day(rapid.IntRange(14_000, 20_000).Draw(t, "holiday"))
		holidays = append(holidays, Holiday{first: first, last: first + day(rapid.IntRange(0, 20).Draw(t, "length"))})
	}
	if rapid.Bool().Draw(t, "yearly") {
		first := day(rapid.IntRange(10_957, 10_957+365).Draw(t, "yearly"))
		holidays = append(holidays, Holiday{first: first, last: first, yearly: true})
	}
	in, err := time.LoadLocation(rapid.SampledFrom(oddZones).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	if err := week.Check(); err != nil {
		t.Fatalf("%v: %v", week, err)
	}
	return New(in, week, holidays...)
}

// drawInstant draws one between 2009 and 2024, every other near a change of the clocks.
func drawInstant(t *rapid.T, c *Calendar, name string) time.Time {
	at := time.Unix(rapid.Int64Range(1_240_000_000, 1_710_000_000).Draw(t, name), rapid.Int64Range(0, 999_999_999).Draw(t, name+" ns"))
	if _, change := at.In(c.zone).ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(t, "near a change") {
		at = change.Add(time.Duration(rapid.Int64Range(-int64(30*time.Hour), int64(30*time.Hour)).Draw(t, "distance")))
	}
	return at
}

// onTheWall says whether an instant is within hours by nothing but what a calendar and a clock on the wall show.
func onTheWall(c *Calendar, t time.Time) bool {
	local := t.In(c.zone)
	shown := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	date := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	for _, before := range []int{0, 1} {
		begun := date.AddDate(0, 0, -before)
		free := c.dates[day(begun.Unix()/daySeconds)] || c.yearly[monthDay{begun.Month(), begun.Day()}]
		for _, span := range c.week[begun.Weekday()] {
			if at := shown + time.Duration(before)*fullDay; !free && span.From <= at && at < span.To {
				return true
			}
		}
	}
	return false
}

// What At says is what the wall says, and stays so until then: at the ends of what it says, and wherever one looks.
func TestAtIsWhatTheWallSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		at := drawInstant(t, c, "at")
		within, until := c.At(at)
		if !until.After(at) {
			t.Fatalf("at %v: until %v", at, until)
		}
		looks := []time.Time{at, until.Add(-1)}
		for i := range 20 {
			looks = append(looks, at.Add(until.Sub(at)/20*time.Duration(i)))
		}
		for _, x := range looks {
			if onTheWall(c, x) != within {
				t.Fatalf("%s\nat %v: %v until %v, but not at %v", c, at.In(c.zone), within, until.In(c.zone), x.In(c.zone))
			}
		}
	})
}

// Between is the sum of what At says from boundary to boundary, and turns its sign with its arguments.
func TestBetweenIsTheSumOfAt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		from := drawInstant(t, c, "from")
		to := from.Add(time.Duration(rapid.Int64Range(0, int64(40*fullDay)).Draw(t, "length")))
		var sum time.Duration
		for at := from; at.Before(to); {
			within, until := c.At(at)
			if until.After(to) {
				until = to
			}
			if within {
				sum += until.Sub(at)
			}
			at = until
		}
		if got, ok := c.Between(from, to); !ok || got != sum {
			t.Fatalf("%s\n%v to %v: %v, want %v", c, from.In(c.zone), to.In(c.zone), got, sum)
		}
		if got, ok := c.Between(to, from); !ok || got != -sum {
			t.Fatalf("%s\n%v back to %v: %v, want %v", c, to.In(c.zone), from.In(c.zone), got, -sum)
		}
	})
}

// Reach is where Between comes to what was needed, and not a nanosecond before.
func TestReachIsTheInverseOfBetween(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		from := drawInstant(t, c, "from")
		need := time.Duration(rapid.Int64Range(1, int64(300*time.Hour)).Draw(t, "need"))
		at := c.Reach(from, need)
		switch got, ok := c.Between(from, at); {
		case !ok || got > need || got < need && at.Before(from.Add(lookahead*fullDay)):
			t.Fatalf("%s\n%v and %v: %v comes to %v", c, from.In(c.zone), need, at.In(c.zone), got)
		case got == need:
			if before, _ := c.Between(from, at.Add(-1)); before != need-1 {
				t.Fatalf("%s\n%v and %v: %v is late", c, from.In(c.zone), need, at.In(c.zone))
			}
		}
	})
}

// After gives an instant of a business day, as many business days on as it was asked for, that shows the same time; where
// it does not, the clocks jumped there. The way back leads to the same date.
func TestAfterShowsTheSameTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		at, n := drawInstant(t, c, "at"), rapid.IntRange(-12, 12).Draw(t, "n")
		got, ok := c.After(at, n)
		if !ok {
			for d := range c.week {
				if len(c.week[d]) > 0 {
					t.Fatalf("%s has business days", c)
				}
			}
			return
		}
		const clock = "15:04:05.999999999"
		reads, wanted := got.In(c.zone).Format(clock), at.In(c.zone).Format(clock)
		if jump, _ := got.In(c.zone).ZoneBounds(); n != 0 && reads != wanted && !jump.Equal(got) {
			t.Fatalf("%s\n%v and %d: %v", c, at.In(c.zone), n, got.In(c.zone))
		}
		if fmt.Sprint(c.zone) == "Pacific/Apia" || fmt.Sprint(c.zone) == "Pacific/Kiritimati" {
			return // a date that never was counts as one
		}
		first, last := c.stretchAt(at).day(at), c.stretchAt(got).day(got)
		days, step := 0, day(1)
		if last < first {
			step = -1
		}
		for d := first; d != last; {
			if d += step; len(c.hours(d)) > 0 {
				days++
			}
		}
		want := max(n, -n)
		if n == 0 && last != first {
			want = 1
		}
		if len(c.hours(last)) == 0 || days != want || n*int(step) < 0 {
			t.Fatalf("%s\n%v and %d: %v is %d business days away", c, at.In(c.zone), n, got.In(c.zone), days)
		}
	})
}
