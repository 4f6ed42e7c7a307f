package rules

import (
	"slices"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// What changes and alerts put into events is what rules are told there is: no field is missing from the table.
func TestEventFieldsCoverWhatEventsHold(t *testing.T) {
	t.Parallel()
	text, severity, status := "x", ifsev.Severity(1), ifsev.StatusClosed
	inc := testIncident()
	changes := map[string]struct {
		inc    *ifsev.Incident
		change ifsev.Change
	}{
		"declare": {&ifsev.Incident{}, ifsev.Change{Declare: &ifsev.Declaration{
			Title: "x", Description: "x", Severity: 1, Tags: []string{"a"}, Key: "k", Source: "s", Service: "s", Commander: "alice",
			Fields: ifsev.Data{"a": 1}, Subscribers: []string{"alice"},
		}}},
		"everything": {inc, ifsev.Change{
			Title: &text, Severity: &severity, Status: &status, Fields: ifsev.Data{"region": "us"}, Roles: map[string]string{"owner": "bob"},
			AddTags: []string{"new"}, RemoveTags: []string{"eu"}, AddResponders: []string{"bob"}, RemoveResponders: []string{"alice"},
			AddSubscribers: []string{"bob"}, AddOncalls: []ifsev.Oncall{{Rotation: "secondary", Person: "bob"}}, Acknowledge: "bob",
			Note: "x", Link: &ifsev.Link{URL: "https://x", Title: "x"}, AddTask: &ifsev.Task{Text: "x", Assignee: "bob"}, Reason: "x",
		}},
	}
	for name, c := range changes {
		events, err := c.change.Events(c.inc)
		if err != nil || len(events) == 0 {
			t.Fatalf("%s: %d events, %v", name, len(events), err)
		}
		for _, ev := range events {
			checkFields(t, ev)
		}
	}
	alert := ifsev.Alert{
		Fingerprint: "f", Source: "s", Title: "t", Status: ifsev.AlertIsFiring, Description: "d", Service: "s", URL: "u", Severity: 2,
		Labels: map[string]string{"a": "b"}, StartsAt: monday, EndsAt: monday, TTL: time.Hour,
	}
	checkFields(t, alert.Event())
}

func checkFields(t *testing.T, ev ifsev.Event) {
	t.Helper()
	fields := eventFields(ev.Type)
	for name := range ev.Data {
		known := slices.ContainsFunc(fields, func(f ifsev.FieldSpec) bool { return f.Name == name })
		if !known && name != "by" {
			t.Errorf("%s has %q, which rules do not know", ev.Type, name)
		}
	}
	value := eventValue(&ev)
	for _, f := range fields {
		if stored, ok := ev.Data[f.Name]; ok && stored != nil && value[f.Name] == nil {
			t.Errorf("%s.%s is %v, which is lost on the way to the rule", ev.Type, f.Name, stored)
		}
	}
}

// Each expression is right in a rule for these event types.
func TestEventVariables(t *testing.T) {
	t.Parallel()
	severity := ifsev.Event{ID: "e1", Type: ifsev.SeverityChanged, At: monday, Actor: ifsev.Actor{Kind: ifsev.PersonActor, Name: "alice"}, Data: ifsev.Data{"from": 3, "to": ifsev.Severity(1)}}
	closed := ifsev.Event{ID: "e2", Type: ifsev.Closed, At: monday, Actor: ifsev.Actor{Kind: ifsev.RuleActor, Name: "quiet"}, Data: ifsev.Data{"from": "open", "to": "closed"}}
	acked := ifsev.Event{Type: ifsev.Acknowledged, Actor: ifsev.Actor{Kind: ifsev.RuleActor, Name: "r"}, Data: ifsev.Data{"by": "bob"}}
	alert := ifsev.Event{Type: ifsev.AlertFiring, Data: ifsev.Data{
		"title": "t", "severity": 2, "status": "firing", "labels": map[string]string{"alertname": "Slow"}, "starts_at": "2026-01-05T08:00:00Z",
	}}
	tagged := ifsev.Event{Type: ifsev.Tagged, Data: ifsev.Data{"tags": []any{"a", "b"}}}
	for _, c := range []struct {
		types []ifsev.EventType
		event ifsev.Event
		src   string
	}{
		{[]ifsev.EventType{ifsev.SeverityChanged}, severity, `event.from > event.to and event.to == 1 and event.by == "alice"`},
		{[]ifsev.EventType{ifsev.SeverityChanged}, severity, `event.type == "severity_changed" and event.actor.kind == "person" and event.actor.name == "alice" and event.id == "e1"`},
		{[]ifsev.EventType{ifsev.SeverityChanged}, severity, `event.at == declared_at`},
		{[]ifsev.EventType{ifsev.StatusChanged}, closed, `event.to == "closed" and event.reason == nil`},
		{[]ifsev.EventType{ifsev.SeverityChanged, ifsev.StatusChanged}, closed, `event.to == "closed"`},
		{[]ifsev.EventType{ifsev.SeverityChanged, ifsev.StatusChanged}, severity, `event.to == 1`},
		{[]ifsev.EventType{ifsev.Acknowledged}, acked, `event.by == "bob"`},
		{[]ifsev.EventType{ifsev.AlertFiring}, alert, `event.labels.alertname == "Slow" and event.severity == 2 and event.status == "firing" and since(event.starts_at) > 30m`},
		{[]ifsev.EventType{ifsev.Tagged}, tagged, `"b" in event.tags`},
		{[]ifsev.EventType{ifsev.Tagged, ifsev.AlertFiring}, tagged, `event.title == nil`},
	} {
		w := testWorld()
		v := newVocabulary(&w)
		scope, err := v.scope(nil, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		condition, err := scope.With(eventVariable(c.types)).Condition(c.src)
		if err != nil {
			t.Errorf("%v: %s: %v", c.types, c.src, err)
			continue
		}
		outcome, err := condition.Eval(v.eventEnv(v.env(testIncident()), &c.event), monday)
		if err != nil || !outcome.Value {
			t.Errorf("%v: %s is %v, %v", c.types, c.src, outcome.Value, err)
		}
	}
}

// What no event of the rule's types has is refused when it is loaded.
func TestEventVariablesAreTyped(t *testing.T) {
	t.Parallel()
	for src, types := range map[string][]ifsev.EventType{
		`event.to == 1`:            {ifsev.Closed},
		`event.to == "closd"`:      {ifsev.Closed},
		`event.to == "open"`:       {ifsev.SeverityChanged},
		`event.tags == nil`:        {ifsev.Noted},
		`event.type == "severity"`: {ifsev.Noted},
		`event.actor.kind == "me"`: {ifsev.Noted},
	} {
		w := testWorld()
		scope, err := newVocabulary(&w).scope(nil, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := scope.With(eventVariable(types)).Condition(src); err == nil {
			t.Errorf("%v: %s is taken", types, src)
		}
	}
}

func TestEveryEventTypeMakesAVariable(t *testing.T) {
	t.Parallel()
	for _, et := range ifsev.EventTypes() {
		v := eventVariable([]ifsev.EventType{et})
		if v.Name != eventName || v.Type == lang.Type(lang.Any) {
			t.Errorf("%s: %+v", et, v)
		}
	}
	if v := eventVariable(ifsev.EventTypes()); v.Type == nil {
		t.Error("all event types together make no variable")
	}
}
