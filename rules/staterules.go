package rules

import (
	"time"

	"github.com/ifsev/ifsev"
)

// What a state rule remembers (ifsev.RuleState) moves like this; "armed" means that Since is set:
//
//	         rises, not spent                 Since+for, each rung, each interval
//	false ───────────────────► true, armed ───────────────────────────────────► fires, spent
//	  ▲                           │                                                │
//	  └──────── falls ────────────┴────────────────────── falls ───────────────────┘
//	  │     (then otherwise, if it has fired since otherwise last was: see otherwise.go)
//	  │ rises, spent: true, not armed: held until it falls (when_false) or the incident is reopened (episode)
//
// A rule that already held when it was loaded is true and not armed, and not spent.

// dueFiring is a branch of a state rule that is due.
type dueFiring struct {
	rule   *Rule
	branch string
}

// stateRules looks once at every state rule that may answer otherwise now, all at the same state, then fires what is
// due, in the order of the files. It reports whether anything fired.
func (d *decider) stateRules() bool {
	cause := d.latest
	d.latest = nil
	var due []dueFiring
	for _, r := range d.toLookAt() {
		if !r.WatchesState() || d.fresh[r.Name] {
			continue
		}
		if branch := d.look(r, cause); branch != "" {
			due = append(due, dueFiring{r, branch})
		}
	}
	for _, f := range due {
		d.fire(f.rule, f.branch, cause, nil)
	}
	return len(due) > 0 || len(d.queue) > 0
}

// look evaluates one state rule, moves its state, and answers the branch that is due to fire now, or "".
func (d *decider) look(r *Rule, cause *ifsev.Event) string {
	was := d.doc.Rules[r.Name]
	st := was
	d.rollEpisode(r, &st)
	d.counts(r).Evaluations++
	d.looked(r, d.env())
	outcome, err := r.If.Eval(d.env(), d.at)
	d.nextChange(r, outcome.Next)
	if err != nil {
		st.Error = err.Error()
		d.doc.Rules[r.Name] = st
		d.counts(r).Errors++
		d.verdict(r, Verdict{Kind: VerdictError, Error: st.Error, Noteworthy: was.Error != st.Error})
		return ""
	}
	st.Error = ""
	move(r, &st, outcome.Value, d.at)
	branch, held := d.dueBranch(r, &st, cause)
	v := Verdict{Kind: VerdictFalse, Held: held}
	st.Held = ""
	if held == HeldCooldown || held == HeldLimit || held == HeldSilenced {
		st.Held, v.Kind = string(held), VerdictHeld
		if was.Held != st.Held {
			d.suppress(r, held)
		}
	} else if st.Holds {
		v.Kind = VerdictTrue
	}
	if st != (ifsev.RuleState{}) {
		st.Episode = d.doc.Incident.Episode
	}
	d.doc.Rules[r.Name] = st
	if branch == "" { // else fire records the verdict
		d.silencedVerdict(r, &v)
		v.Noteworthy = was.Holds != st.Holds || was.Error != st.Error || was.Held != st.Held
		d.verdict(r, v)
	}
	return branch
}

// rollEpisode begins anew with what rearms when the incident is reopened. What does on a rising edge waits for one: to be
// reopened is none where the condition held all the while.
func (d *decider) rollEpisode(r *Rule, st *ifsev.RuleState) {
	now := d.doc.Incident.Episode
	if st.Episode != 0 && st.Episode != now && r.Rearm == RearmEpisode {
		*st = ifsev.RuleState{FiredAt: st.FiredAt, Total: st.Total, Error: st.Error, Held: st.Held, Owes: st.Owes, Said: st.Said, Changes: st.Changes}
	}
}

// move follows the edges of the condition.
func move(r *Rule, st *ifsev.RuleState, holds bool, at time.Time) {
	switch {
	case holds && !st.Holds:
		st.Holds = true
		if !st.Spent {
			st.Since, st.Fired, st.Rungs, st.Repeat = at, 0, 0, time.Time{}
		}
	case !holds && st.Holds:
		st.Holds, st.Since = false, time.Time{}
		if r.Rearm == RearmWhenFalse {
			st.Spent, st.Cancelled = false, false
		}
	}
}

// dueBranch answers the branch that must fire at this instant, or what holds the rule back.
func (d *decider) dueBranch(r *Rule, st *ifsev.RuleState, cause *ifsev.Event) (string, Held) {
	if !st.Holds {
		return d.dueOtherwise(r, st, cause)
	}
	if st.Since.IsZero() {
		return "", unarmed(st)
	}
	at, branch, held := r.nextDue(st)
	switch {
	case held != HeldNot:
		return "", held
	case at.After(d.at) && at.Equal(cooled(r, st)):
		return "", HeldCooldown
	case at.After(d.at):
		return "", HeldWaiting
	case d.silenced(r):
		return "", HeldSilenced
	case d.tooDeep(cause):
		d.endChain(r, cause)
		// It would be due again at once: what ended the chain ends this arming too.
		st.Since, st.Spent = time.Time{}, true
		return "", HeldLimit
	case d.missed(r, st, branch, at):
		late := int64(d.now.Sub(at) / r.Every)
		st.Repeat = at.Add(time.Duration(late-1) * r.Every) // so that the next one due is the last before now
		return d.dueBranch(r, st, cause)
	}
	d.markFired(r, st, branch, at)
	st.FiredAt = d.at
	return branch, HeldNot
}

// unarmed says why a rule whose condition holds is not armed.
func unarmed(st *ifsev.RuleState) Held {
	switch {
	case st.Cancelled:
		return HeldCancelled
	case st.Spent:
		return HeldSpent
	}
	return HeldBaseline
}

// nextDue answers when an armed rule fires next and with which branch; held says why it will not.
func (r *Rule) nextDue(st *ifsev.RuleState) (time.Time, string, Held) {
	base := st.Since.Add(r.For)
	best, branch := time.Time{}, ""
	consider := func(at time.Time, b string) {
		if branch == "" || at.Before(best) {
			best, branch = at, b
		}
	}
	limited := r.Max > 0 && st.Fired >= r.Max
	switch {
	case len(r.Then) == 0:
	case st.Fired == 0:
		consider(base, branchThen)
	case r.Every > 0 && !limited:
		consider(st.Repeat.Add(r.Every), branchThen)
	}
	if st.Rungs < len(r.After) {
		g := r.After[st.Rungs]
		consider(base.Add(g.Delay), g.branch())
	}
	if c := cooled(r, st); branch != "" && c.After(best) {
		best = c
	}
	switch {
	case branch != "":
		return best, branch, HeldNot
	case limited && r.Every > 0:
		return best, "", HeldLimit
	}
	return best, "", HeldSpent
}

// cooled is when the cooldown after an earlier arming ends; it does not come between the firings of one arming.
func cooled(r *Rule, st *ifsev.RuleState) time.Time {
	if r.Cooldown == 0 || st.FiredAt.IsZero() || st.Fired > 0 || st.Rungs > 0 {
		return time.Time{}
	}
	return st.FiredAt.Add(r.Cooldown)
}

// missed reports whether a repetition was due so long ago that the next one is due as well: after a long stop people
// want one reminder, not all of them. First firings and rungs are never missed.
func (d *decider) missed(r *Rule, st *ifsev.RuleState, branch string, at time.Time) bool {
	return branch == branchThen && st.Fired > 0 && !at.Add(r.Every).After(d.now)
}

// markFired notes that the branch that was due at an instant fires. Repetitions that fell due before a late first firing
// are not made up for: it is their reminder too, and the next one comes when it would have come anyway.
func (d *decider) markFired(r *Rule, st *ifsev.RuleState, branch string, at time.Time) {
	st.Spent = true
	if branch != branchThen {
		st.Rungs++
		return
	}
	st.Fired++
	st.Repeat = at
	if r.Every > 0 {
		st.Repeat = at.Add(d.now.Sub(at).Truncate(r.Every))
	}
}
