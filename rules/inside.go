package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

// The kinds of action that change the incident in the same decision as the firing.
const (
	kindSet           = "set"
	kindAddTags       = "add_tags"
	kindRemoveTags    = "remove_tags"
	kindAddOncall     = "add_oncall"
	kindAddResponders = "add_responders"
	kindAssign        = "assign"
	kindSubscribe     = "subscribe"
	kindNote          = "note"
	kindLink          = "link"
	kindAcknowledge   = "acknowledge"
	kindMitigate      = "mitigate"
	kindClose         = "close"
	kindReopen        = "reopen"
	kindAddTask       = "add_task"

	kindRemoveResponders = "remove_responders"
)

// InsideActions is the catalogue of the kinds that lead to nothing outside: those that change the incident itself, and
// wait.
func InsideActions() []ifsev.ActionSpec {
	reason := ifsev.FieldSpec{Name: "reason", Type: ifsev.TypeString, Doc: "Why, for the timeline."}
	specs := []ifsev.ActionSpec{
		setSpec(),
		{Kind: kindAddTags, Doc: "Puts tags on the incident.", Short: "tags", Example: "add_tags: [customer-facing]",
			Args: []ifsev.FieldSpec{{Name: "tags", Type: ifsev.TypeStrings, Required: true, Doc: "The tags."}}},
		{Kind: kindRemoveTags, Doc: "Takes tags off the incident.", Short: "tags", Example: "remove_tags: [triage]",
			Args: []ifsev.FieldSpec{{Name: "tags", Type: ifsev.TypeStrings, Required: true, Doc: "The tags."}}},
		{Kind: kindAddOncall, Doc: "Brings in whoever is on call in a rotation, as a responder.", Short: "rotation", Example: "add_oncall: database",
			Args: []ifsev.FieldSpec{{Name: "rotation", Type: ifsev.TypeString, Required: true, Names: ifsev.NamesRotation, Doc: "The rotation."}}},
		{Kind: kindAddResponders, Doc: "Adds responders.", Short: "people", Example: "add_responders: [alice]",
			Args: []ifsev.FieldSpec{{Name: "people", Type: ifsev.TypeStrings, Required: true, Names: ifsev.NamesPerson, Doc: "People, or rotations and roles that stand for one."}}},
		{Kind: kindRemoveResponders, Doc: "Takes responders off.", Short: "people", Example: "remove_responders: [alice]",
			Args: []ifsev.FieldSpec{{Name: "people", Type: ifsev.TypeStrings, Required: true, Names: ifsev.NamesPerson, Doc: "People, or rotations and roles that stand for one."}}},
		{Kind: kindAssign, Doc: "Gives somebody a role on the incident.", Example: "assign: {role: commander, to: imoc}",
			Args: []ifsev.FieldSpec{
				{Name: "role", Type: ifsev.TypeString, Required: true, Names: ifsev.NamesRole, Doc: "The role."},
				{Name: "to", Type: ifsev.TypeString, Required: true, Names: ifsev.NamesPerson, Doc: "A person, or a rotation or role that stands for one."},
			}},
		{Kind: kindSubscribe, Doc: "Subscribes people to the incident.", Short: "people", Example: "subscribe: [support-lead]",
			Args: []ifsev.FieldSpec{{Name: "people", Type: ifsev.TypeStrings, Required: true, Names: ifsev.NamesPerson, Doc: "People, or rotations and roles that stand for one."}}},
		{Kind: kindNote, Doc: "Writes a note in the timeline.", Short: "text", Example: `note: "Raised after ${open_for}"`,
			Args: []ifsev.FieldSpec{{Name: "text", Type: ifsev.TypeString, Required: true, Doc: "The note."}}},
		{Kind: kindLink, Doc: "Adds a link to the incident.", Short: "url", Example: "link: {url: https://runbooks.example.com/db, title: Runbook}",
			Args: []ifsev.FieldSpec{
				{Name: "url", Type: ifsev.TypeString, Required: true, Doc: "The address."},
				{Name: "title", Type: ifsev.TypeString, Doc: "What it is called."},
			}},
		{Kind: kindAcknowledge, Doc: "Acknowledges the incident in the name of the rule.", Example: "acknowledge"},
		{Kind: kindMitigate, Doc: "Sets the status to mitigated.", Short: "reason", Example: "mitigate: all alerts have resolved", Args: []ifsev.FieldSpec{reason}},
		{Kind: kindClose, Doc: "Closes the incident.", Short: "reason", Example: "close: no activity for a day", Args: []ifsev.FieldSpec{reason}},
		{Kind: kindReopen, Doc: "Opens the incident again.", Short: "reason", Example: "reopen: the alert is back", Args: []ifsev.FieldSpec{reason}},
		addTaskSpec(), declareSpec(), relateSpec(), waitSpec(),
	}
	for i := range specs {
		specs[i].Inside = true
	}
	return specs
}

func setSpec() ifsev.ActionSpec {
	text := func(name, doc string) ifsev.FieldSpec {
		return ifsev.FieldSpec{Name: name, Type: ifsev.TypeString, Doc: doc}
	}
	status := text("status", "The new status.")
	for _, s := range ifsev.Statuses() {
		status.Values = append(status.Values, string(s))
	}
	return ifsev.ActionSpec{
		Kind: kindSet, Doc: "Changes the incident's own fields; `fields.NAME` is a custom field of the configuration.",
		Example: `set: {severity: "${max(1, severity - 1)}"}`, Open: true,
		Args: []ifsev.FieldSpec{
			{Name: "severity", Type: ifsev.TypeInt, Doc: "1 (the worst) to 5."}, status,
			text("title", "The title."), text("description", "The description."), text("service", "The service concerned."),
			text("postmortem", "Where the post-mortem is."), text("reason", "Why the status changes, for the timeline."),
			{Name: "fields", Type: ifsev.TypeMap, Doc: "Custom fields by name."},
		},
	}
}

// change says what an inside step asks of the incident, from its rendered arguments.
func (w *World) change(kind string, args ifsev.Data, inc *ifsev.Incident, rule string, at time.Time) (*ifsev.Change, error) {
	c := &ifsev.Change{Reason: args.String("reason")}
	status := func(s ifsev.Status) { c.Status = &s }
	var err error
	switch kind {
	case kindSet:
		err = setFields(c, args)
	case kindAddTags:
		c.AddTags = args.Strings("tags")
	case kindRemoveTags:
		c.RemoveTags = args.Strings("tags")
	case kindNote:
		c.Note = args.String("text")
	case kindLink:
		c.Link = &ifsev.Link{URL: args.String("url"), Title: args.String("title")}
	case kindRelate:
		c.Relate = relation(args)
	case kindAcknowledge:
		c.Acknowledge = "rule " + rule
	case kindMitigate:
		status(ifsev.StatusMitigated)
	case kindClose:
		status(ifsev.StatusClosed)
	case kindReopen:
		status(ifsev.StatusOpen)
	default:
		err = w.changePeople(c, kind, args, inc, at)
	}
	return c, err
}

func (w *World) changePeople(c *ifsev.Change, kind string, args ifsev.Data, inc *ifsev.Incident, at time.Time) error {
	var err error
	switch kind {
	case kindAddOncall:
		rotation := args.String("rotation")
		var person string
		person, err = w.Directory.Resolve(rotation, nil, at)
		c.AddOncalls = []ifsev.Oncall{{Rotation: rotation, Person: person}}
	case kindAddResponders:
		c.AddResponders, err = w.resolve(args.Strings("people"), inc, at)
	case kindRemoveResponders:
		c.RemoveResponders, err = w.resolve(args.Strings("people"), inc, at)
	case kindAddTask:
		c.AddTask, err = w.task(args, inc, at)
	case kindSubscribe:
		c.AddSubscribers, err = w.resolve(args.Strings("people"), inc, at)
	case kindAssign:
		var people []string
		people, err = w.resolve([]string{args.String("to")}, inc, at)
		if err == nil {
			c.Roles = map[string]string{args.String("role"): people[0]}
		}
	default:
		err = fmt.Errorf("action %q cannot be done inside the incident", kind)
	}
	return err
}

func (w *World) task(args ifsev.Data, inc *ifsev.Incident, at time.Time) (*ifsev.Task, error) {
	task := &ifsev.Task{Text: args.String("text")}
	if who := args.String("assignee"); who != "" {
		people, err := w.resolve([]string{who}, inc, at)
		if err != nil {
			return nil, err
		}
		task.Assignee = people[0]
	}
	return task, nil
}

func (w *World) resolve(targets []string, inc *ifsev.Incident, at time.Time) ([]string, error) {
	people := make([]string, 0, len(targets))
	for _, t := range targets {
		person, err := w.Directory.Resolve(t, inc.Roles, at)
		if err != nil {
			return nil, err
		}
		people = append(people, person)
	}
	return people, nil
}

func setFields(c *ifsev.Change, args ifsev.Data) error {
	for name, v := range args {
		text, isText := v.(string)
		switch name {
		case "title", "description", "service", "postmortem":
			c.SetText(name, text)
		case "status":
			s := ifsev.Status(text)
			c.Status = &s
		case "severity":
			n, ok := v.(int)
			if !ok {
				return fmt.Errorf("severity must be a number from 1 (the worst) to 5, not %v", v)
			}
			s := ifsev.Severity(n)
			c.Severity, isText = &s, true
		case "reason":
		case "fields":
			m, ok := v.(map[string]any)
			if !ok {
				return fmt.Errorf("fields must be a map of names to values, not %v", v)
			}
			for k, v := range m {
				setField(c, k, v)
			}
			isText = true
		default:
			setField(c, strings.TrimPrefix(name, "fields."), v)
			isText = true
		}
		if !isText {
			return fmt.Errorf("%s must be a text, not %v", name, v)
		}
	}
	return nil
}

func setField(c *ifsev.Change, name string, v any) {
	if c.Fields == nil {
		c.Fields = ifsev.Data{}
	}
	c.Fields[name] = v
}
