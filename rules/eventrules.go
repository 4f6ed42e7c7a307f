package rules

import "github.com/ifsev/ifsev"

// eventRules lets every rule that asked for this type of event look at it, and fires those whose condition holds.
func (d *decider) eventRules(ev *ifsev.Event) {
	for _, r := range d.set.Rules {
		if r.wants(ev.Type) {
			d.eventRule(r, ev)
		}
	}
}

func (r *Rule) wants(t ifsev.EventType) bool {
	for _, w := range r.When {
		if t.Is(w) {
			return true
		}
	}
	return false
}

// eventRule has a rule look at an event, or, where that is nil, at the incident because it is time to.
func (d *decider) eventRule(r *Rule, ev *ifsev.Event) {
	d.counts(r).Evaluations++
	v := Verdict{Kind: VerdictFalse, Noteworthy: true}
	if ev != nil {
		v.Event = ev.Seq
	}
	holds := true
	if r.If != nil {
		env := d.set.words.eventEnv(d.env(), ev)
		d.looked(r, env)
		outcome, err := r.If.Eval(env, d.at)
		if err != nil {
			d.counts(r).Errors++
			v.Kind, v.Error = VerdictError, err.Error()
			d.eventVerdict(r, v, ev)
			return
		}
		holds = outcome.Value
	}
	switch {
	case !holds:
		d.eventVerdict(r, v, ev)
	case r.Window != nil:
		d.join(r, v, ev)
	case r.Roll:
		d.call(r)
	default:
		d.admit(r, v, ev, nil)
	}
}

// admit fires a rule for which everything holds, unless something holds it back. Told is what a group gathered for it;
// nil where none did.
func (d *decider) admit(r *Rule, v Verdict, ev *ifsev.Event, told *ifsev.Gathered) {
	v.Kind, v.Noteworthy = VerdictFalse, true
	st := d.doc.Rules[r.Name]
	switch {
	case d.tooDeep(ev):
		v.Kind, v.Held = VerdictHeld, HeldLimit
		d.suppress(r, HeldLimit)
		d.endChain(r, ev)
	case d.silenced(r):
		v.Held = HeldSilenced
		d.silencedVerdict(r, &v)
		d.suppress(r, HeldSilenced)
	case r.Cooldown > 0 && !st.FiredAt.IsZero() && d.at.Before(st.FiredAt.Add(r.Cooldown)):
		v.Kind, v.Held, v.ChangesAt = VerdictHeld, HeldCooldown, st.FiredAt.Add(r.Cooldown)
		d.suppress(r, HeldCooldown)
	default:
		st.FiredAt, st.Episode = d.at, d.doc.Incident.Episode
		d.doc.Rules[r.Name] = st
		d.fireGathered(r, branchThen, ev, ev, told)
		return
	}
	d.eventVerdict(r, v, ev)
}
