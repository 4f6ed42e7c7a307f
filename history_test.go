package ifsev_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
)

func drawSome[T any](t *rapid.T, name string, of ...T) *T {
	if !rapid.Bool().Draw(t, name+"?") {
		return nil
	}
	v := rapid.SampledFrom(of).Draw(t, name)
	return &v
}

func drawList(t *rapid.T, name string) []string {
	return rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 2).Draw(t, name)
}

func drawChange(t *rapid.T) ifsev.Change {
	c := ifsev.Change{
		Title: drawSome(t, "title", "x", "y"), Description: drawSome(t, "description", "", "d"), Service: drawSome(t, "service", "", "s"),
		Postmortem: drawSome(t, "postmortem", "", "p"), Severity: drawSome(t, "severity", ifsev.Severity(1), 2, 3),
		Status:  drawSome(t, "status", ifsev.StatusOpen, ifsev.StatusMitigated, ifsev.StatusClosed, ifsev.StatusInvalid),
		AddTags: drawList(t, "tags"), RemoveTags: drawList(t, "removed"), AddResponders: drawList(t, "responders"),
		RemoveResponders: drawList(t, "gone"), AddSubscribers: drawList(t, "subscribers"), Reason: rapid.SampledFrom([]string{"", "why"}).Draw(t, "reason"),
		Acknowledge: rapid.SampledFrom([]string{"", "alice"}).Draw(t, "ack"), Note: rapid.SampledFrom([]string{"", "n"}).Draw(t, "note"),
		Link: drawSome(t, "link", ifsev.Link{URL: "u", Title: "t"}, ifsev.Link{URL: "v"}),
	}
	if to := drawSome(t, "field", any("eu"), 7, nil, true); to != nil {
		c.Fields = ifsev.Data{"f": *to}
	}
	if who := drawSome(t, "role", "", "alice"); who != nil {
		c.Roles = map[string]string{"commander": *who}
	}
	if text := drawSome(t, "task", "look"); text != nil {
		c.AddTask = &ifsev.Task{Text: *text, Assignee: "bob"}
	}
	if on := drawSome(t, "oncall", "database"); on != nil {
		c.AddOncalls = []ifsev.Oncall{{Rotation: *on, Person: "carol"}}
	}
	return c
}

func drawDeclaration(t *rapid.T) *ifsev.Declaration {
	return &ifsev.Declaration{
		Title: "t", Description: rapid.SampledFrom([]string{"", "d"}).Draw(t, "description"), Severity: ifsev.Severity(rapid.IntRange(0, 5).Draw(t, "severity")),
		Tags: drawList(t, "tags"), Key: rapid.SampledFrom([]string{"", "k"}).Draw(t, "key"), Source: "", Service: rapid.SampledFrom([]string{"", "s"}).Draw(t, "service"),
		Fields: ifsev.Data{"f": "eu"}, Commander: rapid.SampledFrom([]string{"", "alice"}).Draw(t, "commander"), Subscribers: drawList(t, "subscribers"),
	}
}

// recorded makes events what a store would make of them, at their place.
func recorded(t *rapid.T, inc *ifsev.Incident, events []ifsev.Event) []ifsev.Event {
	for i := range events {
		events[i].Seq, events[i].ID = inc.Version+int64(i)+1, "e"
	}
	raw, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	var out []ifsev.Event
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func applyAll(t *rapid.T, inc ifsev.Incident, events []ifsev.Event) ifsev.Incident {
	for _, ev := range events {
		next, err := ifsev.Apply(inc, ev)
		if err != nil {
			t.Fatal(err)
		}
		inc = next
	}
	return inc
}

func sameEvents(t *rapid.T, inc *ifsev.Incident, want, again []ifsev.Event) {
	a, _ := json.Marshal(want) // texts, numbers, lists and maps
	b, _ := json.Marshal(recorded(t, inc, again))
	if string(a) != string(b) {
		t.Fatalf("asked again, it makes other events:\n%s\n%s", a, b)
	}
}

// What was asked can be made again of the events it led to, whatever it was and whatever the incident was then.
func TestChangeOfEvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		inc := ifsev.Incident{ID: "i", Number: 1}
		asked := ifsev.Change{Declare: drawDeclaration(t)}
		for n := rapid.IntRange(1, 6).Draw(t, "changes"); n >= 0; n-- {
			events, err := asked.Events(&inc)
			if err == nil && len(events) > 0 {
				kept := recorded(t, &inc, events)
				again := ifsev.ChangeOf(kept)
				more, err := again.Events(&inc)
				if err != nil {
					t.Fatalf("asked again, it is refused: %v", err)
				}
				sameEvents(t, &inc, kept, more)
				inc = applyAll(t, inc, kept)
			}
			asked = drawChange(t)
		}
	})
}

func TestChangeOfTaskAndPlan(t *testing.T) {
	t.Parallel()
	c := ifsev.ChangeOf([]ifsev.Event{
		{Type: ifsev.TaskDone, Data: ifsev.Data{"task": "T1"}}, {Type: ifsev.PlanCancelled, Data: ifsev.Data{"rule": "r"}},
	})
	if c.TaskDone != "T1" || c.CancelPlan != "r" {
		t.Errorf("%+v", c)
	}
}

func TestAlertOfEvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := ifsev.Alert{
			Source: "prom", Key: "prom/1", Fingerprint: "f", Status: rapid.SampledFrom([]ifsev.AlertStatus{ifsev.AlertIsFiring, ifsev.AlertIsResolved}).Draw(t, "status"),
			Title: "t", Description: rapid.SampledFrom([]string{"", "d"}).Draw(t, "description"), Severity: ifsev.Severity(rapid.IntRange(0, 5).Draw(t, "severity")),
			Tags: drawList(t, "tags"), Service: "s", Fields: ifsev.Data{"f": 1}, Labels: map[string]string{"a": "b"}, URL: "u",
			TTL: ifsev.Day,
		}
		inc := ifsev.Incident{ID: "i", Number: 1}
		opening := ifsev.Change{Declare: a.Declaration()}
		opened, err := opening.Events(&inc)
		if err != nil {
			t.Fatal(err)
		}
		kept := recorded(t, &inc, append(opened, a.Event()))
		again := ifsev.AlertOf(kept)
		opening.Declare = again.Declaration()
		declared, err := opening.Events(&inc)
		if err != nil {
			t.Fatal(err)
		}
		sameEvents(t, &inc, kept, append(declared, again.Event()))
	})
	if ifsev.AlertOf([]ifsev.Event{{Type: ifsev.Noted}}) != nil {
		t.Error("a note is no alert")
	}
}
