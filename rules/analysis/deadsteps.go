package analysis

import (
	"fmt"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

const codeDeadStep = "unreachable-step"

// deadSteps reports steps that are never done, or that always fail.
func deadSteps(r *report) {
	for _, n := range r.nodes {
		if r.silent[n.rule.Name] {
			continue
		}
		each(n.rule, func(_ branch, s *rules.Step) {
			r.guard(n, s)
			r.nothing(n, s)
			r.fallback(n, s)
		})
		for _, b := range branches(n.rule) {
			r.afterEnd(n, b)
		}
		r.ladderEnds(n)
	}
}

// guard reports a step whose `if` is never true. What is said of the event holds for the whole firing; the state of
// the incident may have changed since.
func (r *report) guard(n *node, s *rules.Step) {
	if s.If == nil {
		return
	}
	f := s.If.Facts()
	event := n.facts.Without(func(about lang.Subject) bool { return !ofEvent(about) })
	if n.onEvent() {
		event = event.And(r.eventsOf(n.rule.When, f.Subjects()))
	}
	if f.Possible() && f.And(event).And(r.axioms(f)).Possible() {
		return
	}
	why := "its `if` is never true"
	if f.Possible() {
		why = "its `if` is never true of the events the rule fires on"
	}
	r.warn(r.step(n.rule, s, "if", fmt.Sprintf("the step %s of %q is never done: %s", s.Spec.Kind, n.rule.Name, why), "remove the step, or mend its `if`"), codeDeadStep)
}

// fallback reports the on_error of a step that cannot fail.
func (r *report) fallback(n *node, s *rules.Step) {
	if len(s.OnError) == 0 || !s.Spec.Inside || s.If != nil || r.fails(s) {
		return
	}
	r.warn(r.step(n.rule, s, "on_error", fmt.Sprintf("the on_error of %s is never needed: the step changes the incident itself, and with what is written here it cannot fail", s.Spec.Kind),
		"remove on_error; it is for what leads to the outside, or may be refused"), codeDeadStep)
}

// afterEnd reports a step that is refused because one before it ended the incident.
func (r *report) afterEnd(n *node, b branch) {
	over := false
	for i := range b.Steps {
		s := &b.Steps[i]
		to, sets := statusOf(s)
		switch {
		case leaves(s):
			over = false // somebody may have opened it again meanwhile
		case over && to == ifsev.StatusMitigated && s.If == nil && s.Each == nil:
			r.warn(r.step(n.rule, s, s.Spec.Kind, fmt.Sprintf("the step %s of %q always fails: a step before it has closed the incident", s.Spec.Kind, n.rule.Name),
				"put it before, or remove it: what is closed need not be mitigated"), codeDeadStep)
		case sets && (s.If == nil && s.Each == nil || to.Active()):
			over = !to.Active()
		}
	}
}

// statusOf is the status a step sets, if that is certain.
func statusOf(s *rules.Step) (ifsev.Status, bool) {
	switch s.Spec.Kind {
	case "mitigate":
		return ifsev.StatusMitigated, true
	case "close":
		return ifsev.StatusClosed, true
	case "reopen":
		return ifsev.StatusOpen, true
	case "set":
		if s.Args.Fixed("status") {
			for _, name := range s.Args.Names() {
				if name == "status" {
					return ifsev.Status(fixedText(s, name)), true
				}
			}
		}
	}
	return "", false
}

// ladderEnds reports rungs and repetitions that come after a step that makes the condition false.
func (r *report) ladderEnds(n *node) {
	if n.onEvent() {
		return
	}
	for _, b := range branches(n.rule) {
		by := r.ender(n, b)
		if by == nil || b.Name == elseBranch {
			continue
		}
		for i := range n.rule.After {
			if g := &n.rule.After[i]; g.Delay > b.delay {
				r.warn(r.rung(n.rule, g, fmt.Sprintf("the rung %s is never reached: the step %s in `%s` makes the condition false before", ifsev.FormatDuration(g.Delay), by.Spec.Kind, b.Name),
					"put its steps before that one, or into a rule of their own"), codeDeadStep)
			}
		}
		if b.Name == thenBranch && n.rule.Every > 0 {
			r.warn(r.key(n.rule, "every", fmt.Sprintf("it never fires a second time: the step %s makes the condition false", by.Spec.Kind), "remove `every`"), codeDeadStep)
		}
		return
	}
}

// ender is the first step of a branch that is certain to be done and to make the condition false.
func (r *report) ender(n *node, b branch) *rules.Step {
	left := lang.Always()
	for i := range b.Steps {
		s := &b.Steps[i]
		if !s.Spec.Inside || s.If != nil || s.Each != nil || r.fails(s) {
			return nil
		}
		for _, e := range r.effectsOfStep(s, effect{}) {
			if e.field != "" && e.known {
				left = left.And(r.valueFacts(e.field, e.to, nil))
			}
		}
		if !left.Possible() {
			return nil
		}
		if !n.facts.And(left).Possible() {
			return s
		}
	}
	return nil
}
