package rules

import (
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// verdict keeps the answer of a rule; a later one in the same decision replaces it, but never hides that it fired.
func (d *decider) verdict(r *Rule, v Verdict) { d.keepVerdict(r, v, d.env()) }

func (d *decider) eventVerdict(r *Rule, v Verdict, ev *ifsev.Event) {
	d.keepVerdict(r, v, d.set.words.eventEnv(d.env(), ev))
}

func (d *decider) keepVerdict(r *Rule, v Verdict, env lang.Env) {
	v.Rule, v.At = r.Name, d.at
	i, ok := d.seen[r.Name]
	if ok && d.out.Verdicts[i].Noteworthy && !v.Noteworthy {
		return
	}
	if v.Noteworthy && r.If != nil && v.Kind != VerdictError {
		if _, atoms, err := r.If.Trace(env, d.at); err == nil {
			v.Atoms = atoms
		}
	}
	if ok {
		v.History = d.out.Verdicts[i].History
	}
	if v.Noteworthy {
		d.keepPast(&v)
	}
	if ok {
		d.out.Verdicts[i] = v
		return
	}
	d.seen[r.Name] = len(d.out.Verdicts)
	d.out.Verdicts = append(d.out.Verdicts, v)
}

func (d *decider) counts(r *Rule) *Counts {
	c := d.out.Counts[r.Name]
	if c == nil {
		c = &Counts{}
		d.out.Counts[r.Name] = c
	}
	return c
}

func (d *decider) suppress(r *Rule, why Held) {
	c := d.counts(r)
	if c.Suppressed == nil {
		c.Suppressed = map[Held]int{}
	}
	c.Suppressed[why]++
}

// tooDeep reports whether what an event sets off would be beyond the bounds of a chain.
func (d *decider) tooDeep(cause *ifsev.Event) bool {
	return cause != nil && cause.Depth >= ifsev.MaxDepth || len(d.out.Events) >= maxEvents
}

// endChain tells once for each decision that a chain of rules was ended, and which rules it went through.
func (d *decider) endChain(r *Rule, cause *ifsev.Event) {
	if d.chained {
		return
	}
	d.chained = true
	names := d.chain(cause)
	if !slices.Contains(names, r.Name) {
		names = append(names, r.Name)
	}
	ev := ifsev.Event{
		Type: ifsev.ActionFailed, Actor: systemActor,
		Data: ifsev.Data{
			"rule": r.Name, "rules": names, "reason": "chain",
			"error": "a chain of rules was ended because it went on for too long; these set each other off: " + strings.Join(names, ", ") +
				". Make one of their conditions false once it has fired",
		},
	}
	if cause != nil {
		ev.Cause, ev.Depth = cause.ID, cause.Depth+1
	}
	ev.ID = ifsev.DerivedID("evt", "chain", d.doc.Incident.ID, ev.Cause, r.Name)
	d.record(ev)
}

// chain names the rules behind an event, the first cause first.
func (d *decider) chain(ev *ifsev.Event) []string {
	byID := map[string]*ifsev.Event{}
	for i := range d.out.Events {
		byID[d.out.Events[i].ID] = &d.out.Events[i]
	}
	var names []string
	for steps := 0; ev != nil && steps <= 2*ifsev.MaxDepth; steps++ {
		if ev.Actor.Kind == ifsev.RuleActor && !slices.Contains(names, ev.Actor.Name) {
			names = append(names, ev.Actor.Name)
		}
		ev = byID[ev.Cause]
	}
	slices.Reverse(names)
	return names
}
