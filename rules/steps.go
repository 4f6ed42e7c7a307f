package rules

import (
	"maps"
	"strconv"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// A firing goes through its steps like this; where it stands is in ifsev.Firing, so that it survives a crash.
//
//	step n ── inside: done ──► step n+1 … ──► finished
//	  │ ├──── wait: Until set ── its instant ──► step n+1
//	  │ └──── outside: Delivery set, waits ── receipt ──► step n+1
//	  └ fails ──► on_error[0] … ──► continue: step n+1, else finished
//
// A step of on_error that fails ends the firing. A step with each is done once for each element before the next step;
// `continue: true` then goes on with the next element.

// steps answers the steps the firing runs, nil if the rule set it began under cannot be had any more.
func (d *decider) steps(f *ifsev.Firing) []Step {
	set := d.setOf(f)
	if set == nil {
		return nil
	}
	r := set.Rule(f.Rule)
	if r == nil {
		return nil
	}
	return r.steps(f.Branch)
}

func (d *decider) setOf(f *ifsev.Firing) *Set {
	if f.Epoch == d.set.Epoch {
		return d.set
	}
	if d.in.SetAt == nil {
		return nil
	}
	return d.in.SetAt(f.Epoch)
}

// stepAt answers the step the firing stands at, nil beyond the last.
func stepAt(f *ifsev.Firing, steps []Step) *Step {
	list, i := steps, f.Step
	if f.Fallback != nil && f.Step < len(steps) {
		list, i = steps[f.Step].OnError, f.Fallback.Step
	}
	if i >= len(list) {
		return nil
	}
	return &list[i]
}

// next moves the firing on to the next element of its step, else to the next step.
func next(f *ifsev.Firing) {
	if nextElement(f) {
		return
	}
	if f.Fallback != nil {
		f.Fallback = &ifsev.Fallback{Step: f.Fallback.Step + 1, Error: f.Fallback.Error}
		return
	}
	f.Step++
}

// failed moves the firing on after its step failed for good, and reports whether there is anything left to do.
func failed(f *ifsev.Firing, step *Step, text string) bool {
	switch {
	case f.Fallback == nil && len(step.OnError) > 0:
		f.Fallback = &ifsev.Fallback{Error: text}
	case step.Continue:
		next(f)
	default:
		return false
	}
	return true
}

// keepOutputs remembers what a step answered; the map is copied because documents are never changed in place.
func keepOutputs(f *ifsev.Firing, step *Step, outputs ifsev.Data) {
	if step.ID == "" {
		return
	}
	all := maps.Clone(f.Outputs)
	if all == nil {
		all = map[string]ifsev.Data{}
	}
	if outputs == nil {
		outputs = ifsev.Data{}
	}
	all[step.ID] = outputs
	f.Outputs = all
}

// advance does steps until one has to wait for its delivery (false) or the firing is finished (true).
func (d *decider) advance(f *ifsev.Firing) bool {
	steps := d.steps(f)
	if steps == nil {
		d.lost(f)
		return true
	}
	for {
		step := stepAt(f, steps)
		if step == nil {
			if f.Fallback != nil && f.Step < len(steps) && steps[f.Step].Continue {
				f.Fallback = nil
				next(f)
				continue
			}
			return true
		}
		if finished, waits := d.perform(f, step); finished || waits {
			return finished
		}
	}
}

// perform does one step. finished means the firing has ended with it, waits that its delivery must end first.
func (d *decider) perform(f *ifsev.Firing, step *Step) (finished, waits bool) {
	granted := f.Granted // for this step alone, whether it comes to anything or not
	f.Granted = false
	skip, env, err := d.turned(f, step)
	if err == nil && skip {
		next(f)
		return false, false
	}
	var args ifsev.Data
	if err == nil {
		args, err = step.Args.Render(env, d.at)
	}
	if err == nil && step.Spec.Kind == kindWait {
		waits, err = d.wait(f, args)
	}
	if err == nil && !step.Spec.Inside {
		if !granted && d.asksToDeliver(f, step, args) {
			return false, true
		}
		d.deliver(f, step, args)
		d.did(f, step, args, nil)
		return false, true
	}
	switch {
	case err != nil || step.Spec.Kind == kindWait:
	case step.Spec.Kind == kindDeclare:
		err = d.declare(f, step, args)
		waits = err == nil
	default:
		err = d.changeInside(f, step, args)
	}
	d.did(f, step, args, err)
	if waits {
		return false, true
	}
	if err != nil {
		d.stepFailed(f, step, err.Error())
		return !failed(f, step, err.Error()), false
	}
	keepOutputs(f, step, nil)
	next(f)
	return false, false
}

// turned answers what the step in hand reads, and whether it is not to be done at all.
func (d *decider) turned(f *ifsev.Firing, step *Step) (skip bool, env lang.Env, err error) {
	if step.Each != nil && elements(f) == nil {
		if empty, err := d.beginEach(f, step); empty || err != nil {
			return empty, nil, err
		}
	}
	env = d.stepEnv(f)
	skip, err = skipped(step, env, d)
	return skip, env, err
}

func skipped(step *Step, env lang.Env, d *decider) (bool, error) {
	if step.If == nil {
		return false, nil
	}
	v, err := step.If.Eval(env, d.at)
	if err != nil {
		return false, err
	}
	holds, _ := v.(bool) // the loader saw to it that it is one
	return !holds, nil
}

func (d *decider) stepEnv(f *ifsev.Firing) lang.Env {
	set := d.setOf(f)
	base := d.env()
	if set != d.set {
		base = set.words.env(&d.doc.Incident)
	}
	if f.Event != nil {
		base = set.words.eventEnv(base, f.Event)
	}
	failure := ""
	if f.Fallback != nil {
		failure = f.Fallback.Error
	}
	rule := set.Rule(f.Rule)
	env := withGathered(set.words.stepEnv(base, f.Outputs, rule, failure), rule.gatheredName(f.Branch), f.Gathered)
	return element(env, f, rule.steps(f.Branch))
}

// changeInside turns an inside step into events and applies them.
func (d *decider) changeInside(f *ifsev.Firing, step *Step, args ifsev.Data) error {
	change, err := d.setOf(f).World.change(step.Spec.Kind, args, &d.doc.Incident, f.Rule, d.at)
	if err != nil {
		return err
	}
	events, err := d.eventsOf(change)
	if err != nil {
		return err
	}
	for i, ev := range events {
		ev.ID = ifsev.DerivedID("evt", f.ID, turn(f, step), strconv.Itoa(i))
		ev.Actor, ev.Cause, ev.Depth = ruleActor(f.Rule), f.Cause, f.Depth
		d.record(ev)
	}
	return nil
}

// deliver puts an outside step among the deliveries; the firing waits for its outcome.
func (d *decider) deliver(f *ifsev.Firing, step *Step, args ifsev.Data) {
	inc, world := &d.doc.Incident, &d.setOf(f).World
	dl := ifsev.Delivery{
		ID:       ifsev.DerivedID("dlv", f.ID, turn(f, step)),
		Incident: inc.ID, Number: inc.Number, Rule: f.Rule, Firing: f.ID, Step: step.Place, Action: step.Spec.Kind,
		Destination: step.Destination(args, world), Args: args, Retry: retry(step), Timeout: step.Timeout,
		CreatedAt: d.now, AcceptedAt: f.AcceptedAt, TraceParent: d.trace,
		Facts: ifsev.Facts{
			Key: inc.Key, Title: inc.Title, Severity: inc.Severity, SeverityName: world.Severities.Name(inc.Severity), Status: inc.Status,
			Service: inc.Service, Source: inc.Source, URL: incidentURL(world.URL, inc),
		},
	}
	if step.ID != "" {
		dl.Step = step.ID
	}
	f.Delivery = dl.ID
	d.out.Deliveries = append(d.out.Deliveries, dl)
}

// incidentURL is where people find the incident; empty where the daemon's own address is not configured.
func incidentURL(base string, inc *ifsev.Incident) string {
	if base == "" {
		return ""
	}
	return base + "/api/v1/incidents/" + inc.Name()
}

// retry is the step's own way of retrying, with its kind's where it says nothing.
func retry(step *Step) ifsev.Retry {
	r, kind := step.Retry, step.Spec.Retry
	if r.Min == 0 {
		r.Min = kind.Min
	}
	if r.Max == 0 {
		r.Max = kind.Max
	}
	if r.MaxAge == 0 {
		r.MaxAge = kind.MaxAge
	}
	if r.Attempts == 0 {
		r.Attempts = kind.Attempts
	}
	return r
}

func (d *decider) stepFailed(f *ifsev.Firing, step *Step, text string) {
	place := step.Place
	if step.ID != "" {
		place = step.ID
	}
	d.record(ifsev.Event{
		ID: ifsev.DerivedID("evt", f.ID, turn(f, step), "failed"), Type: ifsev.ActionFailed, Actor: ruleActor(f.Rule), Cause: f.Cause, Depth: f.Depth + 1,
		Data: ifsev.Data{"action": step.Spec.Kind, "rule": f.Rule, "firing": f.ID, "step": place, "error": text, "reason": string(ifsev.ReasonConfig)},
	})
}

// lost ends a firing whose steps are not known any more.
func (d *decider) lost(f *ifsev.Firing) {
	d.record(ifsev.Event{
		ID: ifsev.DerivedID("evt", f.ID, "lost"), Type: ifsev.ActionFailed, Actor: systemActor, Cause: f.Cause, Depth: f.Depth + 1,
		Data: ifsev.Data{
			"rule": f.Rule, "firing": f.ID, "reason": string(ifsev.ReasonInternal),
			"error": "the rule set this firing began under can no longer be loaded, so its remaining steps were not done; do them by hand",
		},
	})
}
