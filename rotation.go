package ifsev

import (
	"sort"
	"time"
)

// Rotation is who is on call when: people take turns of equal length, counted on the wall clock of a time zone, so a
// hand-over at nine stays at nine over daylight-saving changes.
type Rotation struct {
	People []string
	// Start is the first hand-over; only its wall clock in Zone counts.
	Start time.Time
	// Every is the length of a turn, at least one minute.
	Every time.Duration
	// Zone is the time zone of the wall clock; nil means UTC.
	Zone *time.Location
	// Overrides replace whoever would be on call; of two at once the later in the list counts.
	Overrides []Override
}

// Override puts a person on call from an instant until another.
type Override struct {
	Person      string
	From, Until time.Time
}

// OnCall answers who is on call at an instant, and until when that answer holds (zero: for ever). Before the start,
// and with no people, nobody is ("").
func (r *Rotation) OnCall(at time.Time) (person string, until time.Time) {
	person, until = r.turn(at)
	for _, o := range r.Overrides {
		if !at.Before(o.From) && at.Before(o.Until) {
			person = o.Person
		}
	}
	for _, t := range r.edges() {
		if t.After(at) && (until.IsZero() || t.Before(until)) {
			until = t
		}
	}
	return person, until
}

func (r *Rotation) edges() []time.Time {
	var ts []time.Time
	for _, o := range r.Overrides {
		ts = append(ts, o.From, o.Until)
	}
	sort.Slice(ts, func(i, j int) bool { return ts[i].Before(ts[j]) })
	return ts
}

// turn answers whose turn it is without overrides, and when the next one begins.
func (r *Rotation) turn(at time.Time) (string, time.Time) {
	if len(r.People) == 0 || r.Every <= 0 {
		return "", time.Time{}
	}
	if first := r.handover(0); at.Before(first) {
		return "", first
	}
	n := int64(r.civil(at).Sub(r.civil(r.handover(0))) / r.Every)
	// The wall clock jumps twice a year, so the estimate may be one off; hand-overs are instants, and they decide.
	for n > 0 && at.Before(r.handover(n)) {
		n--
	}
	for !at.Before(r.handover(n + 1)) {
		n++
	}
	return r.People[n%int64(len(r.People))], r.handover(n + 1)
}

// handover is the instant at which turn n begins; a wall clock time that does not exist moves forward with the clock.
func (r *Rotation) handover(n int64) time.Time {
	zone := r.zone()
	c := r.civil(r.Start).Add(time.Duration(n) * r.Every)
	return time.Date(c.Year(), c.Month(), c.Day(), c.Hour(), c.Minute(), c.Second(), c.Nanosecond(), zone)
}

// civil is the wall clock of an instant, as if it were UTC, so that it can be reckoned with.
func (r *Rotation) civil(at time.Time) time.Time {
	t := at.In(r.zone())
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func (r *Rotation) zone() *time.Location {
	if r.Zone == nil {
		return time.UTC
	}
	return r.Zone
}
