package ruletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ifsev/ifsev/rules"
)

// maxExplained is how many explanations one failure has.
const maxExplained = 4

// explain says of a rule that should have fired why it has not, on each incident the entry may mean.
func (s *story) explain(e *entry, name string) []Explanation {
	var out []Explanation
	for _, inc := range s.incidents {
		if !s.concerns(e, inc) {
			continue
		}
		for _, x := range s.test.set.Explain(*inc.doc(), s.now, inc.recorded) {
			if x.Rule == name {
				out = append(out, Explanation{Rule: name, Incident: inc.name, Text: s.standing(inc, &x), Atoms: shownAtoms(x.Atoms)})
			}
		}
	}
	if len(s.incidents) == 0 {
		out = append(out, Explanation{Rule: name, Text: "there is no incident", Atoms: []Atom{}})
	}
	return out
}

// explainFiring says of a rule that fired what made it do so.
func (s *story) explainFiring(f firing) []Explanation {
	if len(f.atoms) == 0 {
		return nil // it has no condition
	}
	return []Explanation{{
		Rule: f.rule, Incident: f.incident.name, Text: "fired at " + since(s.test.start, f.at) + rung(f.branch) + ", when this was so", Atoms: shownAtoms(f.atoms),
	}}
}

// explainKinds says of the rules that do one of these why they have not since the entry before.
func (s *story) explainKinds(e *entry, kinds ...string) []Explanation {
	var out []Explanation
	for _, r := range s.test.set.Rules {
		fired := slices.ContainsFunc(s.fired[s.firedMark:], func(f firing) bool { return f.rule == r.Name && s.concerns(e, f.incident) })
		if fired || !hasKind(r, kinds) {
			continue
		}
		if out = append(out, s.explain(e, r.Name)...); len(out) >= maxExplained {
			return out[:maxExplained]
		}
	}
	return out
}

func unique(list []Explanation) []Explanation {
	var out []Explanation
	for _, x := range list {
		if !slices.ContainsFunc(out, func(y Explanation) bool { return x.Rule == y.Rule && x.Incident == y.Incident }) {
			out = append(out, x)
		}
	}
	return out[:min(len(out), maxExplained)]
}

// standing says in a line what a rule answers and what it waits for.
func (s *story) standing(inc *incident, x *rules.Explanation) string {
	text := s.verdict(x)
	if r := s.test.set.Rule(x.Rule); len(r.When) > 0 {
		text = s.waits(r, x)
	}
	if x.Error != "" {
		text += ": " + x.Error
	}
	var earlier []string
	for _, f := range s.fired {
		if f.rule == x.Rule && f.incident == inc {
			earlier = append(earlier, since(s.test.start, f.at)+rung(f.branch))
		}
	}
	if n := len(earlier); n > 5 {
		earlier = append([]string{"…"}, earlier[n-5:]...)
	}
	if len(earlier) > 0 {
		text += "; it fired at " + strings.Join(earlier, ", ")
	}
	return text
}

// waits speaks of an event rule.
func (s *story) waits(r *rules.Rule, x *rules.Explanation) string {
	var types []string
	for _, t := range r.When {
		types = append(types, string(t))
	}
	text := "it waits for " + strings.Join(types, ", ")
	if x.Recorded == nil {
		return text + ", and there was none"
	}
	at := since(s.test.start, x.Recorded.At)
	switch {
	case x.Recorded.Held != rules.HeldNot:
		return fmt.Sprintf("%s; at %s it was held back by %s", text, at, x.Recorded.Held)
	case x.Recorded.Kind == rules.VerdictFalse:
		return fmt.Sprintf("%s; at %s its condition was false", text, at)
	case x.Recorded.Kind == rules.VerdictError:
		return fmt.Sprintf("%s; at %s its condition could not be decided", text, at)
	}
	return text
}

// verdict speaks of a rule that watches the state.
func (s *story) verdict(x *rules.Explanation) string {
	due := ""
	if !x.FiresAt.IsZero() {
		due = "; if nothing else changes it fires at " + since(s.test.start, x.FiresAt) + rung(x.Branch)
	}
	switch {
	case x.Verdict == rules.VerdictError:
		return "its condition could not be decided"
	case x.Verdict == "":
		return "it has not been asked"
	case x.Held == rules.HeldSpent && x.Verdict == rules.VerdictFalse:
		return "its condition is false, and it has fired already"
	case x.Held == rules.HeldSpent:
		return "its condition is true, and it has fired already"
	case x.Held == rules.HeldLimit:
		return "its condition is true, and it has fired as often as it may"
	case x.Held == rules.HeldBaseline:
		return "its condition already was true when it was loaded"
	case x.Held == rules.HeldCooldown:
		return "its condition is true, and it is held back by its cooldown" + due
	case x.Verdict == rules.VerdictFalse:
		return "its condition is false" + due
	case due != "" && x.Since.IsZero(): // at given times
		return "its condition is true" + due
	case due != "":
		return "its condition is true since " + since(s.test.start, x.Since) + due
	case x.Held == rules.HeldWaiting:
		return "its condition is true, and turns false before it fires"
	}
	return "its condition is " + string(x.Verdict)
}
