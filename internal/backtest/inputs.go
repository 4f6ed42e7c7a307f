package backtest

import (
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
)

// input is something that came from outside at an instant: a submission, or the end of a delivery.
type input struct {
	at      time.Time
	sub     rules.Submission
	outcome *outcome
}

// outcome is how a delivery really ended.
type outcome struct {
	ended time.Time
	// fired is when its rule fired; took is about how long after its step was decided it ended.
	fired  time.Time
	took   time.Duration
	result ifsev.Outcome // without its delivery
}

// place names a delivery by what it is, whatever its ID: the n-th firing of a branch of a rule, and the step.
type place struct {
	rule, branch string
	n            int
	step         string
}

// declares reports whether it can be the first that is heard of an incident.
func (in *input) declares() bool {
	return in.sub.Alert != nil || in.sub.Change != nil && in.sub.Change.Declare != nil
}

// past is the history of one incident, read.
type past struct {
	id     string
	number int64
	inputs []input
	// outcomes are by the recorded firing's ID and the step, and by place; several if a dead delivery was sent again.
	outcomes map[string][]*outcome
	byPlace  map[place][]*outcome
	// real are the firings that really were, by ID and by place without a step.
	real    map[string]bool
	realAt  map[place]bool
	firings []Firing
	// lastEnd is when a delivery of a rule last ended.
	lastEnd map[string]time.Time
	// refused are the deliveries to other incidents that no step waited for and that failed, by ID.
	refused map[string]*outcome
	// declared is its declaration by a rule on another incident, and told what other incidents said of it; they are
	// inputs only where those incidents are not in the record. Each has its cause, the event it followed from.
	declared *input
	told     []input
	// causes are the events that may be causes on other incidents.
	causes []string
	// imagined says that it never was.
	imagined bool
	// ignored counts events of kinds that are not known here.
	ignored int
}

func newPast(id string, number int64) *past {
	return &past{
		id: id, number: number, outcomes: map[string][]*outcome{}, byPlace: map[place][]*outcome{},
		real: map[string]bool{}, realAt: map[place]bool{}, lastEnd: map[string]time.Time{}, refused: map[string]*outcome{},
	}
}

// firingThen is a firing as it was recorded.
type firingThen struct {
	place
	// at is when it fired; last is when it last went on, which is when its present step was decided unless it waited for
	// another firing of its rule.
	at, last time.Time
}

func readPast(h *record.History) *past {
	p := newPast(h.ID, h.Number)
	known := map[ifsev.EventType]bool{}
	for _, t := range ifsev.EventTypes() {
		known[t] = true
	}
	for i := range h.Events {
		if t := h.Events[i].Type; t == ifsev.RuleFired || t == ifsev.Related {
			p.causes = append(p.causes, h.Events[i].ID)
		}
	}
	firings, counts := map[string]*firingThen{}, map[place]int{}
	for i := 0; i < len(h.Events); i++ {
		ev := &h.Events[i]
		switch {
		case !known[ev.Type]:
			p.ignored++
		case ev.Type == ifsev.RuleFired:
			p.fired(ev, firings, counts)
		case ev.Data.String("delivery") != "":
			p.ended(ev, firings)
		case ev.Type == ifsev.Declared && ev.Actor.Kind == ifsev.RuleActor:
			n := together(h.Events[i:])
			p.declared = p.submission(h.Events[i : i+n])
			i += n - 1
		case ev.Type == ifsev.Related && ev.Actor.Kind == ifsev.SystemActor:
			p.told = append(p.told, mirrored(ev))
		case ev.Actor.Kind == ifsev.PersonActor || ev.Actor.Kind == ifsev.SourceActor:
			n := together(h.Events[i:])
			p.inputs = append(p.inputs, *p.submission(h.Events[i : i+n]))
			i += n - 1
		}
	}
	return p
}

// together counts the events at the beginning that came of one submission.
func together(events []ifsev.Event) int {
	n := 1
	for n < len(events) && events[n].ID == rules.EventID(events[0].ID, n) {
		n++
	}
	return n
}

// submission makes again what these events came of.
func (p *past) submission(events []ifsev.Event) *input {
	first := &events[0]
	sub := rules.Submission{
		ID: first.ID, Actor: first.Actor, AcceptedAt: first.At, IncidentID: p.id, Number: p.number, Cause: first.Cause, Depth: first.Depth,
		Repeat: first.Again(),
	}
	if sub.Alert = ifsev.AlertOf(events); sub.Alert == nil {
		change := ifsev.ChangeOf(events)
		sub.Change = &change
	}
	return &input{at: first.At, sub: sub}
}

// mirrored is what another incident told of its relation to this one.
func mirrored(ev *ifsev.Event) input {
	r := ifsev.Relation{Incident: ev.Data.String("incident"), As: ev.Data.String("as")}
	return input{at: ev.At, sub: rules.Submission{ID: ev.ID, Cause: ev.Cause, Inward: &ifsev.Inward{Relate: &r, Cause: ev.Cause, Depth: ev.Depth}}}
}

// fromOutside makes inputs of what other incidents did, where those are not there.
func (p *past) fromOutside(there func(cause string) bool) {
	more := p.told
	if p.declared != nil {
		more = append([]input{*p.declared}, more...)
	}
	for _, in := range more {
		if !there(in.sub.Cause) {
			p.inputs = append(p.inputs, in)
		}
	}
	slices.SortStableFunc(p.inputs, func(a, b input) int { return a.at.Compare(b.at) })
}

func (p *past) fired(ev *ifsev.Event, firings map[string]*firingThen, counts map[place]int) {
	at := place{rule: ev.Data.String("rule"), branch: ev.Data.String("branch")}
	counts[at]++
	p.firings = append(p.firings, Firing{Incident: p.id, Number: p.number, Rule: at.rule, Branch: at.branch, At: ev.At})
	at.n = counts[at]
	id := ev.Data.String("firing")
	firings[id] = &firingThen{at, ev.At, ev.At}
	p.real[id], p.realAt[at] = true, true
}

func (p *past) ended(ev *ifsev.Event, firings map[string]*firingThen) {
	d := ev.Data
	id, step := d.String("firing"), d.String("step")
	f := firings[id]
	if id == "" && ev.Type == ifsev.ActionFailed {
		p.refused[d.String("delivery")] = outcomeOf(ev)
	}
	if f == nil {
		return // its firing was not recorded: nothing can be made of it
	}
	o := outcomeOf(ev)
	o.fired, o.took = f.at, ev.At.Sub(latest(f.last, p.lastEnd[f.rule]))
	f.last, p.lastEnd[f.rule] = ev.At, ev.At
	at := f.place
	at.step = step
	p.outcomes[id+"/"+step] = append(p.outcomes[id+"/"+step], o)
	p.byPlace[at] = append(p.byPlace[at], o)
	p.inputs = append(p.inputs, input{at: ev.At, outcome: o})
}

func outcomeOf(ev *ifsev.Event) *outcome {
	d := ev.Data
	o := &outcome{ended: ev.At, result: ifsev.Outcome{Attempts: d.Int("attempts")}}
	if ev.Type == ifsev.ActionFailed {
		o.result.Failure = &ifsev.Failure{Reason: ifsev.FailureReason(d.String("reason")), Text: d.String("error"), Permanent: true}
	} else {
		o.result.Receipt = &ifsev.Receipt{Summary: d.String("receipt"), Outputs: outputs(d)}
	}
	return o
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func outputs(d ifsev.Data) ifsev.Data {
	m, _ := d["outputs"].(map[string]any)
	return m
}
