package rules

import (
	"slices"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

func field(name string, t ifsev.ValueType, values ...string) ifsev.FieldSpec {
	return ifsev.FieldSpec{Name: name, Type: t, Values: values}
}

// eventFields lists what the data of an event of each type may hold.
func eventFields(t ifsev.EventType) []ifsev.FieldSpec {
	from, to := field("from", ifsev.TypeString), field("to", ifsev.TypeString)
	switch t {
	case ifsev.Declared:
		return declaredFields()
	case ifsev.Updated:
		return []ifsev.FieldSpec{field("field", ifsev.TypeString), field("from", ifsev.TypeAny), field("to", ifsev.TypeAny)}
	case ifsev.SeverityChanged:
		return []ifsev.FieldSpec{field("from", ifsev.TypeInt), field("to", ifsev.TypeInt)}
	case ifsev.StatusChanged, ifsev.Mitigated, ifsev.Closed, ifsev.Reopened:
		from.Values, to.Values = statusValues(), statusValues()
		return []ifsev.FieldSpec{from, to, field("reason", ifsev.TypeString)}
	case ifsev.Tagged, ifsev.Untagged:
		return []ifsev.FieldSpec{field("tags", ifsev.TypeStrings)}
	case ifsev.ResponderAdded, ifsev.ResponderRemoved, ifsev.Subscribed:
		return []ifsev.FieldSpec{field("person", ifsev.TypeString)}
	case ifsev.RoleAssigned:
		return []ifsev.FieldSpec{field("role", ifsev.TypeString), from, to}
	case ifsev.OncallAdded:
		return []ifsev.FieldSpec{field("rotation", ifsev.TypeString), field("person", ifsev.TypeString)}
	}
	return moreEventFields(t)
}

func moreEventFields(t ifsev.EventType) []ifsev.FieldSpec {
	switch t {
	case ifsev.Noted:
		return []ifsev.FieldSpec{field("text", ifsev.TypeString)}
	case ifsev.Linked:
		return []ifsev.FieldSpec{field("url", ifsev.TypeString), field("title", ifsev.TypeString)}
	case ifsev.TaskAdded:
		return []ifsev.FieldSpec{field("task", ifsev.TypeString), field("text", ifsev.TypeString), field("assignee", ifsev.TypeString)}
	case ifsev.TaskDone:
		return []ifsev.FieldSpec{field("task", ifsev.TypeString)}
	case ifsev.AlertFiring, ifsev.AlertResolved:
		return alertFields()
	case ifsev.Delivered:
		return append(deliveryFields(), field("receipt", ifsev.TypeAny), field("outputs", ifsev.TypeMap))
	case ifsev.ActionFailed:
		return append(deliveryFields(), field("error", ifsev.TypeString), field("rules", ifsev.TypeStrings), field("reason", ifsev.TypeString, failureReasons()...))
	case ifsev.Related:
		return []ifsev.FieldSpec{field("incident", ifsev.TypeString), field("as", ifsev.TypeString, ifsev.RelatedAs()...)}
	case ifsev.WindowFilled:
		return []ifsev.FieldSpec{field("rule", ifsev.TypeString), field("key", ifsev.TypeString), field("count", ifsev.TypeInt), field("incidents", ifsev.TypeStrings)}
	case ifsev.HeldBack:
		return []ifsev.FieldSpec{field("rule", ifsev.TypeString), field("firing", ifsev.TypeString), field("branch", ifsev.TypeString), field("by", ifsev.TypeString), field("step", ifsev.TypeString)}
	case ifsev.PlanCancelled:
		return []ifsev.FieldSpec{field("rule", ifsev.TypeString), field("due", ifsev.TypeTime), field("firings", ifsev.TypeInt)}
	case ifsev.RuleFired:
		return []ifsev.FieldSpec{field("rule", ifsev.TypeString), field("firing", ifsev.TypeString), field("branch", ifsev.TypeString), field("ended", ifsev.TypeStrings)}
	}
	return nil // the common fields are all there is
}

func declaredFields() []ifsev.FieldSpec {
	return []ifsev.FieldSpec{
		field("title", ifsev.TypeString), field("description", ifsev.TypeString), field("severity", ifsev.TypeInt),
		field("tags", ifsev.TypeStrings), field("key", ifsev.TypeString), field("source", ifsev.TypeString),
		field("service", ifsev.TypeString), field("commander", ifsev.TypeString), field("fields", ifsev.TypeAny),
		field("subscribers", ifsev.TypeStrings),
	}
}

func alertFields() []ifsev.FieldSpec {
	return []ifsev.FieldSpec{
		field("title", ifsev.TypeString), field("description", ifsev.TypeString), field("severity", ifsev.TypeInt),
		field("status", ifsev.TypeString, string(ifsev.AlertIsFiring), string(ifsev.AlertIsResolved)),
		field("fingerprint", ifsev.TypeString), field("source", ifsev.TypeString), field("service", ifsev.TypeString),
		field("labels", ifsev.TypeAny), field("url", ifsev.TypeString), field("starts_at", ifsev.TypeTime),
		field("ends_at", ifsev.TypeTime), field("ttl", ifsev.TypeDuration), field("expired", ifsev.TypeBool),
	}
}

func deliveryFields() []ifsev.FieldSpec {
	return []ifsev.FieldSpec{
		field("delivery", ifsev.TypeString), field("action", ifsev.TypeString), field("destination", ifsev.TypeString),
		field("rule", ifsev.TypeString), field("firing", ifsev.TypeString), field("step", ifsev.TypeString),
		field("attempts", ifsev.TypeInt),
	}
}

// chainReason is why the end of a chain of rules is told as an action that failed.
const chainReason = "chain"

func failureReasons() []string {
	reasons := []string{chainReason}
	for _, r := range ifsev.FailureReasons() {
		if r != ifsev.ReasonNone {
			reasons = append(reasons, string(r))
		}
	}
	return reasons
}

// eventVariable is `event` in a rule for these event types: the fields all of them have, and as optional ones those
// only some have. A field that has another type in another event is untyped.
func eventVariable(types []ifsev.EventType) lang.Variable {
	var fields []lang.Variable
	shapes := answeringTypes(types)
	seen := map[string]int{}
	for _, t := range shapes {
		for _, f := range eventFields(t) {
			if seen[f.Name]++; seen[f.Name] == 1 {
				fields = append(fields, lang.Variable{Name: f.Name, Type: typeOf(f.Type), Values: f.Values})
				continue
			}
			i := slices.IndexFunc(fields, func(v lang.Variable) bool { return v.Name == f.Name })
			if fields[i].Type != typeOf(f.Type) || !slices.Equal(fields[i].Values, f.Values) {
				fields[i] = lang.Variable{Name: f.Name, Type: lang.Any}
			}
		}
	}
	for i := range fields {
		fields[i].Optional = true
	}
	return lang.Variable{Name: eventName, Doc: "the event that made the rule look", Type: lang.Map(append(fields, commonEventFields(seen)...)...)}
}

// answeringTypes are the types of the events that answer to one of those asked for.
func answeringTypes(asked []ifsev.EventType) []ifsev.EventType {
	var out []ifsev.EventType
	for _, t := range ifsev.EventTypes() {
		if slices.ContainsFunc(asked, t.Is) {
			out = append(out, t)
		}
	}
	return out
}

func commonEventFields(taken map[string]int) []lang.Variable {
	var types []string
	for _, t := range ifsev.EventTypes() {
		types = append(types, string(t))
	}
	kinds := []string{string(ifsev.PersonActor), string(ifsev.SourceActor), string(ifsev.RuleActor), string(ifsev.SystemActor)}
	common := []lang.Variable{
		{Name: "id", Doc: "the event's ID", Type: lang.String},
		{Name: "type", Doc: "its type", Type: lang.String, Values: types},
		{Name: "at", Doc: "when it was decided", Type: lang.Time},
		{Name: "by", Doc: "the name of who made it happen", Type: lang.String},
		{Name: "actor", Doc: "who or what made it happen", Type: lang.Map(
			lang.Variable{Name: "name", Type: lang.String}, lang.Variable{Name: "kind", Type: lang.String, Values: kinds})},
	}
	return slices.DeleteFunc(common, func(v lang.Variable) bool { return taken[v.Name] > 0 })
}

// eventValue is `event` of one event: its data as its type promises it, and what every event has.
func eventValue(ev *ifsev.Event) map[string]any {
	m := make(map[string]any, len(ev.Data)+5)
	for _, f := range eventFields(ev.Type) {
		if v, ok := ev.Data[f.Name]; ok && v != nil {
			m[f.Name] = typedValue(f.Type, v)
		}
	}
	by := ev.Actor.Name
	if who := ev.Data.String("by"); who != "" {
		by = who
	}
	for name, v := range map[string]any{
		"id": ev.ID, "type": string(ev.Type), "at": ev.At, "by": by,
		"actor": map[string]any{"name": ev.Actor.Name, "kind": string(ev.Actor.Kind)},
	} {
		m[name] = v
	}
	return m
}
