package ifsev

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Declaration is what it takes to open an incident.
type Declaration struct {
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Severity    Severity `json:"severity,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Key         string   `json:"key,omitempty"`
	Source      string   `json:"source,omitempty"`
	Service     string   `json:"service,omitempty"`
	Fields      Data     `json:"fields,omitempty"`
	Commander   string   `json:"commander,omitempty"`
	Subscribers []string `json:"subscribers,omitempty"`
	// Related are other incidents it has to do with from the beginning; where an incident with the key is active
	// already, they are added to that.
	Related []Relation `json:"related,omitempty"`
}

// Change is what somebody, or a rule, asks of an incident. Only what is set is changed; what is already so makes no
// event.
type Change struct {
	Declare *Declaration `json:"-"`

	Title       *string   `json:"title,omitempty"`
	Description *string   `json:"description,omitempty"`
	Severity    *Severity `json:"severity,omitempty"`
	Status      *Status   `json:"status,omitempty"`
	Service     *string   `json:"service,omitempty"`
	Postmortem  *string   `json:"postmortem,omitempty"`
	// Fields are merged: null takes a field away.
	Fields Data `json:"fields,omitempty"`
	// Roles are merged: an empty name takes the holder away.
	Roles            map[string]string `json:"roles,omitempty"`
	AddTags          []string          `json:"add_tags,omitempty"`
	RemoveTags       []string          `json:"remove_tags,omitempty"`
	AddResponders    []string          `json:"add_responders,omitempty"`
	RemoveResponders []string          `json:"remove_responders,omitempty"`
	AddSubscribers   []string          `json:"add_subscribers,omitempty"`
	AddOncalls       []Oncall          `json:"-"`
	Acknowledge      string            `json:"-"` // by whom
	Note             string            `json:"-"`
	Link             *Link             `json:"-"`
	AddTask          *Task             `json:"-"`
	// Relate says what other incidents are to this one; they are told.
	Relate []Relation `json:"relate,omitempty"`
	// Mirrored means that Relate is what another incident told.
	Mirrored bool   `json:"-"`
	TaskDone string `json:"-"` // its ID
	// CancelPlan is a rule whose pending firing, and unfinished ones, are cancelled; rules decide it, who alone know what
	// is pending, and nothing else of the Change is looked at then.
	CancelPlan string `json:"-"`
	Reason     string `json:"reason,omitempty"`
}

// SetText asks for one of the incident's own texts: title, description, service or postmortem; any other name is left
// alone.
func (c *Change) SetText(name, text string) {
	switch name {
	case "title":
		c.Title = &text
	case "description":
		c.Description = &text
	case "service":
		c.Service = &text
	case "postmortem":
		c.Postmortem = &text
	}
}

// Limits of what an incident holds; larger input is refused with the limit in the error.
const (
	MaxTitle       = 300    // runes
	MaxText        = 20_000 // runes of a description, note or reason
	MaxTags        = 100
	MaxTagLength   = 100 // runes
	MaxPeople      = 200 // responders, subscribers
	MaxAlerts      = 200 // remembered in one incident
	MaxFieldsBytes = 64 << 10
	MaxKeyLength   = 500 // bytes
	MaxRelated     = 500 // incidents
)

// ErrChange is wrapped by every refusal of a change; the text says what to do.
var ErrChange = errors.New("the change is refused")

// Refusal is the refusal of a change that is about one part of it. It wraps ErrChange.
type Refusal struct {
	// Part is the name of what is refused: a field of Declaration or Change as people call it, such as title, people
	// or task.
	Part string
	// Text says why, and what to do.
	Text string
}

// Error implements error.
func (r *Refusal) Error() string { return ErrChange.Error() + ": " + r.Text }

// Unwrap makes it an ErrChange.
func (r *Refusal) Unwrap() error { return ErrChange }

func refuse(part, format string, args ...any) error {
	return &Refusal{Part: part, Text: fmt.Sprintf(format, args...)}
}

// fact is an event before it has a place in a timeline.
type fact struct {
	kind EventType
	data Data
}

// Events says what would happen to the incident if the change were made now: the events still without seq, ID, time
// and actor. It answers none where everything is already so, and an error that wraps ErrChange where it cannot be.
func (c *Change) Events(inc *Incident) ([]Event, error) {
	if c.Declare != nil {
		return c.Declare.events(inc)
	}
	if !inc.Exists() {
		return nil, refuse("", "there is no such incident")
	}
	var facts []fact
	for _, plan := range []func(*Incident) ([]fact, error){
		c.texts, c.severity, c.fields, c.people, c.tags, c.talk, c.tasks, c.relations, c.status,
	} {
		more, err := plan(inc)
		if err != nil {
			return nil, err
		}
		facts = append(facts, more...)
	}
	return events(facts), nil
}

func events(facts []fact) []Event {
	out := make([]Event, len(facts))
	for i, f := range facts {
		out[i] = Event{Type: f.kind, Data: f.data}
	}
	return out
}

func (d *Declaration) events(inc *Incident) ([]Event, error) {
	if inc.Exists() {
		facts, err := relate(inc, d.Related, false)
		return events(facts), err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	severity := d.Severity
	if severity == 0 {
		severity = 3
	}
	data := Data{"title": d.Title, "severity": int(severity), "tags": CleanTags(d.Tags)}
	for name, text := range map[string]string{
		"description": d.Description, "key": d.Key, "source": d.Source, "service": d.Service, "commander": d.Commander,
	} {
		if text != "" {
			data[name] = text
		}
	}
	if len(d.Fields) > 0 {
		data["fields"] = map[string]any(d.Fields)
	}
	if len(d.Subscribers) > 0 {
		data["subscribers"] = d.Subscribers
	}
	related, err := relate(&Incident{Number: inc.Number}, d.Related, false)
	return append([]Event{{Type: Declared, Data: data}}, events(related)...), err
}

func (d *Declaration) check() error {
	switch {
	case strings.TrimSpace(d.Title) == "":
		return refuse("title", "title is required: say in one line what is wrong")
	case d.Severity != 0 && !d.Severity.Valid():
		return refuse("severity", "severity must be 1 (the worst) to 5, not %d", d.Severity)
	case len(d.Key) > MaxKeyLength:
		return refuse("key", "key is longer than %d bytes", MaxKeyLength)
	case len(d.Subscribers) > MaxPeople:
		return refuse("people", "more than %d subscribers", MaxPeople)
	}
	return errors.Join(checkLength("title", d.Title, MaxTitle), checkLength("description", d.Description, MaxText), checkTags(d.Tags))
}

func checkLength(what, text string, limit int) error {
	if len(text) > limit && len([]rune(text)) > limit {
		return refuse(what, "%s is longer than %d characters", what, limit)
	}
	return nil
}

func checkTags(tags []string) error {
	if len(tags) > MaxTags {
		return refuse("tag", "more than %d tags", MaxTags)
	}
	for _, t := range tags {
		if err := checkLength("tag", t, MaxTagLength); err != nil {
			return err
		}
	}
	return nil
}

// CleanTags answers the tags without blanks around them, empty ones and repetitions, in their order; never nil.
func CleanTags(tags []string) []string {
	out := []string{}
	for _, t := range tags {
		if t = strings.TrimSpace(t); t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func (c *Change) texts(inc *Incident) ([]fact, error) {
	var facts []fact
	for _, f := range []struct {
		name  string
		to    *string
		from  string
		limit int
	}{
		{"title", c.Title, inc.Title, MaxTitle}, {"description", c.Description, inc.Description, MaxText},
		{"service", c.Service, inc.Service, MaxTitle}, {"postmortem", c.Postmortem, inc.Postmortem, MaxText},
	} {
		if f.to == nil || *f.to == f.from {
			continue
		}
		if f.name == "title" && strings.TrimSpace(*f.to) == "" {
			return nil, refuse("title", "title cannot be empty")
		}
		if err := checkLength(f.name, *f.to, f.limit); err != nil {
			return nil, err
		}
		facts = append(facts, fact{Updated, Data{"field": f.name, "from": f.from, "to": *f.to}})
	}
	return facts, nil
}

func (c *Change) severity(inc *Incident) ([]fact, error) {
	if c.Severity == nil || *c.Severity == inc.Severity {
		return nil, nil
	}
	if !c.Severity.Valid() {
		return nil, refuse("severity", "severity must be 1 (the worst) to 5, not %d", *c.Severity)
	}
	return []fact{{SeverityChanged, Data{"from": int(inc.Severity), "to": int(*c.Severity)}}}, nil
}

func (c *Change) fields(inc *Incident) ([]fact, error) {
	var facts []fact
	for _, name := range sortedKeys(c.Fields) {
		to, from := c.Fields[name], inc.Fields[name]
		if sameValue(from, to) {
			continue
		}
		facts = append(facts, fact{Updated, Data{"field": "fields." + name, "from": from, "to": to}})
	}
	return facts, nil
}

func (c *Change) people(inc *Incident) ([]fact, error) {
	var facts []fact
	for _, o := range c.AddOncalls {
		if !inc.OncallAdded(o.Rotation) {
			facts = append(facts, fact{OncallAdded, Data{"rotation": o.Rotation, "person": o.Person}})
		}
	}
	add := func(kind EventType, names, have []string, want bool) {
		for _, n := range CleanTags(names) {
			if slices.Contains(have, n) != want {
				facts = append(facts, fact{kind, Data{"person": n}})
			}
		}
	}
	add(ResponderAdded, c.AddResponders, inc.Responders, true)
	add(ResponderRemoved, c.RemoveResponders, inc.Responders, false)
	add(Subscribed, c.AddSubscribers, inc.Subscribers, true)
	for _, role := range sortedKeys(c.Roles) {
		if to, from := c.Roles[role], inc.Roles[role]; to != from {
			facts = append(facts, fact{RoleAssigned, Data{"role": role, "from": from, "to": to}})
		}
	}
	if len(inc.Responders)+len(c.AddResponders) > MaxPeople || len(inc.Subscribers)+len(c.AddSubscribers) > MaxPeople {
		return nil, refuse("people", "more than %d people on one incident", MaxPeople)
	}
	return facts, nil
}

func (c *Change) tags(inc *Incident) ([]fact, error) {
	if err := checkTags(append(slices.Clone(inc.Tags), c.AddTags...)); err != nil {
		return nil, err
	}
	var added, removed []string
	for _, t := range CleanTags(c.AddTags) {
		if !slices.Contains(inc.Tags, t) {
			added = append(added, t)
		}
	}
	for _, t := range CleanTags(c.RemoveTags) {
		if slices.Contains(inc.Tags, t) {
			removed = append(removed, t)
		}
	}
	var facts []fact
	if len(added) > 0 {
		facts = append(facts, fact{Tagged, Data{"tags": added}})
	}
	if len(removed) > 0 {
		facts = append(facts, fact{Untagged, Data{"tags": removed}})
	}
	return facts, nil
}

func (c *Change) talk(inc *Incident) ([]fact, error) {
	if err := checkLength("note", c.Note, MaxText); err != nil {
		return nil, err
	}
	var facts []fact
	if c.Acknowledge != "" && !inc.Acknowledged {
		facts = append(facts, fact{Acknowledged, Data{"by": c.Acknowledge}})
	}
	if c.Note != "" {
		facts = append(facts, fact{Noted, Data{"text": c.Note}})
	}
	if c.Link != nil && !slices.Contains(inc.Links, *c.Link) {
		facts = append(facts, fact{Linked, Data{"url": c.Link.URL, "title": c.Link.Title}})
	}
	return facts, nil
}

func (c *Change) tasks(inc *Incident) ([]fact, error) {
	var facts []fact
	if t := c.AddTask; t != nil {
		if strings.TrimSpace(t.Text) == "" {
			return nil, refuse("task", "text of the task is required")
		}
		id := t.ID
		if id == "" {
			id = fmt.Sprintf("T%d", len(inc.Tasks)+1)
		}
		facts = append(facts, fact{TaskAdded, Data{"task": id, "text": t.Text, "assignee": t.Assignee}})
	}
	if c.TaskDone != "" {
		i := slices.IndexFunc(inc.Tasks, func(t Task) bool { return t.ID == c.TaskDone })
		if i < 0 {
			return nil, refuse("done", "there is no task %s on %s", c.TaskDone, inc.Name())
		}
		if !inc.Tasks[i].Done {
			facts = append(facts, fact{TaskDone, Data{"task": c.TaskDone}})
		}
	}
	return facts, nil
}

func (c *Change) relations(inc *Incident) ([]fact, error) {
	return relate(inc, c.Relate, c.Mirrored)
}

// relate says what is new in the relations.
func relate(inc *Incident, relations []Relation, mirrored bool) ([]fact, error) {
	var facts []fact
	known := slices.Clone(inc.Related)
	for _, r := range relations {
		number, ok := NumberOf(r.Incident)
		name := (&Incident{Number: number}).Name()
		switch {
		case !ok:
			return nil, refuse("related", "%q is no incident: write its name, such as INC-42", r.Incident)
		case number == inc.Number:
			return nil, refuse("related", "%s cannot be related to itself", name)
		case !slices.Contains(RelatedAs(), r.As):
			return nil, refuse("related", "an incident is parent, child or related to another, not %q", r.As)
		case slices.Contains(known, Relation{name, r.As}):
			continue
		case len(known) >= MaxRelated:
			return nil, refuse("related", "more than %d related incidents", MaxRelated)
		}
		known = append(known, Relation{name, r.As})
		data := Data{"incident": name, "as": r.As}
		if mirrored {
			data["mirrored"] = true
		}
		facts = append(facts, fact{Related, data})
	}
	return facts, nil
}

// status comes last: closing is the end of what else was asked.
func (c *Change) status(inc *Incident) ([]fact, error) {
	if c.Status == nil || *c.Status == inc.Status {
		return nil, nil
	}
	kind := StatusChanged
	switch to := *c.Status; {
	case !slices.Contains(Statuses(), to):
		return nil, refuse("status", "status must be open, mitigated, closed or invalid, not %q", to)
	case to == StatusMitigated && !inc.Status.Active():
		return nil, refuse("status", "%s is %s: reopen it before it can be mitigated", inc.Name(), inc.Status)
	case to == StatusOpen && !inc.Status.Active():
		kind = Reopened
	case to == StatusMitigated:
		kind = Mitigated
	case to == StatusClosed:
		kind = Closed
	}
	data := Data{"from": string(inc.Status), "to": string(*c.Status)}
	if c.Reason != "" {
		data["reason"] = c.Reason
	}
	return []fact{{kind, data}}, checkLength("reason", c.Reason, MaxText)
}
