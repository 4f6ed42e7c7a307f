package rules

import (
	"time"

	"github.com/ifsev/ifsev"
)

// WatchesState reports whether the rule watches the incident's state; any other looks at events (When), or when it is
// time to (Schedule).
func (r *Rule) WatchesState() bool { return len(r.When) == 0 && r.Schedule == nil }

// runScheduled runs the rules for which the instant that has come is one of their schedule. What fell due while nobody
// looked and has been due again since is left out: people want one report, not all of them.
func (d *decider) runScheduled() {
	if !d.doc.Incident.Status.Active() {
		return
	}
	for _, i := range d.set.reads.scheduled {
		r := d.set.Rules[i]
		due := r.Schedule.Next(d.at.Add(-1)).Equal(d.at)
		if due && !d.fresh[r.Name] && d.at.After(d.doc.Rules[r.Name].Repeat) && r.Schedule.Next(d.at).After(d.now) {
			d.eventRule(r, nil)
		}
	}
}

// nextRun answers when a rule with a schedule must be looked at again; zero if it would find nothing to do then.
func (d *decider) nextRun(r *Rule) time.Time {
	if !d.doc.Incident.Status.Active() {
		return time.Time{}
	}
	if !r.If.UsesTime() {
		if outcome, err := r.If.Eval(d.env(), d.at); err == nil && !outcome.Value {
			return time.Time{}
		}
	}
	return r.Schedule.Next(d.at)
}

// maxRuns is how many instants of a schedule are looked at ahead.
const maxRuns = 31

// nextFiring answers when a rule with a schedule fires next if nothing but time changes; zero if that cannot be seen.
func (x *explainer) nextFiring() time.Time {
	at := x.now
	for range maxRuns {
		if at = x.rule.Schedule.Next(at); at.IsZero() {
			return at
		}
		outcome, err := x.rule.If.Eval(x.env, at)
		cooled := x.rule.Cooldown == 0 || x.state.FiredAt.IsZero() || !at.Before(x.state.FiredAt.Add(x.rule.Cooldown))
		if err == nil && outcome.Value && cooled && at.After(x.state.Repeat) && x.set.silence(x.rule, x.env, at) == nil {
			return at
		}
	}
	return time.Time{}
}

// scheduled explains a rule that looks when it is time to.
func (x *explainer) scheduled(status ifsev.Status) {
	outcome, ok := x.trace()
	if !ok {
		return
	}
	x.out.Verdict = VerdictFalse
	if outcome.Value {
		x.out.Verdict = VerdictTrue
	}
	if !status.Active() {
		return
	}
	if at := x.nextFiring(); !at.IsZero() {
		x.out.Held, x.out.FiresAt, x.out.Branch = HeldWaiting, at, branchThen
		if x.rule.Roll {
			x.out.Held = HeldWindow // it fires once for all that are selected
		}
	}
}

// pendingRun answers when a rule with a schedule fires next by the passing of time alone.
func (d *decider) pendingRun(r *Rule) (time.Time, bool) {
	if !d.doc.Incident.Status.Active() {
		return time.Time{}, false
	}
	x := explainer{set: d.set, rule: r, env: d.env(), now: d.at, state: d.doc.Rules[r.Name]}
	at := x.nextFiring()
	return at, !at.IsZero()
}
