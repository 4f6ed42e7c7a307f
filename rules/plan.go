package rules

import (
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// Underway is a delivery that is on its way, and when its next attempt is made.
type Underway struct {
	Delivery ifsev.Delivery
	At       time.Time
}

// Planned is one thing that will happen to an incident if nothing else does.
type Planned struct {
	At time.Time
	// Rule fires with Branch of its steps, or goes on with them; both are empty where an alert's time ends.
	Rule, Branch string
	// What are the actions in words, in order.
	What []string
	// Certain is false where it depends on the success of a delivery that has only been imagined.
	Certain bool
}

// Forecast is what will happen to an incident, and when.
type Forecast struct {
	Items []Planned
	// More means that there is more within the time that was asked about.
	More bool
}

// The bounds of a forecast's own work.
const maxForecastSteps = 20_000

// Plan says what will happen to the incident of the input's document from its Now on until an instant, at most so many
// things: Decide goes on in virtual time from the document as it is, while nobody does anything and every delivery
// succeeds, those underway at their next attempt. The submissions of the input are not looked at.
func (s *Set) Plan(in Input, underway []Underway, until time.Time, most int) Forecast {
	f := &forecaster{set: s, most: most, items: map[string]int{}}
	f.player = Player{Set: s, Document: in.Document, Previous: in.Previous, SetAt: in.SetAt, Watcher: f}
	f.at = in.Now
	for _, u := range underway {
		f.imagine(u.Delivery, later(u.At, in.Now))
	}
	f.decide()
	for range maxForecastSteps {
		at, sub := f.next()
		if at.IsZero() || at.After(until) {
			return f.forecast(false)
		}
		if len(f.out) > most {
			return f.forecast(true)
		}
		f.at = later(at, f.at)
		f.decide(sub...)
	}
	return f.forecast(true)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// forecaster goes ahead of time. It watches what is decided.
type forecaster struct {
	set    *Set
	player Player
	at     time.Time
	most   int
	// imagined are the deliveries that are to succeed, the next one first.
	imagined []Underway
	// dreaming means that what is decided now follows from an imagined success; doubtful that such a success has changed
	// the incident, so that nothing after it is certain.
	dreaming, doubtful bool
	out                []Planned
	// items are the places in out by firing.
	items map[string]int
	done  []doneStep // in the decision in hand
}

// doneStep is a step that was done, in words.
type doneStep struct {
	firing ifsev.Firing
	text   string
}

var _ Watcher = (*forecaster)(nil)

// next answers what happens next by itself: a wake, or the success of a delivery.
func (f *forecaster) next() (time.Time, []Submission) {
	at := f.player.Next()
	if len(f.imagined) == 0 || !at.IsZero() && !f.imagined[0].At.Before(at) {
		return at, nil
	}
	u := f.imagined[0]
	f.imagined = f.imagined[1:]
	return u.At, []Submission{f.set.Imagined(u.Delivery)}
}

// imagine has a delivery succeed at an instant, after those that succeed by then.
func (f *forecaster) imagine(d ifsev.Delivery, at time.Time) {
	i := 0
	for i < len(f.imagined) && !f.imagined[i].At.After(at) {
		i++
	}
	f.imagined = slices.Insert(f.imagined, i, Underway{d, at})
}

func (f *forecaster) decide(subs ...Submission) {
	f.dreaming = len(subs) > 0
	f.done = f.done[:0]
	dec := f.player.Play(f.at, subs...)
	f.goneOn(dec.Events)
	for i := range dec.Events {
		f.tell(&dec.Events[i])
	}
	for _, d := range f.done {
		it := &f.out[f.item(d.firing.ID, d.firing.Rule, d.firing.Branch)]
		it.What = append(it.What, d.text)
	}
	f.doubtful = f.doubtful || f.dreaming && len(dec.Events) > 1 // beside the success itself
	for _, d := range dec.Deliveries {
		f.called(&d)
		f.imagine(d, f.at)
	}
}

// called tells that a schedule selects the incident: what its rule then does for all that it selects, it does once, and
// perhaps on another one.
func (f *forecaster) called(d *ifsev.Delivery) {
	if in := d.Inward; in != nil && in.Join != nil && in.Join.Kind == ifsev.GroupRoll {
		const what = "the schedule selects it; the rule fires once for all that are selected, on the oldest of them"
		f.out = append(f.out, Planned{At: f.at, Rule: d.Rule, Branch: branchThen, What: []string{what}, Certain: f.certain()})
	}
}

// goneOn makes room for the firings that went on, before those that fired because of it.
func (f *forecaster) goneOn(events []ifsev.Event) {
	fired := map[string]bool{}
	for i := range events {
		if events[i].Type == ifsev.RuleFired {
			fired[events[i].Data.String("firing")] = true
		}
	}
	for _, d := range f.done {
		if !fired[d.firing.ID] {
			f.item(d.firing.ID, d.firing.Rule, d.firing.Branch)
		}
	}
}

// tell notes an event that people want to know of before it happens; the steps of firings are told as they are done.
func (f *forecaster) tell(ev *ifsev.Event) {
	switch {
	case ev.Type == ifsev.RuleFired:
		f.item(ev.Data.String("firing"), ev.Data.String("rule"), ev.Data.String("branch"))
	case ev.Type == ifsev.AlertResolved && ev.Data["expired"] == true:
		f.out = append(f.out, Planned{At: f.at, What: []string{"the alert " + inShort(ev.Data.String("title")) + " counts as resolved, unless it is reported again"}, Certain: f.certain()})
	}
}

func (f *forecaster) certain() bool { return !f.dreaming && !f.doubtful }

// item answers the place of a firing among what was told.
func (f *forecaster) item(firing, rule, branch string) int {
	i, ok := f.items[firing]
	if !ok {
		i = len(f.out)
		f.items[firing] = i
		f.out = append(f.out, Planned{At: f.at, Rule: rule, Branch: branch, What: []string{}, Certain: f.certain()})
	}
	return i
}

// Looked is not of interest.
func (f *forecaster) Looked(*Rule, lang.Env, time.Time) {}

// Did notes a step that will be done.
func (f *forecaster) Did(of *ifsev.Firing, s *Step, args ifsev.Data, err error) {
	text := Describe(s.Spec, args)
	if err != nil {
		text += ", which cannot be done: " + err.Error()
	}
	f.done = append(f.done, doneStep{*of, text})
	if s.Spec.Kind == kindWait {
		delete(f.items, of.ID) // what follows is told at its own time
	}
}

// forecast answers what was told, in the order of time.
func (f *forecaster) forecast(more bool) Forecast {
	if len(f.out) > f.most {
		f.out, more = f.out[:f.most], true
	}
	return Forecast{Items: f.out, More: more}
}
