package rules

import (
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

func text(name, doc string, get func(*ifsev.Incident) string) word {
	return word{lang.Variable{Name: name, Doc: doc, Type: lang.String}, func(i *ifsev.Incident) any { return get(i) }}
}

func number(name, doc string, get func(*ifsev.Incident) int) word {
	return word{lang.Variable{Name: name, Doc: doc, Type: lang.Int}, func(i *ifsev.Incident) any { return get(i) }}
}

func texts(name, doc string, get func(*ifsev.Incident) []string) word {
	return word{lang.Variable{Name: name, Doc: doc, Type: lang.List(lang.String)}, func(i *ifsev.Incident) any { return get(i) }}
}

// instant is a time that may not have come yet.
func instant(name, doc string, get func(*ifsev.Incident) time.Time) word {
	return word{lang.Variable{Name: name, Doc: doc, Type: lang.Time, Optional: true}, func(i *ifsev.Incident) any { return get(i) }}
}

func incidentWords() []word {
	severity := number("severity", "1 (the worst) to 5", func(i *ifsev.Incident) int { return int(i.Severity) })
	severity.Min, severity.Max = int(ifsev.WorstSeverity), int(ifsev.MildestSeverity)
	status := text("status", "where it stands", func(i *ifsev.Incident) string { return string(i.Status) })
	status.Values = statusValues()
	return []word{
		text("id", "the incident's ID", func(i *ifsev.Incident) string { return i.ID }),
		number("number", "its number: 42 is INC-42", func(i *ifsev.Incident) int { return int(i.Number) }),
		text("key", "the dedup key it was opened with", func(i *ifsev.Incident) string { return i.Key }),
		text("title", "what is wrong, in one line", func(i *ifsev.Incident) string { return i.Title }),
		text("description", "what is wrong, at length", func(i *ifsev.Incident) string { return i.Description }),
		severity,
		status,
		texts("tags", "its tags", func(i *ifsev.Incident) []string { return i.Tags }),
		text("source", "the tool that opened it; empty when a person did", func(i *ifsev.Incident) string { return i.Source }),
		text("service", "the service it concerns", func(i *ifsev.Incident) string { return i.Service }),
		text("postmortem", "the post-mortem; empty while there is none", func(i *ifsev.Incident) string { return i.Postmortem }),
		number("tasks_open", "how many tasks are not done", openTasks),
		text("parent", "the incident it is a part of, such as INC-7; empty while there is none", parent),
		texts("children", "the incidents that are parts of it", func(i *ifsev.Incident) []string { return relatedAs(i, ifsev.RelatedChild) }),
		{lang.Variable{Name: "acknowledged", Doc: "whether somebody has acknowledged it", Type: lang.Bool}, func(i *ifsev.Incident) any { return i.Acknowledged }},
	}
}

func statusValues() []string {
	var values []string
	for _, s := range ifsev.Statuses() {
		values = append(values, string(s))
	}
	return values
}

func relatedAs(i *ifsev.Incident, as string) []string {
	names := []string{}
	for _, r := range i.Related {
		if r.As == as {
			names = append(names, r.Incident)
		}
	}
	return names
}

// parent is the one that was named last.
func parent(i *ifsev.Incident) string {
	if all := relatedAs(i, ifsev.RelatedParent); len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

func openTasks(i *ifsev.Incident) int {
	n := 0
	for _, t := range i.Tasks {
		if !t.Done {
			n++
		}
	}
	return n
}

func peopleWords(w *World) []word {
	return []word{
		text("commander", "who commands; empty while nobody does", func(i *ifsev.Incident) string { return i.Roles[ifsev.RoleCommander] }),
		text("owner", "who owns it; empty while nobody does", func(i *ifsev.Incident) string { return i.Roles[ifsev.RoleOwner] }),
		texts("responders", "who works on it", func(i *ifsev.Incident) []string { return i.Responders }),
		rolesWord(w.Directory),
		texts("oncalls", "the rotations that were brought in", rotations),
		texts("subscribers", "who wants to be told", func(i *ifsev.Incident) []string { return i.Subscribers }),
	}
}

func rotations(i *ifsev.Incident) []string {
	names := make([]string, len(i.Oncalls))
	for n, o := range i.Oncalls {
		names[n] = o.Rotation
	}
	return names
}

func rolesWord(d *ifsev.Directory) word {
	names := roleNames(d)
	roles := make([]lang.Variable, len(names))
	for i, n := range names {
		roles[i] = lang.Variable{Name: n, Type: lang.String}
	}
	return word{
		lang.Variable{Name: "roles", Doc: "who holds which role; empty while nobody does", Type: lang.Map(roles...)},
		func(i *ifsev.Incident) any {
			held := make(map[string]any, len(names))
			for _, n := range names {
				held[n] = i.Roles[n]
			}
			return held
		},
	}
}

// roleNames lists the roles there are; commander and owner are always among them.
func roleNames(d *ifsev.Directory) []string {
	names := []string{ifsev.RoleCommander, ifsev.RoleOwner}
	if d == nil {
		return names
	}
	for _, r := range d.Roles {
		if !slices.Contains(names, r) {
			names = append(names, r)
		}
	}
	return names
}

func alertWords() []word {
	return []word{
		number("alerts", "how many alerts it has seen", func(i *ifsev.Incident) int { return len(i.Alerts) }),
		number("firing_alerts", "how many alerts have not resolved", (*ifsev.Incident).FiringAlerts),
	}
}

func timeWords() []word {
	return []word{
		instant("declared_at", "when it was declared", func(i *ifsev.Incident) time.Time { return i.DeclaredAt }),
		instant("acknowledged_at", "when it was acknowledged", func(i *ifsev.Incident) time.Time { return i.AcknowledgedAt }),
		instant("mitigated_at", "when it was mitigated", func(i *ifsev.Incident) time.Time { return i.MitigatedAt }),
		instant("closed_at", "when it was closed", func(i *ifsev.Incident) time.Time { return i.ClosedAt }),
		instant("reopened_at", "when it was last reopened", func(i *ifsev.Incident) time.Time { return i.ReopenedAt }),
		instant("severity_changed_at", "when its severity was last set", func(i *ifsev.Incident) time.Time { return i.SeverityChangedAt }),
		instant("last_update_at", "when a person last said or changed something", func(i *ifsev.Incident) time.Time { return i.LastUpdateAt }),
		instant("last_activity_at", "when a person, a source or a rule last did something to it", func(i *ifsev.Incident) time.Time { return i.LastActivityAt }),
		{lang.Variable{
			Name: "open_for", Doc: "how long it has been open since it was declared or last reopened; it stands still once it is over",
			Type: lang.Duration, Running: &lang.Running{Start: openSinceName, End: openUntilName},
		}, nil},
	}
}

func fieldsWord(w *World) word {
	fields := make([]lang.Variable, len(w.Fields))
	for i, f := range w.Fields {
		fields[i] = lang.Variable{Name: f.Name, Doc: f.Doc, Type: typeOf(f.Type), Values: f.Values, Optional: true}
	}
	return word{
		lang.Variable{Name: "fields", Doc: "the custom fields, as the configuration declares them", Type: lang.Map(fields...)},
		func(i *ifsev.Incident) any {
			values := make(map[string]any, len(w.Fields))
			for _, f := range w.Fields {
				if v, ok := i.Fields[f.Name]; ok && v != nil {
					values[f.Name] = typedValue(f.Type, v)
				}
			}
			return values
		},
	}
}

func plannedWord(w *World) word {
	return word{
		lang.Variable{Name: "planned", Doc: "whether its severity is configured as planned, such as a game day", Type: lang.Bool},
		func(i *ifsev.Incident) any { return w.Severities[i.Severity].Planned },
	}
}
