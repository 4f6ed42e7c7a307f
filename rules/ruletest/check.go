package ruletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// check holds what has happened since the entry before against what the entry expects.
func (s *story) check(e *entry) []Failure {
	var failures []Failure
	add := func(f *Failure) {
		if f != nil {
			for _, before := range failures { // what has been explained is not explained again
				f.Explanations = slices.DeleteFunc(f.Explanations, func(x Explanation) bool {
					return x.Rule != "" && slices.ContainsFunc(before.Explanations, func(y Explanation) bool { return x.Rule == y.Rule && x.Incident == y.Incident })
				})
			}
			f.Line, f.At = e.line, ifsev.FormatDuration(e.at)
			failures = append(failures, *f)
		}
	}
	if e.fired != nil {
		add(s.checkFired(e, *e.fired))
	}
	done := s.doneSince(e)
	if e.actions != nil {
		add(s.checkActions(e, done, *e.actions, whatActions))
	}
	if e.all != nil {
		add(s.checkActions(e, done, *e.all, whatAll))
	}
	if len(e.fields) > 0 || e.holds != nil {
		add(s.checkIncident(e))
	}
	return failures
}

// concerns reports whether something that happened to an incident counts for the entry.
func (s *story) concerns(e *entry, inc *incident) bool {
	if e.incident == "" {
		return true
	}
	meant, err := s.find(e.incident)
	return err == nil && meant == inc
}

func (s *story) doneSince(e *entry) []performed {
	var done []performed
	for _, p := range s.done[s.doneMark:] {
		if s.concerns(e, p.incident) {
			done = append(done, p)
		}
	}
	return done
}

func (s *story) checkFired(e *entry, want []string) *Failure {
	f := &Failure{What: whatFired}
	missing := slices.Clone(want)
	var unexpected []firing
	for _, got := range s.fired[s.firedMark:] {
		if !s.concerns(e, got.incident) {
			continue
		}
		if i := slices.Index(missing, got.rule); i >= 0 {
			missing = slices.Delete(missing, i, i+1)
			continue
		}
		unexpected = append(unexpected, got)
	}
	if len(missing) == 0 && len(unexpected) == 0 {
		return nil
	}
	f.Message = "fired " + namesOr(s.firedNames(e), "nothing") + ", want " + namesOr(want, "nothing")
	f.Missing = missing
	for _, name := range slices.Compact(sorted(missing)) {
		f.Explanations = append(f.Explanations, s.explain(e, name)...)
	}
	for _, got := range unexpected {
		f.Unexpected = append(f.Unexpected, fmt.Sprintf("%s at %s%s%s", got.rule, since(s.test.start, got.at), rung(got.branch), s.on(got.incident)))
		f.Explanations = append(f.Explanations, s.explainFiring(got)...)
	}
	f.Explanations = f.Explanations[:min(len(f.Explanations), maxExplained)]
	return f
}

func (s *story) firedNames(e *entry) []string {
	var names []string
	for _, got := range s.fired[s.firedMark:] {
		if s.concerns(e, got.incident) {
			names = append(names, got.rule)
		}
	}
	return names
}

func namesOr(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	return strings.Join(names, ", ")
}

func rung(branch string) string {
	if branch == "then" {
		return ""
	}
	return " " + branch
}

// on names the incident where there are several.
func (s *story) on(inc *incident) string {
	if len(s.incidents) < 2 {
		return ""
	}
	return " on " + inc.name
}

func (s *story) checkActions(e *entry, done []performed, want []wanted, what string) *Failure {
	missing, extra := pairUp(want, done)
	if what == whatActions && len(want) > 0 {
		extra = nil
	}
	if len(missing) == 0 && len(extra) == 0 {
		return nil
	}
	f := &Failure{What: what}
	var told []string
	for i := range done {
		told = append(told, rules.Describe(done[i].spec, done[i].args))
	}
	f.Message = "performed " + namesOr(told, "nothing")
	for _, w := range missing {
		f.Missing = append(f.Missing, w.text)
		f.Explanations = append(f.Explanations, s.explainKinds(e, w.kind)...)
	}
	for i := range extra {
		f.Unexpected = append(f.Unexpected, fmt.Sprintf("%s (%s at %s%s)", rules.Describe(extra[i].spec, extra[i].args), extra[i].rule, since(s.test.start, extra[i].at), s.on(extra[i].incident)))
	}
	f.Explanations = unique(f.Explanations)
	return f
}

func (s *story) checkIncident(e *entry) *Failure {
	f := &Failure{What: whatExpect}
	inc, err := s.find(e.incident)
	if err != nil {
		f.Message = err.Error()
		return f
	}
	var wrong, kinds []string
	values := s.test.set.Values(&inc.doc().Incident)
	for _, x := range e.fields {
		got := valueOf(values, x.name)
		if agrees(x.want, got) {
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s is %s, want %s", x.name, show(got), show(x.want)))
		kinds = append(kinds, changers(x.name)...)
	}
	if e.holds != nil {
		holds, atoms, err := s.test.set.Check(e.holds, &inc.doc().Incident, s.now)
		switch {
		case err != nil:
			wrong = append(wrong, err.Error())
		case !holds:
			wrong = append(wrong, e.said+" does not hold")
			f.Explanations = append(f.Explanations, Explanation{Incident: inc.name, Text: "what is expected", Atoms: shownAtoms(atoms)})
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	f.Message = strings.Join(wrong, "; ") + s.on(inc)
	f.Explanations = unique(append(f.Explanations, s.explainKinds(e, kinds...)...))
	return f
}

// valueOf answers a variable, or a field of one: fields.issue.
func valueOf(values map[string]any, name string) any {
	if v, ok := values[name]; ok {
		return v
	}
	outer, inner, _ := strings.Cut(name, ".")
	record, _ := values[outer].(map[string]any)
	return record[inner]
}

// changers lists the actions that change a variable of the incident.
func changers(name string) []string {
	outer, _, _ := strings.Cut(name, ".")
	switch outer {
	case "tags":
		return []string{"add_tags", "remove_tags"}
	case "commander", "owner", "roles":
		return []string{"assign"}
	case "responders", "oncalls":
		return []string{"add_oncall", "add_responders", "remove_responders"}
	case "subscribers":
		return []string{"subscribe"}
	case "acknowledged", "acknowledged_at":
		return []string{"acknowledge"}
	case "status", "mitigated_at", "closed_at", "reopened_at":
		return []string{"set", "mitigate", "close", "reopen"}
	case "tasks_open":
		return []string{"add_task"}
	}
	return []string{"set"}
}

func shownAtoms(atoms []lang.Atom) []Atom {
	out := make([]Atom, len(atoms))
	for i, a := range atoms {
		out[i] = Atom{Text: a.Text, Value: a.Value, Evaluated: a.Evaluated}
	}
	return out
}

// hasKind reports whether a rule has a step of one of the kinds.
func hasKind(r *rules.Rule, kinds []string) bool {
	return slices.ContainsFunc(r.AllSteps(), func(s rules.Step) bool { return slices.Contains(kinds, s.Spec.Kind) })
}
