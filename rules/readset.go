package rules

import (
	"reflect"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// A state rule need not be looked at when nothing it reads has changed since it was last looked at: at the end of every
// decision each rule has been seen at the incident as it then is, so its answer is still the one it has. What must be
// looked at all the same: rules that move with time, rules that hold or failed (their deadlines, their error), and
// every rule after the first look at a new incident or under another rule set.

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
	s.reads = newReadIndex(s.Rules)
}

// toLookAt answers the state rules that the incident as it is now may mean something to, in their order.
func (d *decider) toLookAt() []*Rule {
	env := d.env()
	before := d.stood
	d.stood = env
	if before == nil || d.set.lookAtAll {
		return d.set.Rules
	}
	places := make([]bool, len(d.set.Rules))
	for _, i := range d.set.reads.always {
		places[i] = true
	}
	for name := range changed(before, env) {
		for _, i := range d.set.reads.readers[name] {
			places[i] = true
		}
	}
	for name, st := range d.doc.Rules {
		if i, ok := d.set.places[name]; ok && (st.Holds || st.Owes || st.Error != "" || st.Episode != d.doc.Incident.Episode) {
			places[i] = true
		}
	}
	rules := make([]*Rule, 0, len(d.set.reads.always)+len(d.doc.Rules))
	for i, yes := range places {
		if yes {
			rules = append(rules, d.set.Rules[i])
		}
	}
	return rules
}

// standing answers the incident as the rules have all seen it, nil if they have not.
func standing(s *Set, doc *ifsev.Document) lang.Env {
	if !doc.Incident.Exists() || doc.Epoch != s.Epoch || doc.DecidedAt.IsZero() {
		return nil
	}
	return s.words.env(&doc.Incident)
}
