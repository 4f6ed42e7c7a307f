package backtest

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// maxDecisions is after how many decisions on one incident a replay is given up.
const maxDecisions = 100_000

// nearly is how far apart two instants are that count as the same: a daemon is a little late, and virtual time is not.
const nearly = time.Second

// regime is which rules were in force when, the oldest first. It does not change.
type regime []Epoch

// at answers the place of the set in force at an instant; before the first that is the first.
func (g regime) at(t time.Time) int {
	return max(0, sort.Search(len(g), func(i int) bool { return g[i].At.After(t) })-1)
}

func (g regime) set(epoch int64) *rules.Set {
	for i := range g {
		if g[i].Set.Epoch == epoch {
			return g[i].Set
		}
	}
	return nil
}

// replayer plays one incident by the rules of a regime. It watches what is done.
type replayer struct {
	past   *past
	regime regime
	epoch  int
	// kept reports whether the rule is at an instant as it was then: then a delivery that has not ended has not here.
	kept   func(rule string, at time.Time) bool
	player rules.Player
	now    time.Time
	// waiting are the deliveries that end as they really did, once that instant comes.
	waiting map[*outcome]ifsev.Delivery
	ending  []ending // the others, the next to end first
	// firings are those made here, by ID; counts number them by branch.
	firings map[string]place
	counts  map[place]int
	fired   []Firing
	index   map[string]int // of fired, by firing
	done    []step         // in the decision in hand
	// imagined counts the deliveries that were never really made.
	imagined int
	// at is the place of the next input.
	at int
	// stage has the incidents it is played with; nil where it is played by itself.
	stage *stage
	// due is when something comes next, and slot its place among those of the stage; -1 for none.
	due  time.Time
	slot int
}

// step is one that was done, in words.
type step struct{ firing, text string }

// ending is a delivery that ends at an instant.
type ending struct {
	at  time.Time
	sub rules.Submission
}

var _ rules.Watcher = (*replayer)(nil)

func newReplayer(p *past, g regime, kept func(string, time.Time) bool) *replayer {
	r := &replayer{
		past: p, regime: g, kept: kept, waiting: map[*outcome]ifsev.Delivery{}, firings: map[string]place{}, counts: map[place]int{}, index: map[string]int{},
	}
	r.player = rules.Player{SetAt: g.set, Watcher: r}
	return r
}

// play plays everything up to the end of the record, with at most so many decisions.
func (r *replayer) play(end time.Time, most int) error {
	for n := 0; ; n++ {
		at, next := r.next()
		if next == nil || at.After(end) {
			return nil
		}
		if n > most {
			return r.endless(most)
		}
		r.passes(at)
		next(r)
	}
}

func (r *replayer) endless(most int) error {
	return fmt.Errorf("INC-%d: more than %d decisions: does a rule fire again and again?", r.past.number, most)
}

// passes lets time pass.
func (r *replayer) passes(at time.Time) { r.now = latest(r.now, at) }

// next answers what comes next, and when: other rules, a wake, the end of a delivery, or the next input.
func (r *replayer) next() (at time.Time, do func(*replayer)) {
	sooner := func(t time.Time) bool { return !t.IsZero() && (do == nil || t.Before(at)) }
	if exists := r.player.Document.Incident.Exists(); exists && r.epoch+1 < len(r.regime) {
		at, do = r.regime[r.epoch+1].At, (*replayer).reload
	}
	if t := r.player.Next(); sooner(t) {
		at, do = t, (*replayer).wake
	}
	if len(r.ending) > 0 && sooner(r.ending[0].at) {
		at, do = r.ending[0].at, (*replayer).end
	}
	if r.at < len(r.past.inputs) && sooner(r.past.inputs[r.at].at) {
		at, do = r.past.inputs[r.at].at, (*replayer).input
	}
	return at, do
}

func (r *replayer) wake() { r.decide() }

// reload puts the next rules in force; what is active is looked at once, as a daemon does.
func (r *replayer) reload() {
	r.epoch++
	r.player.Set = r.regime[r.epoch].Set
	if r.player.Document.Incident.Status.Active() {
		r.decide()
	}
}

func (r *replayer) end() {
	e := r.ending[0]
	r.ending = r.ending[1:]
	r.decide(e.sub)
}

// arises puts the rules of an instant in force, should the incident be declared now.
func (r *replayer) arises(at time.Time) {
	if !r.player.Document.Incident.Exists() {
		r.epoch = r.regime.at(at)
		r.player.Set = r.regime[r.epoch].Set
	}
}

func (r *replayer) input() {
	in := &r.past.inputs[r.at]
	r.at++
	r.arises(in.at)
	if in.outcome == nil {
		if r.player.Document.Incident.Exists() || in.declares() {
			r.decide(in.sub)
		}
		return
	}
	if d, ok := r.waiting[in.outcome]; ok {
		delete(r.waiting, in.outcome)
		r.decide(submissionOf(in.outcome, d))
	}
}

func submissionOf(o *outcome, d ifsev.Delivery) rules.Submission {
	result := o.result
	result.Delivery = d
	return rules.Submission{ID: fmt.Sprintf("ended %s %d", d.ID, o.ended.UnixNano()), Actor: ifsev.Actor{Kind: ifsev.SystemActor, Name: "ifsev"}, Outcome: &result}
}

func (r *replayer) decide(subs ...rules.Submission) rules.Decision {
	dec := r.player.Play(r.now, subs...)
	for i := range dec.Events {
		if ev := &dec.Events[i]; ev.Type == ifsev.RuleFired {
			r.tell(ev)
		}
	}
	for _, step := range r.done {
		f := &r.fired[r.index[step.firing]]
		f.Actions = append(f.Actions, step.text)
	}
	r.done = r.done[:0]
	for _, d := range dec.Deliveries {
		switch {
		case r.stage != nil && d.IsInward():
			r.stage.queue = append(r.stage.queue, said{r, d})
		case !d.IsInward() || d.Firing != "":
			r.deliver(d)
		}
	}
	return dec
}

func (r *replayer) tell(ev *ifsev.Event) {
	at := place{rule: ev.Data.String("rule"), branch: ev.Data.String("branch")}
	r.counts[at]++
	id := ev.Data.String("firing")
	r.index[id] = len(r.fired)
	r.fired = append(r.fired, Firing{Incident: r.past.id, Number: r.past.number, Imagined: r.past.imagined, Rule: at.rule, Branch: at.branch, At: ev.At})
	at.n = r.counts[at]
	r.firings[id] = at
}

// deliver decides how a delivery ends: as the same one really did, or at once.
func (r *replayer) deliver(d ifsev.Delivery) {
	at := r.firings[d.Firing]
	real := r.past.real[d.Firing] || r.past.realAt[at]
	ends := r.endsOf(&d)
	switch {
	case len(ends) > 0:
		r.endAsThen(d, ends)
	case real && r.kept(d.Rule, r.now):
		// It had not ended when the record was made.
	default:
		r.imagined++
		r.endAt(r.now, r.player.Set.Imagined(d))
	}
}

// endsOf answers how the delivery really ended.
func (r *replayer) endsOf(d *ifsev.Delivery) []*outcome {
	if ends := r.past.outcomes[d.Firing+"/"+d.Step]; ends != nil {
		return ends
	}
	at := r.firings[d.Firing]
	at.step = d.Step
	return r.past.byPlace[at]
}

// endAsThen has a delivery end as it really did: at that instant if its rule fired when it really did, otherwise about
// as long after it was decided.
func (r *replayer) endAsThen(d ifsev.Delivery, ends []*outcome) {
	fired := r.fired[r.index[d.Firing]].At
	for _, o := range ends {
		if fired.Sub(o.fired).Abs() < nearly && !o.ended.Before(r.now) {
			r.waiting[o] = d
			continue
		}
		r.endAt(r.now.Add(o.took), submissionOf(o, d))
	}
}

func (r *replayer) endAt(at time.Time, sub rules.Submission) {
	i := 0
	for i < len(r.ending) && !r.ending[i].at.After(at) {
		i++
	}
	r.ending = slices.Insert(r.ending, i, ending{at, sub})
}

// Looked is not of interest.
func (r *replayer) Looked(*rules.Rule, lang.Env, time.Time) {}

// Did notes a step that was done.
func (r *replayer) Did(of *ifsev.Firing, s *rules.Step, args ifsev.Data, err error) {
	text := rules.Describe(s.Spec, args)
	if err != nil {
		text += ", which could not be done"
	}
	r.done = append(r.done, step{of.ID, text})
}
