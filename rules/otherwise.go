package rules

import (
	"time"

	"github.com/ifsev/ifsev"
)

// branchOtherwise is the branch of the steps for when the condition stops holding after the rule has fired. That it
// has is remembered by itself (RuleState.Owes), because what it followed from is gone with the episode:
//
//	fires ──► owes ──► falls ──► otherwise, owes nothing
const branchOtherwise = "otherwise"

// awaitsFall reports whether the instant at which the condition becomes false means something to the rule even if it
// does not fire any more.
func (r *Rule) awaitsFall(st *ifsev.RuleState) bool { return len(r.Otherwise) > 0 && st.Owes }

// owe remembers that a rule has fired, for the steps of otherwise. A firing that a budget holds back, or the mode
// skips, tells nobody anything that could be over.
func (d *decider) owe(r *Rule, branch string) {
	if len(r.Otherwise) == 0 || branch == branchOtherwise || branch == branchDigest {
		return
	}
	st := d.doc.Rules[r.Name]
	st.Owes = true
	d.doc.Rules[r.Name] = st
}

// dueOtherwise is dueBranch of a rule whose condition does not hold.
func (d *decider) dueOtherwise(r *Rule, st *ifsev.RuleState, cause *ifsev.Event) (string, Held) {
	if !r.awaitsFall(st) {
		return "", HeldNot
	}
	if d.silenced(r) {
		return "", HeldSilenced
	}
	st.Owes = false
	if d.tooDeep(cause) {
		d.endChain(r, cause)
		return "", HeldLimit
	}
	return branchOtherwise, HeldNot
}

// fallsBy reports whether all that a rule has pending are the steps of otherwise, and when they come by time alone.
func (d *decider) fallsBy(name string, at *time.Time) bool {
	r, st := d.set.Rule(name), d.doc.Rules[name]
	if r == nil || !r.awaitsFall(&st) {
		return false
	}
	if !st.Holds { // a silence holds them back
		*at = d.released(r, &st, time.Time{})
		return true
	}
	if !r.If.UsesTime() {
		return false
	}
	flip, falls, err := r.If.NextFlip(d.env(), d.at, d.at.Add(horizon))
	if err != nil || !falls {
		return false
	}
	*at = flip
	return true
}

// explainFall says when the steps of otherwise come, where nothing else of the rule comes before.
func (x *explainer) explainFall() {
	if !x.rule.awaitsFall(&x.state) || !x.out.FiresAt.IsZero() || x.out.ChangesAt.IsZero() {
		return
	}
	x.out.Held, x.out.FiresAt, x.out.Branch = HeldWaiting, x.out.ChangesAt, branchOtherwise
}
