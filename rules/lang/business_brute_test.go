package lang

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev/rules/calendar"
)

// bruteCalendar says the same as a calendar.Calendar with nothing of it: it reads the local time as a text and compares
// texts, minute by minute.
type bruteCalendar struct {
	name string
	zone *time.Location
	// hours are those of days, "sat": {"22:00-02:30"}; holidays are dates and, beginning with -, days of every year.
	hours    map[string][]string
	holidays []string

	from time.Time       // of the table below
	open []bool          // in each minute
	sums []time.Duration // before each minute
}

// bruteCalendars are made for the days around start: with nights over the change of the clocks, with hours within it,
// with holidays beside it, and with one in another zone.
func bruteCalendars(in *time.Location, start time.Time) []*bruteCalendar {
	weekdays := map[string][]string{}
	for _, d := range []string{"mon", "tue", "wed", "thu", "fri"} {
		weekdays[d] = []string{"09:00-12:30", "13:00-17:30"}
	}
	date := func(days int) string { return start.In(in).AddDate(0, 0, days).Format(time.DateOnly) }
	all := []*bruteCalendar{
		{name: "office", zone: in, hours: weekdays, holidays: []string{date(3), date(-1)}},
		{name: "night", zone: in, hours: map[string][]string{
			"fri": {"22:00-06:00"}, "sat": {"22:00-02:20"}, "sun": {"02:40-03:10", "23:59-00:01"}, "mon": {"00:30-24:00"},
		}, holidays: []string{date(4)[4:]}},
		{name: "always", zone: in, hours: map[string][]string{
			"mon": {"00:00-24:00"}, "tue": {"00:00-24:00"}, "wed": {"00:00-24:00"}, "thu": {"00:00-24:00"}, "fri": {"00:00-24:00"}, "sat": {"00:00-24:00"}, "sun": {"00:00-24:00"},
		}, holidays: []string{date(2)}},
		{name: "abroad", zone: zone("Asia/Kathmandu"), hours: map[string][]string{
			"sun": {"10:00-17:00"}, "mon": {"10:00-17:00"}, "tue": {"10:00-17:00"}, "fri": {"21:15-04:45"},
		}},
	}
	for _, b := range all {
		b.fill(start.Add(-24*time.Hour), 8*24*60)
	}
	return all
}

// real makes the calendar through the package's own way in.
func (b *bruteCalendar) real() *calendar.Calendar {
	var week calendar.Week
	for d, name := range calendar.Days() {
		for _, text := range b.hours[name] {
			week[d] = append(week[d], must(calendar.ParseSpan(text)))
		}
	}
	if err := week.Check(); err != nil {
		panic(err)
	}
	var holidays []calendar.Holiday
	for _, text := range b.holidays {
		if yearly, ok := strings.CutPrefix(text, "-"); ok {
			holidays = append(holidays, must(calendar.ParseYearly(yearly)))
		} else {
			holidays = append(holidays, must(calendar.ParseHoliday(text)))
		}
	}
	return calendar.New(b.zone, week, holidays...)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// testCalendars are the real ones by name.
func testCalendars(in *time.Location, start time.Time) map[string]*calendar.Calendar {
	all := map[string]*calendar.Calendar{}
	for _, b := range bruteCalendars(in, start) {
		all[b.name] = b.real()
	}
	return all
}

// at looks at the wall.
func (b *bruteCalendar) at(t time.Time) bool {
	local := t.In(b.zone)
	clock := local.Format("15:04")
	noon := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, time.UTC)
	for _, span := range b.spans(noon) {
		from, to, _ := strings.Cut(span, "-")
		if from < to && from <= clock && clock < to || from > to && from <= clock {
			return true
		}
	}
	for _, span := range b.spans(noon.AddDate(0, 0, -1)) {
		from, to, _ := strings.Cut(span, "-")
		if from > to && clock < to {
			return true
		}
	}
	return false
}

// spans are the hours that begin on a date.
func (b *bruteCalendar) spans(noon time.Time) []string {
	date := noon.Format(time.DateOnly)
	if slices.Contains(b.holidays, date) || slices.Contains(b.holidays, date[4:]) {
		return nil
	}
	return b.hours[strings.ToLower(noon.Format("Mon"))]
}

func (b *bruteCalendar) fill(from time.Time, minutes int) {
	b.from = from
	var sum time.Duration
	for i := range minutes {
		open := b.at(from.Add(time.Duration(i) * time.Minute))
		b.open, b.sums = append(b.open, open), append(b.sums, sum)
		if open {
			sum += time.Minute
		}
	}
}

func (b *bruteCalendar) openAt(t time.Time) bool { return b.open[b.minute(t)] }

func (b *bruteCalendar) minute(t time.Time) int { return int(t.Sub(b.from) / time.Minute) }

func (b *bruteCalendar) sum(t time.Time) time.Duration {
	i := b.minute(t)
	if b.open[i] {
		return b.sums[i] + t.Sub(b.from)%time.Minute
	}
	return b.sums[i]
}

// daysAfter goes from date to date, then from minute to minute until the wall shows what it must.
func (b *bruteCalendar) daysAfter(t time.Time, n int) time.Time {
	local := t.In(b.zone)
	noon := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, time.UTC)
	if n == 0 && len(b.spans(noon)) > 0 {
		return t
	}
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n = max(n, 1); n > 0; {
		if noon = noon.AddDate(0, 0, step); len(b.spans(noon)) > 0 {
			n--
		}
	}
	const layout = "2006-01-02 15:04:05.000000000"
	want := noon.Format("2006-01-02") + local.Format(layout[len("2006-01-02"):])
	for x := noon.Add(-30 * time.Hour).Truncate(time.Minute).Add(t.Sub(t.Truncate(time.Minute))); ; x = x.Add(time.Minute) {
		switch reads := x.In(b.zone).Format(layout); {
		case reads == want:
			return x
		case reads > want:
			return x.Truncate(time.Minute)
		}
	}
}

// The generator's part: conditions about business.

func (g *generator) business() *bruteCalendar { return pick(g, g.businesses...) }

func (g *generator) businessAtom() (string, boolAt) {
	b := g.business()
	if g.r.IntN(2) == 0 {
		return fmt.Sprintf("business_hours(%q)", b.name), b.openAt
	}
	src, at := g.instant()
	n, op := g.r.IntN(5)-1, g.op()
	t, ok := at(g.start)
	if !ok {
		return fmt.Sprintf("now %s business_days_after(%s, %d, %q)", op, src, n, b.name), func(time.Time) bool { return false }
	}
	deadline := b.daysAfter(t, n)
	return fmt.Sprintf("now %s business_days_after(%s, %d, %q)", op, src, n, b.name), func(now time.Time) bool {
		return compareSpans(op, now.Sub(deadline), 0)
	}
}

// businessDifference runs up and down.
func (g *generator) businessDifference() (string, spanAt) {
	a, left := g.businessSince()
	b, right := g.businessSince()
	return "(" + a + " - " + b + ")", func(now time.Time) (time.Duration, bool) {
		x, ok := left(now)
		y, ok2 := right(now)
		return x - y, ok && ok2
	}
}

func (g *generator) businessSince() (string, spanAt) {
	b := g.business()
	src, at := g.instant()
	return fmt.Sprintf("business_time_since(%s, %q)", src, b.name), func(now time.Time) (time.Duration, bool) {
		t, ok := at(now)
		if !ok {
			return 0, false
		}
		return b.sum(now) - b.sum(t), true
	}
}
