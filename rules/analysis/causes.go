package analysis

import (
	"slices"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/lang"
)

// somebody is who does what sets a rule off.
const somebody = "somebody"

// causes lists ways to an event of a type that leave an incident about as it is given.
func causes(t ifsev.EventType, inc ifsev.Incident, facts lang.Facts) []cause {
	before := inc
	change := &ifsev.Change{}
	switch t {
	case ifsev.Declared:
		return declared(inc)
	case ifsev.SeverityChanged:
		return severityChanged(inc)
	case ifsev.StatusChanged, ifsev.Mitigated, ifsev.Closed, ifsev.Reopened:
		return statusChanged(t, inc)
	case ifsev.AlertFiring, ifsev.AlertResolved:
		return alerted(t, inc)
	case ifsev.Updated:
		updated(&before, change, inc, facts)
	case ifsev.Acknowledged:
		before.Acknowledged = false
		change.Acknowledge = somebody
	case ifsev.Tagged:
		tag := "witness"
		if len(inc.Tags) > 0 {
			tag = inc.Tags[len(inc.Tags)-1]
		}
		before.Tags, change.AddTags = without(inc.Tags, tag), []string{tag}
	case ifsev.Untagged:
		before.Tags, change.RemoveTags = append(slices.Clone(inc.Tags), "witness"), []string{"witness"}
	default:
		talked(t, &before, change, inc, facts)
	}
	return []cause{{before, rules.Submission{Change: change}}}
}

func declared(inc ifsev.Incident) []cause {
	if inc.Status != ifsev.StatusOpen {
		return nil
	}
	d := &ifsev.Declaration{
		Title: inc.Title, Description: inc.Description, Severity: inc.Severity, Tags: inc.Tags, Key: inc.Key, Source: inc.Source,
		Service: inc.Service, Fields: inc.Fields, Commander: inc.Roles[ifsev.RoleCommander], Subscribers: inc.Subscribers,
	}
	return []cause{{ifsev.Incident{}, rules.Submission{Change: &ifsev.Change{Declare: d}}}}
}

func severityChanged(inc ifsev.Incident) []cause {
	var out []cause
	for s := ifsev.WorstSeverity; s <= ifsev.MildestSeverity; s++ {
		if s != inc.Severity {
			before, to := inc, inc.Severity
			before.Severity = s
			out = append(out, cause{before, rules.Submission{Change: &ifsev.Change{Severity: &to}}})
		}
	}
	return out
}

func statusChanged(t ifsev.EventType, inc ifsev.Incident) []cause {
	var out []cause
	for _, from := range ifsev.Statuses() {
		before, to := inc, inc.Status
		before.Status = from
		if !from.Active() {
			before.ClosedAt = inc.DeclaredAt
		}
		c := &ifsev.Change{Status: &to}
		events, err := c.Events(&before)
		if err == nil && slices.ContainsFunc(events, func(ev ifsev.Event) bool { return ev.Type == t }) {
			out = append(out, cause{before, rules.Submission{Change: c}})
		}
	}
	return out
}

func alerted(t ifsev.EventType, inc ifsev.Incident) []cause {
	a := &ifsev.Alert{ID: "witness", Source: "witness", Key: "witness", Fingerprint: "witness", Title: inc.Title, Severity: inc.Severity, Status: ifsev.AlertIsFiring}
	before := inc
	if t == ifsev.AlertResolved {
		a.Status = ifsev.AlertIsResolved
		before.Alerts = append(slices.Clone(inc.Alerts), ifsev.AlertState{Source: a.Source, Fingerprint: a.Fingerprint, Status: ifsev.AlertIsFiring})
	}
	return []cause{{before, rules.Submission{Alert: a}}}
}

// updated changes the field the rule asks for, or else the title.
func updated(before *ifsev.Incident, change *ifsev.Change, inc ifsev.Incident, facts lang.Facts) {
	words, _ := facts.Texts("event.field")
	if len(words) == 0 || words[0] == "title" {
		before.Title = "before"
		change.Title = &inc.Title
		return
	}
	text := inc.Description + "."
	switch name := words[0]; name {
	case "description":
		change.Description = &text
	case "service":
		change.Service = &text
	case "postmortem":
		change.Postmortem = &text
	default:
		change.Fields = ifsev.Data{strings.TrimPrefix(name, "fields."): "witness"}
	}
}

// talked makes the events that leave the state of an incident as it is.
func talked(t ifsev.EventType, before *ifsev.Incident, change *ifsev.Change, inc ifsev.Incident, facts lang.Facts) {
	switch t {
	case ifsev.ResponderAdded:
		change.AddResponders = []string{somebody}
	case ifsev.ResponderRemoved:
		before.Responders, change.RemoveResponders = append(slices.Clone(inc.Responders), somebody), []string{somebody}
	case ifsev.RoleAssigned:
		role := ifsev.RoleCommander
		if words, ok := facts.Texts("event.role"); ok && len(words) > 0 {
			role = words[0]
		}
		change.Roles = map[string]string{role: somebody}
	case ifsev.OncallAdded:
		change.AddOncalls = []ifsev.Oncall{{Rotation: "witness", Person: somebody}}
	case ifsev.Subscribed:
		change.AddSubscribers = []string{somebody}
	case ifsev.Noted:
		change.Note = noteAs(facts)
	case ifsev.Linked:
		change.Link = &ifsev.Link{URL: "https://witness.invalid"}
	case ifsev.Related:
		change.Relate = []ifsev.Relation{relationAs(facts)}
	case ifsev.TaskAdded:
		change.AddTask = &ifsev.Task{Text: "witness"}
	case ifsev.TaskDone:
		before.Tasks = append(slices.Clone(inc.Tasks), ifsev.Task{ID: "W", Text: "witness"})
		change.TaskDone = "W"
	}
}

// noteAs is a note with every word that the rule looks for in one.
func noteAs(facts lang.Facts) string {
	words := []string{"witness"}
	for _, s := range facts.Subjects() {
		if m := quotedWord.FindStringSubmatch(s.Text); m != nil && slices.Contains(s.Reads, "event.text") {
			words = append(words, m[1])
		}
	}
	return strings.Join(words, " ")
}

// relationAs is a relation as the rule asks for one.
func relationAs(facts lang.Facts) ifsev.Relation {
	r := ifsev.Relation{Incident: "INC-2", As: ifsev.RelatedTo}
	if words, ok := facts.Texts("event.as"); ok && len(words) > 0 {
		r.As = words[0]
	}
	return r
}
