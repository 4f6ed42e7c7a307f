package analysis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// A change that is made again and again needs its value to come back: `severity: 1` changes nothing where it is 1
// already. So the values of each field are the nodes of a graph, and what each effect makes of each value its edges;
// an effect can go on for ever only if one of its edges lies on a cycle.
//
//	set severity 1:  2 ─► 1, 3 ─► 1, …      set severity 2:  1 ─► 2, 3 ─► 2, …      together: 1 ◄─► 2

// valueEdge is what an effect makes of a value.
type valueEdge struct {
	from, to string
	by       *effect
}

// lively answers which of the effects can happen for ever, if all of them can. For a status it says which values it
// can come from.
func (m *model) lively(s *state) map[*effect][]string {
	live := map[*effect][]string{}
	byField := map[string][]*effect{}
	for _, n := range s.nodes {
		for _, e := range s.effects(n) {
			switch {
			case e.once:
			case e.field == "" || !e.known && isList(e.field):
				live[e] = []string{other}
			default:
				byField[e.field] = append(byField[e.field], e)
			}
		}
	}
	for field, effects := range byField {
		for _, edge := range m.lastingEdges(s, field, effects) {
			if edge.by != nil {
				live[edge.by] = append(live[edge.by], edge.from)
			}
		}
	}
	return live
}

func isList(field string) bool {
	return field == "tags" || field == "responders" || field == "subscribers"
}

// lastingEdges are the edges of a field that lie on a cycle.
func (m *model) lastingEdges(s *state, field string, effects []*effect) []valueEdge {
	values := m.valuesOf(field, effects)
	edges := m.outsideEdges(s, field)
	for _, e := range effects {
		for _, from := range values {
			if !m.mayStartFrom(s, e, from, values) {
				continue
			}
			for _, to := range results(e, from, values) {
				if from != to || !e.known && e.steps == nil && from == other {
					edges = append(edges, valueEdge{from, to, e})
				}
			}
		}
	}
	at := func(v string) int { return slices.Index(values, v) }
	groups := components(len(values), func(i int) (next []int) {
		for _, e := range edges {
			if at(e.from) == i {
				next = append(next, at(e.to))
			}
		}
		return next
	})
	return slices.DeleteFunc(edges, func(e valueEdge) bool { return groups[at(e.from)] != groups[at(e.to)] })
}

// valuesOf are the values of a field that are told apart.
func (m *model) valuesOf(field string, effects []*effect) []string {
	switch {
	case field == "severity":
		return []string{"1", "2", "3", "4", "5", other} // other is what a step is refused with
	case field == "status":
		return []string{"open", "mitigated", "closed", "invalid"}
	case field == "acknowledged" || isMember(field):
		return []string{yes, no}
	}
	values := []string{other}
	for _, e := range effects {
		if e.known && !slices.Contains(values, e.to) {
			values = append(values, e.to)
		}
	}
	return values
}

func results(e *effect, from string, values []string) []string {
	switch {
	case e.steps != nil:
		if to, ok := e.steps[from]; ok && slices.Contains(values, to) {
			return []string{to}
		}
		return nil
	case e.known:
		return []string{e.to}
	}
	return values
}

// outsideEdges are changes of a field that are not effects on it: a template may add any tag, and reopening takes the
// acknowledgement back.
func (m *model) outsideEdges(s *state, field string) []valueEdge {
	var edges []valueEdge
	_, list, member := membership(field)
	for _, n := range s.nodes {
		for _, e := range s.effects(n) {
			switch {
			case member && e.field == list && e.to == yes:
				edges = append(edges, valueEdge{no, yes, nil})
			case member && e.field == list:
				edges = append(edges, valueEdge{yes, no, nil})
			case field == "acknowledged" && slices.Contains(e.touches, "acknowledged") && e.field == "status":
				edges = append(edges, valueEdge{yes, no, nil})
			}
		}
	}
	return edges
}

// mayStartFrom tells whether the field may have the value when the step is done.
func (m *model) mayStartFrom(s *state, e *effect, from string, values []string) bool {
	is := m.valueFacts(e.field, from, values)
	if !e.guard.And(is).Possible() {
		return false
	}
	n := s.owner[e]
	return !s.fresh(n, e) || n.facts.And(is).Possible()
}

// fresh tells whether nothing can have changed the field between the look at the condition and the step.
func (s *state) fresh(n *node, e *effect) bool {
	if e.fallback || e.branch != thenBranch {
		return false
	}
	for i := range e.index {
		step := &n.rule.Then[i]
		if !step.Spec.Inside || len(step.OnError) > 0 {
			return false
		}
	}
	for other, owner := range s.owner {
		if other == e || !slices.ContainsFunc(other.touches, func(t string) bool { return t != "last_activity_at" && t != "__past" && slices.Contains(e.touches, t) }) {
			continue
		}
		if owner != n && !n.onEvent() || owner == n && other.branch == e.branch && other.index <= e.index {
			return false
		}
	}
	return true
}

// valueFacts says that a field has a value.
func (m *model) valueFacts(field, value string, values []string) lang.Facts {
	member := isMember(field)
	switch {
	case value == other && (m.isText(field)):
		return lang.IsNot(field, slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == other })...)
	case value == other:
		return lang.Always()
	case field == "severity":
		n, _ := strconv.Atoi(value) // it is one of 1 to 5
		return lang.IsBetween(field, n, n)
	case field == "acknowledged" || member:
		truth := 0
		if value == yes {
			truth = 1
		}
		return lang.IsBetween(field, truth, truth)
	case strings.HasPrefix(field, "roles."):
		return lang.Is(field, value).And(lang.Is(strings.TrimPrefix(field, "roles."), value))
	case m.isText(field):
		return lang.Is(field, value)
	}
	return m.fieldFacts(field, value)
}

// isText tells whether a field holds a text.
func (m *model) isText(field string) bool {
	switch field {
	case "status", "title", "description", "service", "postmortem":
		return true
	}
	return m.fieldType(field) == ifsev.TypeString
}

func (m *model) fieldType(field string) ifsev.ValueType {
	for _, f := range m.set.World.Fields {
		if "fields."+f.Name == field {
			return f.Type
		}
	}
	return ""
}

// fieldFacts is about custom fields that are no texts.
func (m *model) fieldFacts(field, value string) lang.Facts {
	switch m.fieldType(field) {
	case ifsev.TypeInt:
		if n, err := strconv.Atoi(value); err == nil {
			return lang.IsBetween(field, n, n)
		}
	case ifsev.TypeBool:
		truth := 0
		if value == fmt.Sprint(true) {
			truth = 1
		}
		return lang.IsBetween(field, truth, truth)
	}
	return lang.Always()
}
