package analysis

import (
	"maps"
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// model is a rule set as the analysis sees it.
type model struct {
	set   *rules.Set
	nodes []*node
	// fields are those an event of each type may have.
	fields map[ifsev.EventType][]string
	names  []string
}

// node is one enabled rule.
type node struct {
	rule *rules.Rule
	at   int
	// facts are what must be so when it fires, otherwise what must be so while it does not hold.
	facts, otherwise lang.Facts
	// reads are the subjects of its condition, by text.
	reads    []string
	subjects []lang.Subject
	effects  []*effect
}

func newModel(set *rules.Set) *model {
	m := &model{set: set, fields: eventFields()}
	for _, r := range set.Rules {
		m.names = append(m.names, r.Name)
	}
	for i, r := range set.Rules {
		n := &node{rule: r, at: i, facts: lang.Always(), otherwise: lang.Facts{}}
		if r.If != nil {
			n.facts, n.otherwise, n.reads = r.If.Facts(), r.If.Otherwise(), r.If.Reads()
			n.subjects = n.facts.Or(n.otherwise).Subjects()
			n.facts = n.facts.And(m.axioms(n.facts))
		}
		if n.onEvent() {
			n.facts = n.facts.And(m.eventsOf(r.When, n.facts.Subjects()))
		}
		n.effects = m.effectsOf(r)
		m.nodes = append(m.nodes, n)
	}
	return m
}

func (n *node) onEvent() bool { return len(n.rule.When) > 0 }

func (n *node) wants(t ifsev.EventType) bool {
	return slices.ContainsFunc(n.rule.When, t.Is)
}

// axioms are what is so of every incident, as far as the facts speak of it.
func (m *model) axioms(f lang.Facts) lang.Facts {
	out := lang.Always()
	spoken := map[string]bool{}
	for _, s := range f.Subjects() {
		spoken[s.Text] = true
		switch s.Text {
		case "declared_at", "severity_changed_at", "last_update_at", "last_activity_at":
			out = out.And(lang.IsSet(s.Text))
		case "open_for", "since(declared_at)":
			out = out.And(lang.IsBetween(s.Text, 0, int64(1)<<62))
		case "alerts", "firing_alerts", "tasks_open", "number":
			out = out.And(lang.IsBetween(s.Text, 0, int64(1)<<62))
		}
	}
	if spoken["acknowledged_at"] {
		yes := lang.IsBetween("acknowledged", 1, 1).And(lang.IsSet("acknowledged_at"))
		out = out.And(yes.Or(lang.IsBetween("acknowledged", 0, 0).And(lang.IsUnset("acknowledged_at"))))
	}
	if spoken["closed_at"] || spoken["mitigated_at"] {
		open := lang.Is("status", string(ifsev.StatusOpen)).And(lang.IsUnset("closed_at"))
		mitigated := lang.Is("status", string(ifsev.StatusMitigated)).And(lang.IsUnset("closed_at")).And(lang.IsSet("mitigated_at"))
		over := lang.Is("status", string(ifsev.StatusClosed), string(ifsev.StatusInvalid)).And(lang.IsSet("closed_at"))
		out = out.And(open.Or(mitigated).Or(over))
	}
	return out
}

// eventFields are the fields of each type of event; those every event has are in it too.
func eventFields() map[ifsev.EventType][]string {
	fields := map[ifsev.EventType][]string{}
	for _, e := range rules.Reference().Events {
		for _, f := range e.Fields {
			fields[e.Type] = append(fields[e.Type], f.Name)
		}
		for _, v := range rules.EventFields() {
			fields[e.Type] = append(fields[e.Type], v.Name)
		}
	}
	return fields
}

// eventsOf is what is so of an event of one of these types, as far as the subjects ask.
func (m *model) eventsOf(when []ifsev.EventType, asked []lang.Subject) lang.Facts {
	var out lang.Facts
	for _, t := range ifsev.EventTypes() {
		if slices.ContainsFunc(when, t.Is) {
			out = out.Or(m.eventOf(t, asked))
		}
	}
	return out
}

const eventPrefix = "event."

// eventOf is what is so of every event of a type.
func (m *model) eventOf(t ifsev.EventType, asked []lang.Subject) lang.Facts {
	out := lang.Is("event.type", string(t))
	for _, s := range asked {
		name, ok := strings.CutPrefix(s.Text, eventPrefix)
		if !ok || !s.Plain {
			continue // what is made of fields that are not there is false, and the facts say that they must be there
		}
		name, _, _ = strings.Cut(name, ".")
		if !slices.Contains(m.fields[t], name) {
			out = out.And(lang.IsUnset(s.Text))
		}
	}
	return out.And(m.eventData(t))
}

// eventData is what the fields of an event can hold.
func (m *model) eventData(t ifsev.EventType) lang.Facts {
	worst, mildest := int(ifsev.WorstSeverity), int(ifsev.MildestSeverity)
	switch t {
	case ifsev.Declared:
		return lang.IsBetween("event.severity", worst, mildest)
	case ifsev.SeverityChanged:
		return lang.IsBetween("event.from", worst, mildest).And(lang.IsBetween("event.to", worst, mildest))
	case ifsev.Mitigated:
		return statusStep("mitigated", "open")
	case ifsev.Closed:
		return statusStep("closed", "open", "mitigated", "invalid")
	case ifsev.Reopened:
		return statusStep("open", "closed", "invalid")
	case ifsev.StatusChanged:
		return statusStep("open", "mitigated").Or(statusStep("invalid", "open", "mitigated", "closed"))
	case ifsev.Updated:
		return lang.IsNot("event.field", notUpdated()...)
	case ifsev.AlertFiring:
		return lang.Is("event.status", string(ifsev.AlertIsFiring))
	case ifsev.AlertResolved:
		return lang.Is("event.status", string(ifsev.AlertIsResolved))
	case ifsev.RuleFired:
		return lang.Is("event.rule", m.names...).And(lang.Is("event.actor.kind", string(ifsev.RuleActor)))
	}
	return lang.Always()
}

func statusStep(to string, from ...string) lang.Facts {
	return lang.Is("event.to", to).And(lang.Is("event.from", from...))
}

// notUpdated are the variables whose changes have an event type of their own.
func notUpdated() []string {
	return append(slices.Sorted(maps.Keys(ownEvents)), "fields")
}
