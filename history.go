package ifsev

import (
	"strings"
	"time"
)

// ChangeOf makes of events that came from one request what was asked for then, so that it can be decided again: the
// same change of the same incident makes the same events. Events of alerts are AlertOf's.
func ChangeOf(events []Event) Change {
	var c Change
	for i := range events {
		ev := &events[i]
		switch ev.Type {
		case Declared:
			c.Declare = declarationOf(ev.Data)
		case PlanCancelled:
			c.CancelPlan = ev.Data.String("rule")
		case Updated:
			c.again(ev.Data)
		default:
			c.againPeople(ev)
		}
	}
	return c
}

func declarationOf(d Data) *Declaration {
	fields, _ := d["fields"].(map[string]any)
	return &Declaration{
		Title: d.String("title"), Description: d.String("description"), Severity: Severity(d.Int("severity")), Tags: d.Strings("tags"),
		Key: d.String("key"), Source: d.String("source"), Service: d.String("service"), Fields: fields,
		Commander: d.String("commander"), Subscribers: d.Strings("subscribers"),
	}
}

// again asks for what an Updated event did.
func (c *Change) again(d Data) {
	to := d.String("to")
	switch name := d.String("field"); name {
	case "title", "description", "service", "postmortem":
		c.SetText(name, to)
	default:
		if c.Fields == nil {
			c.Fields = Data{}
		}
		c.Fields[strings.TrimPrefix(name, "fields.")] = d["to"]
	}
}

func (c *Change) againPeople(ev *Event) {
	d := ev.Data
	switch ev.Type {
	case Tagged:
		c.AddTags = append(c.AddTags, d.Strings("tags")...)
	case Untagged:
		c.RemoveTags = append(c.RemoveTags, d.Strings("tags")...)
	case ResponderAdded:
		c.AddResponders = append(c.AddResponders, d.String("person"))
	case ResponderRemoved:
		c.RemoveResponders = append(c.RemoveResponders, d.String("person"))
	case Subscribed:
		c.AddSubscribers = append(c.AddSubscribers, d.String("person"))
	case OncallAdded:
		c.AddOncalls = append(c.AddOncalls, Oncall{Rotation: d.String("rotation"), Person: d.String("person")})
	case RoleAssigned:
		if c.Roles == nil {
			c.Roles = map[string]string{}
		}
		c.Roles[d.String("role")] = d.String("to")
	default:
		c.againRest(ev)
	}
}

func (c *Change) againRest(ev *Event) {
	d := ev.Data
	switch ev.Type {
	case SeverityChanged:
		severity := Severity(d.Int("to"))
		c.Severity = &severity
	case StatusChanged, Mitigated, Closed, Reopened:
		status := Status(d.String("to"))
		c.Status, c.Reason = &status, d.String("reason")
	case Acknowledged:
		c.Acknowledge = d.String("by")
	case Noted:
		c.Note = d.String("text")
	case Linked:
		c.Link = &Link{URL: d.String("url"), Title: d.String("title")}
	case TaskAdded:
		c.AddTask = &Task{ID: d.String("task"), Text: d.String("text"), Assignee: d.String("assignee")}
	case TaskDone:
		c.TaskDone = d.String("task")
	case Related:
		r := Relation{Incident: d.String("incident"), As: d.String("as")}
		if c.Declare != nil {
			c.Declare.Related = append(c.Declare.Related, r)
			return
		}
		mirrored, _ := d["mirrored"].(bool)
		c.Relate, c.Mirrored = append(c.Relate, r), mirrored
	}
}

// AlertOf makes the alert again that was reported when these events were recorded: the event of an alert, and before
// it that of its declaration if it opened the incident. Nil if no alert is among them.
func AlertOf(events []Event) *Alert {
	var opened *Declaration
	for i := range events {
		ev := &events[i]
		switch ev.Type {
		case Declared:
			opened = declarationOf(ev.Data)
		case AlertFiring, AlertResolved:
			return alertOf(ev.Data, opened)
		}
	}
	return nil
}

func alertOf(d Data, opened *Declaration) *Alert {
	a := &Alert{
		Source: d.String("source"), Fingerprint: d.String("fingerprint"), Status: AlertStatus(d.String("status")),
		Title: d.String("title"), Description: d.String("description"), Severity: Severity(d.Int("severity")),
		Service: d.String("service"), Labels: labels(d), URL: d.String("url"), StartsAt: timeOf(d, "starts_at"), EndsAt: timeOf(d, "ends_at"),
	}
	a.TTL = ttlOf(d)
	if opened != nil {
		a.Key, a.Tags, a.Fields = opened.Key, opened.Tags, opened.Fields
	}
	return a
}

func ttlOf(d Data) time.Duration {
	ttl, err := ParseDuration(d.String("ttl"))
	if err != nil {
		return 0 // it has none
	}
	return ttl
}
