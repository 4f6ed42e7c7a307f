package backtest

import (
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
	// ignored counts events of kinds that are not known here.
	ignored int
}

// firingThen is a firing as it was recorded.
type firingThen struct {
	place
	// at is when it fired; last is when it last went on, which is when its present step was decided unless it waited for
	// another firing of its rule.
	at, last time.Time
}

func readPast(h *record.History) *past {
	p := &past{
		id: h.ID, number: h.Number, outcomes: map[string][]*outcome{}, byPlace: map[place][]*outcome{},
		real: map[string]bool{}, realAt: map[place]bool{}, lastEnd: map[string]time.Time{},
	}
	known := map[ifsev.EventType]bool{}
	for _, t := range ifsev.EventTypes() {
		known[t] = true
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
		case ev.Actor.Kind == ifsev.PersonActor || ev.Actor.Kind == ifsev.SourceActor:
			n := together(h.Events[i:])
			p.submitted(h.Events[i : i+n])
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

func (p *past) submitted(events []ifsev.Event) {
	first := &events[0]
	sub := rules.Submission{ID: first.ID, Actor: first.Actor, AcceptedAt: first.At, IncidentID: p.id, Number: p.number}
	if sub.Alert = ifsev.AlertOf(events); sub.Alert == nil {
		change := ifsev.ChangeOf(events)
		sub.Change = &change
	}
	p.inputs = append(p.inputs, input{at: first.At, sub: sub})
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
	if f == nil {
		return // its firing was not recorded: nothing can be made of it
	}
	o := &outcome{ended: ev.At, fired: f.at, took: ev.At.Sub(latest(f.last, p.lastEnd[f.rule])), result: ifsev.Outcome{Attempts: d.Int("attempts")}}
	if ev.Type == ifsev.ActionFailed {
		o.result.Failure = &ifsev.Failure{Reason: ifsev.FailureReason(d.String("reason")), Text: d.String("error"), Permanent: true}
	} else {
		o.result.Receipt = &ifsev.Receipt{Summary: d.String("receipt"), Outputs: outputs(d)}
	}
	f.last, p.lastEnd[f.rule] = ev.At, ev.At
	at := f.place
	at.step = step
	p.outcomes[id+"/"+step] = append(p.outcomes[id+"/"+step], o)
	p.byPlace[at] = append(p.byPlace[at], o)
	p.inputs = append(p.inputs, input{at: ev.At, outcome: o})
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
