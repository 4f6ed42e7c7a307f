package rules

import (
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// The bounds of one decision: what a chain of rules may make of one event, and how many instants may be caught up
// with at once. Beyond them rules are held back and say so, and the rest is decided by the next wake.
const (
	maxEvents   = 1000
	maxInstants = 10_000
)

// Decide says what follows for an incident from the submissions, and from the time that has passed since the
// document was last decided. It is pure: the same input gives the same decision, down to every ID.
//
// First comes the time that has passed: each instant at which something fell due is looked at as it was then, in
// order, so that a daemon that was down misses nothing. Then each submission is applied and the rules are run until
// nothing changes any more. The last thing is the next wake.
func (s *Set) Decide(in Input) Decision {
	if in.onGroup() {
		return decideGroup(in)
	}
	d := newDecider(s, in)
	d.catchUp()
	d.baseline()
	for i := range in.Submissions {
		d.submit(&in.Submissions[i])
		d.settle()
	}
	d.settle()
	d.finish()
	return d.out
}

// decider is one decision in the making.
type decider struct {
	set *Set
	in  *Input
	doc ifsev.Document
	// now stamps what is recorded; at is the instant that is looked at, which lies before now only while catching up.
	now, at time.Time
	// queue holds the events no event rule has seen yet; latest is the deepest event since state rules last looked.
	queue  []ifsev.Event
	latest *ifsev.Event
	// fresh are the rules that are new or changed since the document was last decided; they take no part in catching up.
	fresh map[string]bool
	nexts map[string]time.Time // by rule, when its condition can change next by time alone, as it was last looked at
	dirty bool                 // something happened, or time passed, since the rules were last run
	stood lang.Env             // the incident as state rules last saw it; nil before the first look
	base  lang.Env             // of doc.Incident as it is; nil when it must be made again
	seen  map[string]int
	// accepted and trace are those of the submission in hand.
	accepted time.Time
	trace    string
	chained  bool // the end of a chain has been told in this decision
	out      Decision
}

func newDecider(s *Set, in Input) *decider {
	d := &decider{set: s, in: &in, doc: in.Document, now: in.Now.UTC(), seen: map[string]int{}, nexts: map[string]time.Time{}, dirty: true}
	if d.doc.DecidedAt.After(d.now) {
		d.now = d.doc.DecidedAt
	}
	d.at, d.accepted = d.now, d.now
	d.doc.Rules = make(map[string]ifsev.RuleState, len(in.Document.Rules))
	for name, st := range in.Document.Rules {
		d.doc.Rules[name] = st
	}
	d.doc.Firings = append([]ifsev.Firing(nil), in.Document.Firings...)
	d.out.Counts = map[string]*Counts{}
	d.fresh = d.freshRules()
	d.stood = standing(s, &in.Document)
	return d
}

// freshRules answers the rules the document has not been decided under. Where the older set is not known, all are
// taken for known: a rule that fires for what already held is better than one that never does.
func (d *decider) freshRules() map[string]bool {
	fresh := map[string]bool{}
	if !d.doc.Incident.Exists() || d.doc.Epoch == d.set.Epoch || d.in.Previous == nil {
		return fresh
	}
	for _, r := range d.set.Rules {
		if d.in.Previous[r.Name] != r.Hash {
			fresh[r.Name] = true
		}
	}
	return fresh
}

// catchUp looks at every instant that fell due since the last decision, as it was then.
func (d *decider) catchUp() {
	for n := 0; n < maxInstants && d.due(); n++ {
		d.at, d.accepted, d.dirty = d.doc.Wake, d.doc.Wake, true
		d.runScheduled()
		d.settle()
		d.schedule()
	}
	d.at, d.accepted, d.dirty = d.now, d.now, true
}

func (d *decider) due() bool {
	return d.doc.Incident.Exists() && !d.doc.Wake.IsZero() && !d.doc.Wake.After(d.now)
}

// baseline notes for fresh rules what already holds, so that they fire for what happens from now on; those with backfill
// are looked at as if it had become so now. A changed rule that held and still does keeps its instant and with it its
// pending deadlines.
func (d *decider) baseline() {
	if len(d.fresh) == 0 && d.doc.Epoch == d.set.Epoch {
		return
	}
	for name := range d.doc.Rules {
		if d.set.Rule(name) == nil {
			delete(d.doc.Rules, name)
		}
	}
	backfilled := false
	for _, r := range d.set.Rules {
		switch {
		case !d.fresh[r.Name] || !r.WatchesState():
		case r.Backfill:
			backfilled = true
		default:
			d.baselineRule(r)
		}
	}
	d.fresh, d.stood, d.dirty = nil, nil, true
	if backfilled {
		d.settle() // it holds already, whatever the submissions make of it
	}
}

func (d *decider) baselineRule(r *Rule) {
	st := d.doc.Rules[r.Name]
	if st.Holds {
		return // it is looked at as any other, with the instant it has
	}
	outcome, err := r.If.Eval(d.env(), d.at)
	if err != nil || !outcome.Value {
		return
	}
	st.Holds, st.Since, st.Episode = true, time.Time{}, d.doc.Incident.Episode
	d.doc.Rules[r.Name] = st
	d.verdict(r, Verdict{Kind: VerdictHeld, Held: HeldBaseline, Noteworthy: true})
}

// settle runs the rules until nothing changes any more at this instant.
func (d *decider) settle() {
	if !d.doc.Incident.Exists() || !d.dirty {
		return
	}
	d.expireAlerts()
	d.endWaits()
	for {
		d.beginQueued()
		for len(d.queue) > 0 {
			ev := d.queue[0]
			d.queue = d.queue[1:]
			d.eventRules(&ev)
		}
		if !d.stateRules() {
			d.dirty = false
			return
		}
	}
}

func (d *decider) finish() {
	if !d.doc.Incident.Exists() {
		d.doc = d.in.Document
		d.out.Document = d.doc
		return
	}
	d.doc.DecidedAt, d.doc.Epoch = d.now, d.set.Epoch
	d.schedule()
	for name, st := range d.doc.Rules {
		if st == (ifsev.RuleState{}) {
			delete(d.doc.Rules, name)
		}
	}
	d.out.Document = d.doc
}

// env is the incident as conditions see it, made once for each version of it.
func (d *decider) env() lang.Env {
	if d.base == nil {
		d.base = d.set.words.env(&d.doc.Incident)
	}
	return d.base
}
