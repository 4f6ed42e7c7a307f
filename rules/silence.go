package rules

import (
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// Silence holds rules back on the incidents for which a condition holds, until an instant.
type Silence struct {
	If    *lang.Condition
	Until time.Time
	// Reason is for people.
	Reason string
	// Rules are those it holds back; nil for all.
	Rules []string
	File  string
	Line  int
	// ID, By and At are those of one that was added while the daemon ran; empty for those in files.
	ID, By string
	At     time.Time
	// Text is its condition as it is written.
	Text string

	hash string
}

func (s *Silence) concerns(r *Rule) bool { return s.Rules == nil || slices.Contains(s.Rules, r.Name) }

// silence answers what silences a rule on an incident at an instant, nil if nothing does. A silence that cannot be
// evaluated is none: a page too many is better than one too few.
func (s *Set) silence(r *Rule, env lang.Env, at time.Time) *Silence {
	for i := range s.Silences {
		x := &s.Silences[i]
		if !x.concerns(r) || !at.Before(x.Until) {
			continue
		}
		if outcome, err := x.If.Eval(env, at); err == nil && outcome.Value {
			return x
		}
	}
	return nil
}

// ends answers when a silence ends that holds now, if nothing but time changes.
func (s *Silence) ends(env lang.Env, at time.Time) time.Time {
	if !s.If.UsesTime() {
		return s.Until
	}
	if flip, ok, err := s.If.NextFlip(env, at, s.Until); err == nil && ok {
		return flip
	}
	return s.Until
}

// loud answers the first instant from one on at which nothing silences the rule, if nothing but time changes.
func (s *Set) loud(r *Rule, env lang.Env, at time.Time) time.Time {
	const changes = 1000 // of silences; to look again at the last of them does no harm
	for range changes {
		x := s.silence(r, env, at)
		if x == nil {
			return at
		}
		at = x.ends(env, at)
	}
	return at
}

func (d *decider) silenced(r *Rule) bool { return d.set.silence(r, d.env(), d.at) != nil }

// silencedVerdict fills in what silences a rule, and until when.
func (d *decider) silencedVerdict(r *Rule, v *Verdict) {
	x := d.set.silence(r, d.env(), d.at)
	if v.Held != HeldSilenced || x == nil {
		return
	}
	v.Kind, v.Reason, v.ChangesAt = VerdictHeld, x.Reason, d.set.loud(r, d.env(), d.at)
}

// released answers when what a silence holds back of a state rule is looked at again; zero if it holds nothing back.
// What is due is done at once otherwise, so only a silence can have left it.
func (d *decider) released(r *Rule, st *ifsev.RuleState, due time.Time) time.Time {
	held := !due.IsZero() && !due.After(d.at) || !st.Holds && r.awaitsFall(st)
	if !held || len(d.set.Silences) == 0 {
		return due
	}
	if at := d.set.loud(r, d.env(), d.at); at.After(d.at) {
		return at
	}
	return due
}

// silencedUntil moves what is explained to when nothing silences the rule.
func (x *explainer) silencedUntil() {
	if x.out.FiresAt.IsZero() {
		return
	}
	due := later(x.out.FiresAt, x.now)
	at := x.set.loud(x.rule, x.env, due)
	if at.Equal(due) {
		return
	}
	if !x.out.FiresAt.After(x.now) {
		x.out.Verdict, x.out.Held = VerdictHeld, HeldSilenced
		x.out.Reason = x.set.silence(x.rule, x.env, x.now).Reason
	}
	if x.out.FiresAt = at; x.state.Holds && !x.out.ChangesAt.IsZero() && !x.out.ChangesAt.After(at) && x.out.Branch != branchOtherwise {
		x.out.FiresAt, x.out.Branch = time.Time{}, "" // it falls before
	}
}
