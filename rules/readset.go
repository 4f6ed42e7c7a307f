package rules

import (
	"reflect"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// A state rule need not be looked at when nothing it reads has changed since it was last looked at: at the end of every
// decision each rule has been seen at the incident as it then is, so its answer is still the one it has. Nor need it
// when what its condition cannot hold without is not there (see needIndex): it is false then. What must be looked at
// all the same: rules that move with time, rules that hold or failed (their deadlines, their error), and, on a new
// incident or under another rule set, every rule whose condition may hold.

// changed answers the variables that differ between two environments of one incident.
func changed(before, after lang.Env) map[string]bool {
	names := map[string]bool{}
	for name, v := range after {
		if !reflect.DeepEqual(v, before[name]) {
			names[name] = true
		}
	}
	return names
}

// readIndex knows which state rules a change of a variable concerns, by their place in the set.
type readIndex struct {
	always    []int // those that move with time
	readers   map[string][]int
	scheduled []int // those that look when it is time to
}

func newReadIndex(rules []*Rule) *readIndex {
	x := &readIndex{readers: map[string][]int{}}
	for i, r := range rules {
		switch {
		case len(r.When) > 0:
		case r.Schedule != nil:
			x.scheduled = append(x.scheduled, i)
		case r.If.UsesTime():
			x.always = append(x.always, i)
		default:
			for _, name := range r.If.Reads() {
				x.readers[name] = append(x.readers[name], i)
			}
		}
	}
	return x
}

// index makes what Decide finds the rules with; whoever changes Rules calls it again.
func (s *Set) index() {
	s.places = map[string]int{}
	for i, r := range s.Rules {
		s.places[r.Name] = i
	}
	s.reads, s.needs = newReadIndex(s.Rules), newNeedIndex(s.Rules)
}

// toLookAt answers the state rules that the incident as it is now may mean something to, in their order: those that
// read what changed or move with time, as far as their conditions may hold, and all that have something to remember.
func (d *decider) toLookAt() []*Rule {
	env := d.env()
	before := d.stood
	d.stood = env
	if d.set.lookAtAll || d.in.Watcher != nil { // who watches wants to see every condition
		return d.set.Rules
	}
	places := d.set.needs.mayHold(env)
	d.standStill(places)
	if before != nil {
		d.onlyReaders(places, changed(before, env))
	}
	for name, st := range d.doc.Rules {
		if i, ok := d.set.places[name]; ok && d.remembers(&st) {
			places[i] = true
		}
	}
	rules := make([]*Rule, 0, len(d.doc.Rules))
	for i, yes := range places {
		if yes {
			rules = append(rules, d.set.Rules[i])
		}
	}
	return rules
}

// nextChange remembers when a condition can change by time alone, as it was last looked at.
func (d *decider) nextChange(r *Rule, at time.Time) {
	if at.IsZero() {
		delete(d.nexts, r.Name)
		return
	}
	d.nexts[r.Name] = at
}

// standStill forgets when the conditions that cannot hold change by time alone: they do not.
func (d *decider) standStill(mayHold []bool) {
	for name := range d.nexts {
		if !mayHold[d.set.places[name]] {
			delete(d.nexts, name)
		}
	}
}

// onlyReaders takes away the rules that read none of what changed and do not move with time.
func (d *decider) onlyReaders(places []bool, changed map[string]bool) {
	reads := make([]bool, len(places))
	for _, i := range d.set.reads.always {
		reads[i] = true
	}
	for name := range changed {
		for _, i := range d.set.reads.readers[name] {
			reads[i] = true
		}
	}
	for i := range places {
		places[i] = places[i] && reads[i]
	}
}

// remembers tells whether looking at a rule may change what it remembers even if its condition is, as before, false.
func (d *decider) remembers(st *ifsev.RuleState) bool {
	return st.Holds || st.Owes || st.Error != "" || st.Held != "" || st.Episode != d.doc.Incident.Episode
}

// awaited calls for every rule that time alone may mean something to, in any order, some of them twice: those that
// remember something, those whose condition moves, and those with a schedule.
func (d *decider) awaited(call func(*Rule)) {
	for name := range d.doc.Rules {
		if i, ok := d.set.places[name]; ok {
			call(d.set.Rules[i])
		}
	}
	for name := range d.nexts {
		call(d.set.Rules[d.set.places[name]])
	}
	for _, i := range d.set.reads.scheduled {
		call(d.set.Rules[i])
	}
}

// standing answers the incident as the rules have all seen it, nil if they have not.
func standing(s *Set, doc *ifsev.Document) lang.Env {
	if !doc.Incident.Exists() || doc.Epoch != s.Epoch || doc.DecidedAt.IsZero() {
		return nil
	}
	return s.words.env(&doc.Incident)
}
