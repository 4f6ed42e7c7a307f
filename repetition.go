package ifsev

import "time"

// Repetition says how a report of an alert is told from an earlier one that looks like it. The zero Repetition means
// that the ID alone does, for good.
type Repetition struct {
	// Earlier is the ID it would have had a moment ago: under either it is the same report.
	Earlier string `json:"earlier,omitempty"`
	// Recurs means that the ID names what is reported and not this report of it: once the alert has turned, the same ID
	// is news again.
	Recurs bool `json:"recurs,omitempty"`
	// Late is for how long after such a turn the report from before it is still taken for that one, come late.
	Late time.Duration `json:"late,omitempty"`
	// Renews means that the same report again lets an alert that fires do so for another TTL.
	Renews bool `json:"renews,omitempty"`
}

// againKey marks the event of an alert that says once more what is known.
const againKey = "again"

// SayAgain marks the event of an alert as one that tells nothing new, only that it is still so: no rule is asked about
// it, and it is no activity.
func (e *Event) SayAgain() { e.Data[againKey] = true }

// Again reports whether the event only says that an alert is still what it was.
func (e *Event) Again() bool {
	again, _ := e.Data[againKey].(bool)
	return e.Type == AlertFiring && again
}

// RenewsAt is when a repeated report of the alert next lets it fire for longer. A part of the time it has left must have
// passed, so that a report that was sent twice is told once.
func (s *AlertState) RenewsAt(ttl time.Duration) time.Time { return s.LastSeenAt.Add(ttl / 4) }

// TurnOf is the turn of the alert, counted as in Turns, of which a report with that status tells: the present one, or
// the next. Before is the turn it may tell of too, if it has come late; -1 if it has not.
//
//	turns     1        2          3
//	       firing ─► resolved ─► firing
func (s *AlertState) TurnOf(status AlertStatus, at time.Time, late time.Duration) (turn, before int) {
	switch {
	case status == s.Status:
		return s.Turns, -1
	case s.Turns > 0 && at.Sub(s.TurnedAt) < late:
		return s.Turns + 1, s.Turns - 1
	}
	return s.Turns + 1, -1
}

// turn counts the turn an event of the alert is, if it is one. An alert nobody has heard of has not fired.
func (s *AlertState) turn(ev *Event) {
	was, is := s.Status, AlertStatus(ev.Data.String("status"))
	if was == "" {
		was = AlertIsResolved
	}
	if was == is {
		return
	}
	s.Turns++
	s.TurnedAt = ev.At
	if expired, _ := ev.Data["expired"].(bool); expired {
		s.TurnedAt = time.Time{}
	}
}

// AlertAt answers what the incident knows of the alert at that instant: one whose time is over has resolved, even if
// that is not recorded yet, and so has one it does not know.
func (i *Incident) AlertAt(a *Alert, at time.Time) AlertState {
	for _, s := range i.Alerts {
		if s.Source != a.Source || s.Fingerprint != a.Fingerprint {
			continue
		}
		if s.Status == AlertIsFiring && !s.ExpiresAt.IsZero() && !s.ExpiresAt.After(at) {
			s.Status, s.Turns, s.TurnedAt = AlertIsResolved, s.Turns+1, time.Time{}
		}
		return s
	}
	return AlertState{Status: AlertIsResolved}
}

// Fires reports whether the incident still holds this alert for firing.
func (i *Incident) Fires(a *Alert) bool { return i.AlertAt(a, time.Time{}).Status == AlertIsFiring }
