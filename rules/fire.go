package rules

import (
	"slices"
	"strconv"
	"time"

	"github.com/ifsev/ifsev"
)

// fire records that a rule fired and does the steps of the branch until one must wait for the outside, unless an
// earlier run is in the way (see Mode). event is what an event rule fired on, nil for a state rule; cause is what led to
// it, nil when it was the passing of time.
func (d *decider) fire(r *Rule, branch string, cause, event *ifsev.Event) {
	if r.Shadow {
		d.shadowed(r, cause, event)
		return
	}
	mode, blocked := d.mode(r, branch)
	if mode == ModeSkip {
		d.skipFiring(r, cause, event)
		return
	}
	st := d.doc.Rules[r.Name]
	st.Total++
	d.doc.Rules[r.Name] = st
	inc := &d.doc.Incident
	causeID, depth, seq := "time "+d.at.Format(time.RFC3339Nano), 0, int64(0)
	if cause != nil {
		causeID, depth, seq = cause.ID, cause.Depth+1, cause.Seq
	}
	f := ifsev.Firing{
		ID:   ifsev.DerivedID("fir", inc.ID, r.Name, branch, causeID, strconv.Itoa(st.Total)),
		Rule: r.Name, Epoch: d.set.Epoch, Branch: branch, Event: event, At: d.at, AcceptedAt: d.accepted, Depth: depth,
	}
	d.counts(r).Firings++
	d.firedVerdict(r, Verdict{Kind: VerdictFired, Event: seq, Firing: f.ID, Noteworthy: true}, event)
	fired := ifsev.Event{
		ID: ifsev.DerivedID("evt", f.ID, "fired"), Type: ifsev.RuleFired, Actor: ruleActor(r.Name), Depth: depth,
		Data: ifsev.Data{"rule": r.Name, "firing": f.ID, "branch": branch},
	}
	if cause != nil {
		fired.Cause = cause.ID
	}
	f.Cause = fired.ID
	if blocked && mode == ModeRestart {
		fired.Data["ended"], blocked = d.endBefore(r.Name, branch), false
	}
	d.record(fired)
	if f.Queued = blocked; f.Queued || !d.advance(&f) {
		d.doc.Firings = append(d.doc.Firings, f)
	}
}

func ruleActor(name string) ifsev.Actor { return ifsev.Actor{Kind: ifsev.RuleActor, Name: name} }

// resume goes on with the i-th firing once the delivery it waited for has ended.
func (d *decider) resume(i int, o *ifsev.Outcome) {
	f := d.doc.Firings[i]
	f.Delivery = ""
	step := stepAt(&f, d.steps(&f))
	ended := false
	switch {
	case step == nil: // advance tells that the set is lost
	case o.Failure != nil:
		ended = !failed(&f, step, o.Failure.Text)
	default:
		if o.Receipt != nil {
			keepOutputs(&f, step, o.Receipt.Outputs)
		}
		next(&f)
	}
	if ended {
		d.doc.Firings = slices.Delete(d.doc.Firings, i, i+1)
		return
	}
	d.goOn(i, &f)
}
