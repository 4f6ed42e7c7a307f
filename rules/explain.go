package rules

import (
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// explainHorizon is how far ahead an explanation looks for the next change.
const explainHorizon = 30 * ifsev.Day

// Explanation says how one rule stands to one incident, and why.
type Explanation struct {
	Rule string `json:"rule"`
	// Verdict is what the rule says now; of an event rule, what it said to the last event it was asked about. Empty
	// where it has not been asked yet.
	Verdict VerdictKind `json:"verdict,omitempty"`
	// Held says what it waits for, or what keeps it from firing.
	Held  Held   `json:"held_by,omitempty"`
	Error string `json:"error,omitempty"`
	// Reason is what people gave for holding it back.
	Reason string `json:"reason,omitempty"`
	// Atoms are the parts of the condition with their values.
	Atoms []lang.Atom `json:"atoms"`
	// Since is when the condition became true; zero while it is false, and where it held before the rule was loaded.
	Since time.Time `json:"since,omitzero"`
	// ChangesAt is the next instant at which the condition changes by time alone; zero if it does not within 30 days.
	ChangesAt time.Time `json:"changes_at,omitzero"`
	// FiresAt is when it fires next if nothing else happens, and Branch with which steps; zero if it will not.
	FiresAt time.Time `json:"fires_at,omitzero"`
	Branch  string    `json:"branch,omitempty"`
	// Total counts its firings on this incident, FiredAt is the last of them, and Firings those not finished.
	Total   int            `json:"total,omitempty"`
	FiredAt time.Time      `json:"fired_at,omitzero"`
	Firings []ifsev.Firing `json:"firings"`
	// Recorded is the last verdict in the records; nil if there is none. History are the last changes of what the rule
	// says, oldest first.
	Recorded *Verdict `json:"recorded,omitempty"`
	History  []Past   `json:"history"`
}

// Explain says how each enabled rule stands to the incident at now. Recorded are the last recorded verdicts by rule;
// nil if there are none. It changes nothing.
func (s *Set) Explain(doc ifsev.Document, now time.Time, recorded map[string]Verdict) []Explanation {
	var env lang.Env
	if doc.Incident.Exists() {
		env = s.words.env(&doc.Incident)
	}
	out := make([]Explanation, 0, len(s.Rules))
	for _, r := range s.Rules {
		e := Explanation{Rule: r.Name, Atoms: []lang.Atom{}, Firings: []ifsev.Firing{}, History: []Past{}}
		e.remember(doc, recorded)
		switch {
		case len(r.When) > 0:
			e.fromRecord()
		case env != nil && r.Schedule != nil:
			x := explainer{set: s, rule: r, env: env, now: now, state: doc.Rules[r.Name], out: &e}
			x.scheduled(doc.Incident.Status)
		case env != nil:
			x := explainer{set: s, rule: r, env: env, now: now, state: doc.Rules[r.Name], out: &e}
			(&decider{doc: doc}).rollEpisode(r, &x.state)
			x.explain()
		}
		if e.Held == HeldSpent && e.Recorded != nil && e.Recorded.Held == HeldBudget {
			e.Held = HeldBudget
		}
		if r.Shadow && e.Held == HeldSpent {
			e.Held = HeldShadow
		}
		out = append(out, e)
	}
	return out
}

// remember fills in what has happened so far.
func (e *Explanation) remember(doc ifsev.Document, recorded map[string]Verdict) {
	st := doc.Rules[e.Rule]
	e.Total, e.FiredAt = st.Total, st.FiredAt
	for _, f := range doc.Firings {
		if f.Rule == e.Rule {
			e.Firings = append(e.Firings, f)
		}
	}
	if v, ok := recorded[e.Rule]; ok {
		e.Recorded, e.History = &v, append(e.History, v.History...)
	}
}

// fromRecord tells of an event rule what it said last: without an event there is nothing to ask it about.
func (e *Explanation) fromRecord() {
	if e.Recorded == nil {
		return
	}
	e.Verdict, e.Held, e.Error, e.ChangesAt = e.Recorded.Kind, e.Recorded.Held, e.Recorded.Error, e.Recorded.ChangesAt
	e.Reason = e.Recorded.Reason
	if e.Verdict == VerdictFired {
		e.Verdict = VerdictTrue
	}
	if e.Recorded.Atoms != nil {
		e.Atoms = e.Recorded.Atoms
	}
}

// explainer explains one rule that watches the state.
type explainer struct {
	set   *Set
	rule  *Rule
	env   lang.Env
	now   time.Time
	state ifsev.RuleState
	out   *Explanation
}

// trace evaluates the condition and tells its parts, and when it changes by time; false where it cannot be said.
func (x *explainer) trace() (lang.Outcome, bool) {
	outcome, atoms, err := x.rule.If.Trace(x.env, x.now)
	if atoms != nil {
		x.out.Atoms = atoms
	}
	if err != nil {
		x.out.Verdict, x.out.Error = VerdictError, err.Error()
		return outcome, false
	}
	if x.rule.If.UsesTime() {
		at, flips, err := x.rule.If.NextFlip(x.env, x.now, x.now.Add(explainHorizon))
		if err == nil && flips {
			x.out.ChangesAt = at
		}
	}
	return outcome, true
}

func (x *explainer) explain() {
	outcome, ok := x.trace()
	if !ok {
		return
	}
	// The document is as it was when it was last decided; an edge since then is being decided now.
	move(x.rule, &x.state, outcome.Value, x.now)
	defer x.silencedUntil()
	if outcome.Value {
		x.holds()
		return
	}
	x.out.Verdict = VerdictFalse
	if x.rule.awaitsFall(&x.state) { // a silence holds it back
		x.out.Held, x.out.FiresAt, x.out.Branch = HeldWaiting, x.now, branchOtherwise
		return
	}
	if x.state.Spent {
		x.out.Held = unarmed(&x.state)
		return
	}
	if at := x.out.ChangesAt; !at.IsZero() {
		rising := x.state
		move(x.rule, &rising, true, at)
		x.due(&rising, at)
	}
}

// holds explains a rule whose condition is true.
func (x *explainer) holds() {
	x.out.Verdict, x.out.Since = VerdictTrue, x.state.Since
	if x.state.Since.IsZero() {
		x.out.Held = unarmed(&x.state)
		return
	}
	x.due(&x.state, x.now)
	x.explainFall()
	if x.out.Held == HeldCooldown || x.out.Held == HeldLimit {
		x.out.Verdict = VerdictHeld
	}
}

// due fills in when an armed rule fires next, and what it waits for. What falls before its time does not fire; of a
// rule that is still false the fall after the rise is not looked for.
func (x *explainer) due(st *ifsev.RuleState, from time.Time) {
	at, branch, held := x.rule.nextDue(st)
	if held != HeldNot {
		x.out.Held = held
		return
	}
	x.out.Held = HeldWaiting
	if c := cooled(x.rule, st); !c.IsZero() && at.Equal(c) && c.After(from) {
		x.out.Held = HeldCooldown
	}
	falls := x.out.ChangesAt
	if st.Holds && from.Equal(x.now) && !falls.IsZero() && !falls.After(at) {
		return
	}
	x.out.FiresAt, x.out.Branch = at, branch
}
