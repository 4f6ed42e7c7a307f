package rules

import (
	"sync/atomic"
	"time"

	"github.com/adhocore/gronx"
)

// Schedule is when a rule with `when: {schedule: …}` runs: the five fields of cron on the clocks of a zone. It is safe
// for concurrent use.
//
// On the days the clocks change it keeps to what they show: a time they jump over is met at the instant of the jump,
// and a time they show twice is met the first time. A schedule of every hour (`*` for the hour) keeps to the time that
// passes instead: each hour there is, the one that comes twice both times, the one that is left out not at all.
type Schedule struct {
	source string
	zone   *time.Location
	hourly bool
	// last is what was asked last: Next is the same for all instants of it.
	last atomic.Pointer[stretch]
}

type stretch struct{ from, next time.Time }

// Source is the schedule as it is written.
func (s *Schedule) Source() string { return s.source }

// ScheduleText is the rule's schedule as it is written; empty where it has none.
func (r *Rule) ScheduleText() string {
	if r.Schedule == nil {
		return ""
	}
	return r.Schedule.Source()
}

// Next answers the first instant after another at which it is due; zero if there is none.
func (s *Schedule) Next(after time.Time) time.Time {
	if l := s.last.Load(); l != nil && !after.Before(l.from) && after.Before(l.next) {
		return l.next
	}
	next := s.byClock(after)
	if s.hourly {
		next = s.byTime(after)
	}
	if !next.IsZero() {
		s.last.Store(&stretch{after, next})
	}
	return next
}

// byClock follows what the clocks show.
func (s *Schedule) byClock(after time.Time) time.Time {
	wall, _ := shown(after, s.zone)
	for {
		if wall = s.tick(wall, false); wall.IsZero() {
			return wall
		}
		if at := showing(wall, s.zone); at.After(after) {
			return at
		}
	}
}

// byTime follows the time that passes, with the offset that holds, from one change of the clocks to the next.
func (s *Schedule) byTime(after time.Time) time.Time {
	const changes = 100 // of the clocks; no zone has as many in the years cron can look ahead
	inclusive := false
	for range changes {
		wall, offset := shown(after, s.zone)
		wall = s.tick(wall, inclusive)
		if wall.IsZero() {
			return wall
		}
		_, end := after.In(s.zone).ZoneBounds()
		if at := wall.Add(-offset); end.IsZero() || at.Before(end) {
			return at
		}
		after, inclusive = end, true
	}
	return time.Time{}
}

// tick answers the next time of day after another at which it is due, or that one itself; zero if there is none. Both
// are written as if they were UTC, which has no clock changes: gronx leaves out what the clocks jump over.
func (s *Schedule) tick(wall time.Time, inclusive bool) time.Time {
	next, err := gronx.NextTickAfter(s.source, wall, inclusive)
	if err != nil {
		return time.Time{}
	}
	return next
}

// shown is what the clocks of a zone show at an instant, as if it were UTC, and how far they are ahead of it.
func shown(at time.Time, zone *time.Location) (wall time.Time, ahead time.Duration) {
	_, seconds := at.In(zone).Zone()
	ahead = time.Duration(seconds) * time.Second
	return at.UTC().Add(ahead), ahead
}

// showing is the first instant at which the clocks of a zone show a time; where they jump over it, that of the jump.
func showing(wall time.Time, zone *time.Location) time.Time {
	const day = 24 * time.Hour // further than any zone is from UTC
	at := wall.Add(-day)
	for {
		_, offset := shown(at, zone)
		reads := wall.Add(-offset)
		_, end := at.In(zone).ZoneBounds()
		switch {
		case reads.Before(at):
			return at
		case end.IsZero() || reads.Before(end):
			return reads
		}
		at = end.UTC()
	}
}
