package rules

import "github.com/ifsev/ifsev"

// shadowed records what a rule with shadow would have done, and does nothing. The rule's state has moved as if it had
// fired; there is no firing and nothing in the timeline, so that no other rule hears of it.
func (d *decider) shadowed(r *Rule, branch string, cause, event *ifsev.Event) {
	if w, ok := d.in.Watcher.(ShadowWatcher); ok {
		w.Shadowed(r, branch)
	}
	st := d.doc.Rules[r.Name]
	st.Total++
	d.doc.Rules[r.Name] = st
	v := Verdict{Kind: VerdictFired, Held: HeldShadow, Noteworthy: true}
	if cause != nil {
		v.Event = cause.Seq
	}
	d.suppress(r, HeldShadow)
	d.firedVerdict(r, v, event)
}

// firedVerdict keeps the verdict of a firing; event is what an event rule fired on.
func (d *decider) firedVerdict(r *Rule, v Verdict, event *ifsev.Event) {
	if event != nil {
		d.eventVerdict(r, v, event)
		return
	}
	d.verdict(r, v)
}
