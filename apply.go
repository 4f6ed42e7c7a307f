package ifsev

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Apply answers the incident after the event. It is the only way an incident changes, it changes nothing it was given,
// and the same incident and event always give the same answer. An event that does not fit (a second declaration, or
// any other before the first) is an error.
func Apply(inc Incident, ev Event) (Incident, error) {
	if (ev.Type == Declared) == inc.Exists() {
		return inc, fmt.Errorf("event %s (%s) does not fit an incident with status %q", ev.ID, ev.Type, inc.Status)
	}
	next := inc
	if err := apply(&next, &ev); err != nil {
		return inc, err
	}
	next.Version = ev.Seq
	remember(&inc, &next)
	touch(&next, &ev)
	return next, nil
}

// touch moves the times that say when something last happened.
func touch(inc *Incident, ev *Event) {
	inc.UpdatedAt = ev.At
	switch ev.Type {
	case Delivered, ActionFailed, RuleFired, PlanCancelled, WindowFilled, HeldBack:
		// A rule that waits for silence must not begin to wait anew because it was cancelled.
		return
	}
	if ev.Again() {
		return // nor because what is known was said once more
	}
	inc.LastActivityAt = ev.At
	if ev.Actor.Kind == PersonActor || ev.Type == Declared {
		inc.LastUpdateAt = ev.At
	}
}

func apply(inc *Incident, ev *Event) error {
	d := ev.Data
	switch ev.Type {
	case Declared:
		declare(inc, ev)
	case Updated:
		return update(inc, d)
	case SeverityChanged:
		inc.Severity, inc.SeverityChangedAt = Severity(d.Int("to")), ev.At
	case StatusChanged, Mitigated, Closed, Reopened:
		changeStatus(inc, ev)
	case Acknowledged:
		inc.Acknowledged, inc.AcknowledgedBy, inc.AcknowledgedAt = true, d.String("by"), ev.At
	case Tagged:
		inc.Tags = with(inc.Tags, d.Strings("tags")...)
	case Untagged:
		inc.Tags = without(inc.Tags, d.Strings("tags"))
	case AlertFiring, AlertResolved:
		inc.Alerts = alertSeen(inc.Alerts, ev)
	case Linked:
		inc.Links = append(slices.Clip(inc.Links), Link{URL: d.String("url"), Title: d.String("title")})
	case TaskAdded:
		inc.Tasks = append(slices.Clip(inc.Tasks), Task{ID: d.String("task"), Text: d.String("text"), Assignee: d.String("assignee")})
	case Related:
		inc.Related = append(slices.Clip(inc.Related), Relation{Incident: d.String("incident"), As: d.String("as")})
	case TaskDone:
		inc.Tasks = taskDone(inc.Tasks, d.String("task"), ev.At)
	default:
		return applyPeople(inc, ev)
	}
	return nil
}

func applyPeople(inc *Incident, ev *Event) error {
	d := ev.Data
	switch ev.Type {
	case ResponderAdded:
		inc.Responders = with(inc.Responders, d.String("person"))
	case ResponderRemoved:
		inc.Responders = without(inc.Responders, []string{d.String("person")})
	case Subscribed:
		inc.Subscribers = with(inc.Subscribers, d.String("person"))
	case OncallAdded:
		inc.Oncalls = append(slices.Clip(inc.Oncalls), Oncall{Rotation: d.String("rotation"), Person: d.String("person"), At: ev.At})
		if p := d.String("person"); p != "" {
			inc.Responders = with(inc.Responders, p)
		}
	case RoleAssigned:
		inc.Roles = maps.Clone(inc.Roles)
		if to := d.String("to"); to != "" {
			inc.Roles[d.String("role")] = to
		} else {
			delete(inc.Roles, d.String("role"))
		}
	case Noted, Delivered, ActionFailed, RuleFired, PlanCancelled, WindowFilled, HeldBack: // told in the timeline alone
	default:
		return fmt.Errorf("unknown event type %q", ev.Type)
	}
	return nil
}

func declare(inc *Incident, ev *Event) {
	d := ev.Data
	*inc = Incident{
		ID: inc.ID, Number: inc.Number,
		Key: d.String("key"), Title: d.String("title"), Description: d.String("description"),
		Severity: Severity(d.Int("severity")), Status: StatusOpen, Tags: with(d.Strings("tags")),
		Source: d.String("source"), Service: d.String("service"),
		Fields: Data{}, Roles: map[string]string{}, Responders: []string{}, Oncalls: []Oncall{},
		Subscribers: with(d.Strings("subscribers")), Alerts: []AlertState{}, Links: []Link{}, Tasks: []Task{}, Related: []Relation{},
		DeclaredAt: ev.At, SeverityChangedAt: ev.At, Episode: 1,
	}
	if fields, ok := d["fields"].(map[string]any); ok {
		inc.Fields = maps.Clone(fields)
	}
	if who := d.String("commander"); who != "" {
		inc.Roles[RoleCommander] = who
	}
}

func update(inc *Incident, d Data) error {
	name, to := d.String("field"), d.String("to")
	switch name {
	case "title":
		inc.Title = to
	case "description":
		inc.Description = to
	case "service":
		inc.Service = to
	case "postmortem":
		inc.Postmortem = to
	default:
		field, ok := strings.CutPrefix(name, "fields.")
		if !ok {
			return fmt.Errorf("unknown field %q", name)
		}
		inc.Fields = maps.Clone(inc.Fields)
		if inc.Fields == nil {
			inc.Fields = Data{}
		}
		if d["to"] == nil {
			delete(inc.Fields, field)
		} else {
			inc.Fields[field] = d["to"]
		}
	}
	return nil
}

func changeStatus(inc *Incident, ev *Event) {
	to := Status(ev.Data.String("to"))
	inc.Status = to
	switch ev.Type {
	case Mitigated:
		inc.MitigatedAt = ev.At
	case Reopened:
		inc.ReopenedAt, inc.ClosedAt, inc.MitigatedAt = ev.At, time.Time{}, time.Time{}
		inc.Acknowledged, inc.AcknowledgedBy, inc.AcknowledgedAt = false, "", time.Time{}
		inc.Episode++
	case StatusChanged:
		if to == StatusOpen {
			inc.MitigatedAt = time.Time{}
		}
	}
	if !to.Active() {
		inc.ClosedAt = ev.At
	}
}

func taskDone(tasks []Task, id string, at time.Time) []Task {
	out := slices.Clone(tasks)
	for i := range out {
		if out[i].ID == id {
			out[i].Done, out[i].DoneAt = true, at
		}
	}
	return out
}
