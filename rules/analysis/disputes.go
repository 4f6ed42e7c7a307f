package analysis

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

const (
	codeDispute = "contradiction"
	// maxPairs bounds how many pairs of changes are compared.
	maxPairs = 50_000
)

// change is an effect that gives a field a value that is known.
type change struct {
	*effect
	node *node
}

// disputes reports rules that can fire together and give one field different values: which of them stays then depends
// on the order of the files.
func disputes(r *report) {
	byField := map[string][]change{}
	var fields []string
	for _, n := range r.nodes {
		if r.silent[n.rule.Name] || n.rule.Shadow { // in shadow it changes nothing
			continue
		}
		for _, e := range n.effects {
			if e.field == "" || !e.known || e.fallback || e.branch == elseBranch {
				continue
			}
			if byField[e.field] == nil {
				fields = append(fields, e.field)
			}
			byField[e.field] = append(byField[e.field], change{e, n})
		}
	}
	pairs, told := 0, map[string]bool{}
	for _, field := range fields {
		for i, b := range byField[field] {
			for _, a := range byField[field][:i] {
				if pairs++; pairs > maxPairs {
					return
				}
				key := a.node.rule.Name + " " + b.node.rule.Name + " " + field
				if a.node != b.node && a.to != b.to && !told[key] && r.disagree(a, b) {
					told[key] = true
					r.dispute(a, b)
				}
			}
		}
	}
}

// disagree tells whether both changes can be made of one event or at one instant, the one of a before that of b.
func (r *report) disagree(a, b change) bool {
	if a.field == "status" && a.to == "mitigated" && b.to == "closed" {
		return false // one after the other, as it should be
	}
	together := a.node.facts.And(b.node.facts).And(a.guard).And(b.guard)
	switch {
	case a.node.onEvent() != b.node.onEvent():
		return false
	case !a.node.onEvent():
		return a.node.rule.For+r.delay(a) == b.node.rule.For+r.delay(b) && sameMoment(a.node, b.node) && together.Possible()
	case !slices.ContainsFunc(ifsev.EventTypes(), func(t ifsev.EventType) bool { return a.node.wants(t) && b.node.wants(t) }):
		return false
	}
	// The second rule looks at the event when the first has fired.
	then := r.valueFacts(a.field, a.to, nil)
	return together.Possible() && b.node.facts.And(b.guard).And(then).Possible()
}

// delay is how long after its condition a change comes.
func (r *report) delay(c change) (d time.Duration) {
	for _, b := range branches(c.node.rule) {
		if b.Name == c.branch {
			d = b.delay
		}
	}
	return d
}

// sameMoment tells whether time makes two conditions true at the same instant: two steps of an escalation, the one
// after ten minutes and the other after twenty, are no contradiction.
func sameMoment(a, b *node) bool {
	bounds := func(n *node) map[string]int64 {
		out := map[string]int64{}
		for _, s := range n.facts.Subjects() {
			if lo, _, ok := n.facts.Bounds(s.Text); ok && s.Timed && lo > 0 {
				out[s.Text] = lo
			}
		}
		return out
	}
	x, y := bounds(a), bounds(b)
	if len(x) != len(y) {
		return false
	}
	for subject, lo := range x {
		if y[subject] != lo {
			return false
		}
	}
	return true
}

func (r *report) dispute(a, b change) {
	what, hint := fmt.Sprintf("set %s to %s and to %s", a.field, a.to, b.to), "make their conditions exclude each other, or make one rule of them"
	switch word, list, member := membership(a.field); {
	case member:
		what = fmt.Sprintf("put %s on and take it off the %s", word, list)
	case strings.HasPrefix(a.field, "roles."):
		what = fmt.Sprintf("give the role %s to %s and to %s", strings.TrimPrefix(a.field, "roles."), a.to, b.to)
	}
	message := fmt.Sprintf("the rules %q and %q can fire together, and they %s; the later one wins", a.node.rule.Name, b.node.rule.Name, what)
	r.warn(r.step(b.node.rule, b.step, b.step.Spec.Kind, message, hint), codeDispute)
}
