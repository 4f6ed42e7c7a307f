package rules

import (
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/strictyaml"
	"github.com/ifsev/ifsev/rules/lang"
)

// Only answers the set with the rules that keep wants; everything else of it, the defines of all files included, stays.
func (s *Set) Only(keep func(*Rule) bool) *Set {
	only := *s
	only.Rules, only.byName = nil, map[string]*Rule{}
	for _, r := range s.Rules {
		if keep(r) {
			only.Rules = append(only.Rules, r)
			only.byName[r.Name] = r
		}
	}
	only.index()
	return &only
}

// Variables lists the variables conditions may read of an incident.
func (s *Set) Variables() []lang.Variable {
	vars := make([]lang.Variable, len(s.words.words))
	for i, w := range s.words.words {
		vars[i] = w.Variable
	}
	return vars
}

// Values answers what conditions read of the incident, by the name of the variable; those that move with time are
// not among them.
func (s *Set) Values(inc *ifsev.Incident) map[string]any {
	values := map[string]any{}
	for _, w := range s.words.words {
		if w.get != nil {
			values[w.Name] = w.get(inc)
		}
	}
	return values
}

// Check evaluates a condition that stands outside of rules over the incident at an instant, and tells its parts.
func (s *Set) Check(c *lang.Condition, inc *ifsev.Incident, at time.Time) (bool, []lang.Atom, error) {
	outcome, atoms, err := c.Trace(s.words.env(inc), at)
	return outcome.Value, atoms, err
}

// Reader reads what stands outside of rules and is written like a part of one: what people do in a rule test, and what
// the test expects. It is for one goroutine.
type Reader struct {
	set *Set
	l   *loader
}

// readerBudget is what the expressions of one Reader may cost.
const readerBudget = 64 << 20

// Reader makes a reader that knows the world and the defines of the set.
func (s *Set) Reader() *Reader {
	l := newLoader(s.World)
	l.actions = newCatalogue(nil)
	l.budget.left = readerBudget
	return &Reader{set: s, l: l}
}

// Problems answers what was wrong with all that has been read so far.
func (r *Reader) Problems() strictyaml.Problems { return r.l.errors }

// Condition reads an expression, or a list of which all must hold; false where it is wrong.
func (r *Reader) Condition(n strictyaml.Node) (*lang.Condition, bool) {
	var compiled *lang.Condition
	_, ok := r.l.condition(n, func(text string) (err error) {
		compiled, err = r.set.scope.Condition(text)
		return err
	})
	return compiled, ok
}

// Act is one change inside an incident, as somebody makes it.
type Act struct{ step Step }

// Act reads a kind of InsideActions and its arguments, as a step has them; false where anything is wrong.
func (r *Reader) Act(p strictyaml.Pair) (Act, bool) {
	before := len(r.l.errors)
	rule := &ruleReader{loader: r.l, scope: r.set.scope}
	s := &stepReader{branchReader: &branchReader{ruleReader: rule, scope: rule.scope}, action: p.Key, value: p.Value}
	if !s.known() {
		return Act{}, false
	}
	if s.step.Spec.Kind == kindWait {
		r.l.errors.Add(p.Key.Problem("wait is a step of rules", "write when each thing is done instead"))
		return Act{}, false
	}
	s.step.Args = s.arguments(r.l.scopes.step(r.set.scope), s.value, strictyaml.Node{})
	return Act{s.step}, len(r.l.errors) == before
}

// Change is what the act asks of the incident at an instant, in somebody's name.
func (a *Act) Change(s *Set, inc *ifsev.Incident, by string, at time.Time) (*ifsev.Change, error) {
	env := s.words.stepEnv(s.words.env(inc), nil, &Rule{}, "")
	args, err := a.step.Args.Render(env, at)
	if err != nil {
		return nil, err
	}
	c, err := s.World.change(a.step.Spec.Kind, args, inc, by, at)
	if err == nil && c.Acknowledge != "" {
		c.Acknowledge = by // not in the name of a rule
	}
	return c, err
}
