package calendar

import "time"

// At says whether t is within hours, and the first later instant at which that may be otherwise: nothing changes before
// it.
func (c *Calendar) At(t time.Time) (within bool, until time.Time) {
	s := c.stretchAt(t)
	within, until = c.boundary(s, t)
	if !s.end.IsZero() && s.end.Before(until) {
		until = s.end
	}
	return within, until
}

// lookahead is how many days are looked at for the next opening; beyond it one looks again.
const lookahead = 400

// boundary is At within a stretch. Spans are sorted and do not overlap, so the first that is not over decides. It may
// have begun the day before.
func (c *Calendar) boundary(s stretch, t time.Time) (within bool, at time.Time) {
	today := s.day(t)
	for d := today - 1; d < today+lookahead; d++ {
		midnight := s.midnight(d)
		for _, span := range c.hours(d) {
			if to := midnight.Add(span.To); to.After(t) {
				from := midnight.Add(span.From)
				if from.After(t) {
					return false, from
				}
				return true, to
			}
		}
	}
	return false, s.midnight(today + lookahead)
}

// hours are the spans that begin on a day.
func (c *Calendar) hours(d day) []Span {
	spans := c.week[d.weekday()]
	if len(spans) == 0 || c.holiday(d) {
		return nil
	}
	return spans
}

func (c *Calendar) holiday(d day) bool {
	return c.dates[d] || len(c.yearly) > 0 && c.yearly[d.monthDay()]
}

// stretch is a part of time in which the offset of the zone does not change. What is counted in it holds up to its end
// alone; a zero end is never.
type stretch struct {
	offset int64
	end    time.Time
}

func (c *Calendar) stretchAt(t time.Time) stretch {
	local := t.In(c.zone)
	_, offset := local.Zone()
	_, end := local.ZoneBounds()
	return stretch{int64(offset), end}
}

// day is the local date at t.
func (s stretch) day(t time.Time) day {
	seconds := t.Unix() + s.offset
	d := seconds / daySeconds
	if seconds%daySeconds < 0 {
		d--
	}
	return day(d)
}

// midnight is the instant a day begins.
func (s stretch) midnight(d day) time.Time { return time.Unix(int64(d)*daySeconds-s.offset, 0) }

// MaxDays is the longest time, in days, that is counted through: a hundred years.
const MaxDays = 36_525

// Between is how much of the time from one instant to another is within hours, negative where the second is the
// earlier; false where they are more than MaxDays apart.
func (c *Calendar) Between(from, to time.Time) (time.Duration, bool) {
	if to.Before(from) {
		d, ok := c.Between(to, from)
		return -d, ok
	}
	if to.Sub(from) > MaxDays*fullDay {
		return 0, false
	}
	var total time.Duration
	for at := from; at.Before(to); {
		s, end := c.stretchAt(at), to
		if !s.end.IsZero() && s.end.Before(end) {
			end = s.end
		}
		total += c.within(s, at, end)
		at = end
	}
	return total, true
}

// within counts the hours between two instants of a stretch.
func (c *Calendar) within(s stretch, from, to time.Time) time.Duration {
	var total time.Duration
	for d := s.day(from) - 1; d <= s.day(to); d++ {
		hours := c.hours(d)
		if len(hours) == 0 {
			continue
		}
		begin := from.Sub(s.midnight(d))
		end := begin + to.Sub(from)
		for _, span := range hours {
			if overlap := min(span.To, end) - max(span.From, begin); overlap > 0 {
				total += overlap
			}
		}
	}
	return total
}

// Reach is the instant at which, counted from an earlier one, the time within hours comes to need (which is positive):
// nothing less has been counted before it. Where it is not reached in some 400 days it is the instant up to which it was
// looked for.
func (c *Calendar) Reach(from time.Time, need time.Duration) time.Time {
	limit := from.Add(lookahead * fullDay)
	for at := from; ; {
		within, until := c.At(at)
		switch left := until.Sub(at); {
		case within && left >= need:
			return at.Add(need)
		case within:
			need -= left
		}
		if at = until; at.After(limit) {
			return at
		}
	}
}

// MaxBusinessDays is how many business days may be counted.
const MaxBusinessDays = 1000

// After is the instant n business days after t at the same time of day, before t for a negative n. A business day is one
// on which hours begin; the day of t itself is not counted, whether it is one or not. For 0 it is t itself if its day is
// a business day, else the same time of the next one. Where the clocks leave the time of day out, it is the instant they
// jump; where they repeat it, its first. False is where there is no such day within MaxDays, or n is larger than
// MaxBusinessDays.
func (c *Calendar) After(t time.Time, n int) (time.Time, bool) {
	s := c.stretchAt(t)
	d := s.day(t)
	ofDay := t.Sub(s.midnight(d))
	if n == 0 && len(c.hours(d)) > 0 {
		return t, true
	}
	step, left := day(1), max(n, 1)
	if n < 0 {
		step, left = -1, -n
	}
	if left > MaxBusinessDays {
		return time.Time{}, false
	}
	for range MaxDays {
		d += step
		if len(c.hours(d)) > 0 {
			left--
		}
		if left == 0 {
			return c.instant(d, ofDay), true
		}
	}
	return time.Time{}, false
}

// instant is the first instant that reads as this date and time of day, or at which the clocks jump over it.
func (c *Calendar) instant(d day, ofDay time.Duration) time.Time {
	wall := time.Unix(int64(d)*daySeconds, 0).Add(ofDay) // as if the zone were UTC
	at := wall.Add(-fullDay)                             // no zone is that far away
	for {
		s := c.stretchAt(at)
		reads := wall.Add(-time.Duration(s.offset) * time.Second)
		switch {
		case reads.Before(at): // the jump that began this stretch left it out
			return at
		case s.end.IsZero() || reads.Before(s.end):
			return reads
		}
		at = s.end
	}
}
