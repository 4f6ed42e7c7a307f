package rules

import (
	"slices"
	"strconv"
	"time"

	"github.com/ifsev/ifsev"
)

// fire records that a rule fired and does the steps of the branch until one must wait for the outside, unless an
// earlier run is in the way (see Mode) or its budget must be asked first. event is what an event rule fired on, nil for a
// state rule; cause is what led to it, nil when it was the passing of time.
func (d *decider) fire(r *Rule, branch string, cause, event *ifsev.Event) {
	d.fireGathered(r, branch, cause, event, nil)
}

// fireGathered is fire for what a group told; nil where none did.
func (d *decider) fireGathered(r *Rule, branch string, cause, event *ifsev.Event, told *ifsev.Gathered) {
	if r.Shadow {
		d.owe(r, branch)
		d.shadowed(r, branch, cause, event)
		return
	}
	st := d.doc.Rules[r.Name]
	causeID, depth := "time "+d.at.Format(time.RFC3339Nano), 0
	f := ifsev.Firing{Rule: r.Name, Epoch: d.set.Epoch, Branch: branch, Event: event, Gathered: told, At: d.at, AcceptedAt: d.accepted}
	if cause != nil {
		causeID, depth = cause.ID, cause.Depth+1
		f.Cause, f.CauseSeq = cause.ID, cause.Seq
	}
	f.ID, f.Depth = ifsev.DerivedID("fir", d.doc.Incident.ID, r.Name, branch, causeID, strconv.Itoa(st.Total+1)), depth
	if r.asksToFire(branch) {
		d.countFiring(r)
		d.askToFire(r, &f)
		d.doc.Firings = append(d.doc.Firings, f)
		return
	}
	if mode, _ := d.mode(r, branch); mode != ModeSkip {
		d.countFiring(r)
	}
	d.begin(r, &f)
}

// countFiring makes the IDs of firings unique.
func (d *decider) countFiring(r *Rule) {
	st := d.doc.Rules[r.Name]
	st.Total++
	d.doc.Rules[r.Name] = st
}

// begin has a firing begin.
func (d *decider) begin(r *Rule, f *ifsev.Firing) {
	mode, blocked := d.mode(r, f.Branch)
	if mode == ModeSkip {
		d.skipFiring(r, f)
		return
	}
	d.owe(r, f.Branch)
	d.counts(r).Firings++
	d.firedVerdict(r, Verdict{Kind: VerdictFired, Event: f.CauseSeq, Firing: f.ID, Noteworthy: true}, f.Event)
	fired := ifsev.Event{
		ID: ifsev.DerivedID("evt", f.ID, "fired"), Type: ifsev.RuleFired, Actor: ruleActor(r.Name), Cause: f.Cause, Depth: f.Depth,
		Data: ifsev.Data{"rule": r.Name, "firing": f.ID, "branch": f.Branch},
	}
	f.Cause, f.CauseSeq, f.Begun = fired.ID, 0, false
	if blocked && mode == ModeRestart {
		fired.Data["ended"], blocked = d.endBefore(r.Name, f.Branch), false
	}
	d.record(fired)
	if f.Queued = blocked; f.Queued || !d.advance(f) {
		d.doc.Firings = append(d.doc.Firings, *f)
	}
}

func ruleActor(name string) ifsev.Actor { return ifsev.Actor{Kind: ifsev.RuleActor, Name: name} }

// resume goes on with the i-th firing once the delivery it waited for has ended.
func (d *decider) resume(i int, o *ifsev.Outcome) {
	f := d.doc.Firings[i]
	if f.Asking {
		d.answered(i, f, o)
		return
	}
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
