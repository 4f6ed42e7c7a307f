package rules

import (
	"time"

	"github.com/ifsev/ifsev"
)

// horizon is how far ahead a condition's next change is looked for. One that lies beyond is looked for again then.
const horizon = 366 * ifsev.Day

// schedule sets the next wake: the earliest instant at which time alone can change anything about the incident.
func (d *decider) schedule() {
	d.doc.Wake = time.Time{}
	d.awaited(func(r *Rule) {
		switch {
		case d.fresh[r.Name]:
		case r.WatchesState():
			d.wakeAt(d.nextLook(r))
		case r.Schedule != nil:
			d.wakeAt(d.nextRun(r))
		}
	})
	for i := range d.doc.Firings {
		d.wakeAt(d.doc.Firings[i].Until)
	}
	for _, a := range d.doc.Incident.Alerts {
		if a.Status == ifsev.AlertIsFiring {
			d.wakeAt(a.ExpiresAt)
		}
	}
}

func (d *decider) wakeAt(at time.Time) {
	if at.IsZero() || !at.After(d.at) {
		return
	}
	if d.doc.Wake.IsZero() || at.Before(d.doc.Wake) {
		d.doc.Wake = at
	}
}

// nextLook answers when a state rule must be looked at again, zero if time alone means nothing to it.
func (d *decider) nextLook(r *Rule) time.Time {
	st := d.doc.Rules[r.Name]
	var due time.Time
	if st.Holds && !st.Since.IsZero() {
		if at, _, held := r.nextDue(&st); held == HeldNot {
			due = at
		}
	}
	due = d.released(r, &st, due)
	if due.IsZero() && st.Spent && r.Rearm != RearmWhenFalse && !r.awaitsFall(&st) {
		return time.Time{} // nothing it could still do, whatever its condition does
	}
	if flip := d.nextFlip(r); !flip.IsZero() && (due.IsZero() || flip.Before(due)) {
		return flip
	}
	return due
}

// nextFlip answers the next instant at which the rule's condition changes by time alone; zero for never.
func (d *decider) nextFlip(r *Rule) time.Time {
	if !r.If.UsesTime() {
		return time.Time{}
	}
	// The rules were run to their end at this instant, and those that move with time were all looked at.
	next := d.nexts[r.Name]
	if next.IsZero() {
		return time.Time{}
	}
	flip, ok, err := r.If.NextFlip(d.env(), d.at, d.at.Add(horizon))
	switch {
	case err != nil:
		return next
	case !ok:
		return d.at.Add(horizon)
	}
	return flip
}
