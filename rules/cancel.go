package rules

import (
	"fmt"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
)

// ErrNothingPending is wrapped by the refusal to cancel what a rule has pending on an incident, where that is nothing.
var ErrNothingPending = fmt.Errorf("%w: nothing is pending", ifsev.ErrChange)

// cancelPlan takes back what a rule would still do to the incident: it does not fire until it is armed again, and its
// unfinished firings end where they stand. Deliveries that are on their way already are not called back.
func (d *decider) cancelPlan(sub *Submission) error {
	name := sub.Change.CancelPlan
	if !d.doc.Incident.Exists() {
		return fmt.Errorf("%w: there is no such incident", ifsev.ErrChange)
	}
	data := ifsev.Data{"rule": name}
	due, pending := d.pending(name)
	falls := !pending && d.fallsBy(name, &due)
	pending = pending || falls
	if !due.IsZero() {
		data["due"] = due.UTC().Format(time.RFC3339Nano)
	}
	if n := d.endFirings(name); n > 0 {
		data["firings"], pending = n, true
	}
	if !pending {
		return fmt.Errorf("%w: rule %s waits for nothing on %s, so there is nothing to cancel", ErrNothingPending, name, d.doc.Incident.Name())
	}
	switch st := d.doc.Rules[name]; {
	case falls:
		st.Owes = false
		d.doc.Rules[name] = st
	case !due.IsZero() && d.set.Rule(name).Schedule != nil:
		st.Repeat = due
		d.doc.Rules[name] = st
	case !due.IsZero():
		st.Since, st.Spent, st.Cancelled, st.Episode = time.Time{}, true, true, d.doc.Incident.Episode
		d.doc.Rules[name] = st
	}
	d.record(ifsev.Event{ID: sub.ID, Type: ifsev.PlanCancelled, Actor: sub.Actor, Data: data})
	return nil
}

// pending answers when a rule that watches the state fires next by the passing of time alone.
func (d *decider) pending(name string) (time.Time, bool) {
	r := d.set.Rule(name)
	switch {
	case r == nil || len(r.When) > 0:
		return time.Time{}, false
	case r.Schedule != nil:
		return d.pendingRun(r)
	}
	st := d.doc.Rules[name]
	d.rollEpisode(r, &st)
	if !st.Holds {
		if !r.If.UsesTime() || st.Spent {
			return time.Time{}, false
		}
		at, flips, err := r.If.NextFlip(d.env(), d.at, d.at.Add(horizon))
		if err != nil || !flips {
			return time.Time{}, false
		}
		move(r, &st, true, at)
	}
	if st.Since.IsZero() {
		return time.Time{}, false
	}
	at, _, held := r.nextDue(&st)
	return at, held == HeldNot
}

// endFirings ends the unfinished firings of a rule, and answers how many there were.
func (d *decider) endFirings(name string) int {
	left := slices.DeleteFunc(slices.Clone(d.doc.Firings), func(f ifsev.Firing) bool { return f.Rule == name })
	n := len(d.doc.Firings) - len(left)
	d.doc.Firings = left
	return n
}
