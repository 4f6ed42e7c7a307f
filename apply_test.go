package ifsev_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ifsev/ifsev"
	"pgregory.net/rapid"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// do applies a change at an instant, as a person, and answers the incident and the types of its events.
func do(t testing.TB, inc ifsev.Incident, at time.Time, c ifsev.Change) (ifsev.Incident, []ifsev.EventType) {
	t.Helper()
	events, err := c.Events(&inc)
	if err != nil {
		t.Fatal(err)
	}
	var types []ifsev.EventType
	for i, ev := range events {
		ev.Seq, ev.ID, ev.At = inc.Version+1, fmt.Sprint("e", i), at
		ev.Actor = ifsev.Actor{Kind: ifsev.PersonActor, Name: "alice"}
		if inc, err = ifsev.Apply(inc, ev); err != nil {
			t.Fatal(err)
		}
		types = append(types, ev.Type)
	}
	return inc, types
}

func declared(t testing.TB, d ifsev.Declaration) ifsev.Incident {
	t.Helper()
	inc, _ := do(t, ifsev.Incident{ID: "id", Number: 7}, start, ifsev.Change{Declare: &d})
	return inc
}

func ptr[T any](v T) *T { return &v }

func TestDeclare(t *testing.T) {
	t.Parallel()
	inc := declared(t, ifsev.Declaration{
		Title: "Checkout is down", Severity: 1, Tags: []string{"database", " eu ", "database", ""}, Key: "k", Commander: "bob", Fields: ifsev.Data{"region": "eu"},
	})
	want := ifsev.Incident{
		ID: "id", Number: 7, Key: "k", Title: "Checkout is down", Severity: 1, Status: "open", Tags: []string{"database", "eu"},
		Fields: ifsev.Data{"region": "eu"}, Roles: map[string]string{"commander": "bob"}, Responders: []string{}, Oncalls: []ifsev.Oncall{}, Subscribers: []string{},
		DeclaredAt: start, SeverityChangedAt: start, UpdatedAt: start, LastUpdateAt: start, LastActivityAt: start,
		Alerts: []ifsev.AlertState{}, Links: []ifsev.Link{}, Tasks: []ifsev.Task{}, Related: []ifsev.Relation{}, Episode: 1, Version: 1,
	}
	if diff := cmp.Diff(want, inc); diff != "" {
		t.Error(diff)
	}
	if inc.Name() != "INC-7" {
		t.Error(inc.Name())
	}
}

func TestDeclareDefaultsToSev3(t *testing.T) {
	t.Parallel()
	if inc := declared(t, ifsev.Declaration{Title: "x"}); inc.Severity != 3 {
		t.Error(inc.Severity)
	}
}

func TestRefusedChanges(t *testing.T) {
	t.Parallel()
	open := declared(t, ifsev.Declaration{Title: "x"})
	closed, _ := do(t, open, start, ifsev.Change{Status: ptr(ifsev.StatusClosed)})
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint("t", i)
	}
	for name, c := range map[string]struct {
		inc    ifsev.Incident
		change ifsev.Change
	}{
		"no title":               {ifsev.Incident{}, ifsev.Change{Declare: &ifsev.Declaration{Title: " "}}},
		"long title":             {ifsev.Incident{}, ifsev.Change{Declare: &ifsev.Declaration{Title: strings.Repeat("ä", 301)}}},
		"severity 6":             {ifsev.Incident{}, ifsev.Change{Declare: &ifsev.Declaration{Title: "x", Severity: 6}}},
		"too many tags":          {ifsev.Incident{}, ifsev.Change{Declare: &ifsev.Declaration{Title: "x", Tags: many}}},
		"no incident":            {ifsev.Incident{}, ifsev.Change{Note: "x"}},
		"severity 0":             {open, ifsev.Change{Severity: ptr(ifsev.Severity(0))}},
		"unknown status":         {open, ifsev.Change{Status: ptr(ifsev.Status("opne"))}},
		"empty title":            {open, ifsev.Change{Title: ptr("")}},
		"mitigate what is over":  {closed, ifsev.Change{Status: ptr(ifsev.StatusMitigated)}},
		"unknown task":           {open, ifsev.Change{TaskDone: "T9"}},
		"tags beyond the limit":  {open, ifsev.Change{AddTags: many}},
		"a tag that is too long": {open, ifsev.Change{AddTags: []string{strings.Repeat("x", 101)}}},
		"an empty task":          {open, ifsev.Change{AddTask: &ifsev.Task{}}},
		"a note that is endless": {open, ifsev.Change{Note: strings.Repeat("x", 20_001)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := c.change.Events(&c.inc); !errors.Is(err, ifsev.ErrChange) {
				t.Errorf("got %v, want a refusal", err)
			}
		})
	}
}

func TestChangesMakeTheirEvents(t *testing.T) {
	t.Parallel()
	inc := declared(t, ifsev.Declaration{Title: "x", Severity: 2, Tags: []string{"a"}})
	change := ifsev.Change{
		Title: ptr("y"), Severity: ptr(ifsev.Severity(1)), Fields: ifsev.Data{"region": "eu"}, AddTags: []string{"a", "b"}, RemoveTags: []string{"zzz"},
		AddResponders: []string{"bob"}, AddOncalls: []ifsev.Oncall{{Rotation: "database", Person: "carol"}}, AddSubscribers: []string{"dan"},
		Roles: map[string]string{"commander": "bob"}, Acknowledge: "alice", Note: "hello", Link: &ifsev.Link{URL: "https://x"},
		AddTask: &ifsev.Task{Text: "write it up"}, Status: ptr(ifsev.StatusMitigated),
	}
	later := start.Add(time.Minute)
	after, types := do(t, inc, later, change)
	want := []ifsev.EventType{
		ifsev.Updated, ifsev.SeverityChanged, ifsev.Updated, ifsev.OncallAdded, ifsev.ResponderAdded, ifsev.Subscribed, ifsev.RoleAssigned,
		ifsev.Tagged, ifsev.Acknowledged, ifsev.Noted, ifsev.Linked, ifsev.TaskAdded, ifsev.Mitigated,
	}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Error(diff)
	}
	if !after.Acknowledged || after.AcknowledgedBy != "alice" || !after.MitigatedAt.Equal(later) || after.Tasks[0].ID != "T1" || !after.OncallAdded("database") {
		t.Errorf("%+v", after)
	}
	// What is already so makes no event, apart from what is said again on purpose.
	change.Note, change.AddTask = "", nil
	if _, types := do(t, after, later, change); len(types) != 0 {
		t.Errorf("the same change again made %v", types)
	}
}

func TestLifeOfAnIncident(t *testing.T) {
	t.Parallel()
	inc := declared(t, ifsev.Declaration{Title: "x"})
	inc, _ = do(t, inc, start.Add(1*time.Minute), ifsev.Change{Acknowledge: "a"})
	inc, types := do(t, inc, start.Add(2*time.Minute), ifsev.Change{Status: ptr(ifsev.StatusClosed), Reason: "done"})
	if types[0] != ifsev.Closed || !inc.ClosedAt.Equal(start.Add(2*time.Minute)) {
		t.Errorf("%v %v", types, inc.ClosedAt)
	}
	inc, types = do(t, inc, start.Add(3*time.Minute), ifsev.Change{Status: ptr(ifsev.StatusOpen)})
	if types[0] != ifsev.Reopened || inc.Episode != 2 || inc.Acknowledged || !inc.ClosedAt.IsZero() || !inc.OpenSince().Equal(start.Add(3*time.Minute)) {
		t.Errorf("%v %+v", types, inc)
	}
	inc, types = do(t, inc, start.Add(4*time.Minute), ifsev.Change{Status: ptr(ifsev.StatusInvalid)})
	if types[0] != ifsev.StatusChanged || inc.ClosedAt.IsZero() {
		t.Errorf("%v %+v", types, inc)
	}
}

func TestAlertsComeAndGo(t *testing.T) {
	t.Parallel()
	inc := declared(t, ifsev.Declaration{Title: "x"})
	see := func(a ifsev.Alert, at time.Time) {
		ev := a.Event()
		ev.Seq, ev.At = inc.Version+1, at
		var err error
		if inc, err = ifsev.Apply(inc, ev); err != nil {
			t.Fatal(err)
		}
	}
	a := ifsev.Alert{Source: "am", Fingerprint: "f", Title: "Disk", Status: ifsev.AlertIsFiring, TTL: time.Hour, Labels: map[string]string{"job": "db"}}
	see(a, start)
	see(a, start.Add(30*time.Minute))
	if len(inc.Alerts) != 1 || inc.FiringAlerts() != 1 || !inc.Alerts[0].ExpiresAt.Equal(start.Add(90*time.Minute)) || inc.Alerts[0].Labels["job"] != "db" {
		t.Errorf("%+v", inc.Alerts)
	}
	a.Status = ifsev.AlertIsResolved
	see(a, start.Add(time.Hour))
	if inc.FiringAlerts() != 0 || !inc.Alerts[0].ExpiresAt.IsZero() || inc.Alerts[0].EndsAt.IsZero() {
		t.Errorf("%+v", inc.Alerts)
	}
	for i := range ifsev.MaxAlerts + 50 {
		see(ifsev.Alert{Source: "am", Fingerprint: fmt.Sprint(i), Status: ifsev.AlertIsFiring}, start)
	}
	if len(inc.Alerts) != ifsev.MaxAlerts {
		t.Errorf("%d alerts are remembered", len(inc.Alerts))
	}
}

func TestApplyRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	inc := declared(t, ifsev.Declaration{Title: "x"})
	for _, c := range []struct {
		inc ifsev.Incident
		ev  ifsev.Event
	}{
		{inc, ifsev.Event{Type: ifsev.Declared}}, {ifsev.Incident{}, ifsev.Event{Type: ifsev.Noted}},
		{inc, ifsev.Event{Type: "nonsense"}}, {inc, ifsev.Event{Type: ifsev.Updated, Data: ifsev.Data{"field": "nonsense"}}},
	} {
		if _, err := ifsev.Apply(c.inc, c.ev); err == nil {
			t.Errorf("%s was applied", c.ev.Type)
		}
	}
}

// Whatever is asked of an incident, the events come back from JSON as they were, lead to the same incident, and leave
// the incident they were made of alone; and asking the same again changes nothing more.
func TestChangesAreFactsAndRepeatable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		inc := declared(t, ifsev.Declaration{Title: "x", Tags: []string{"a", "b"}, Severity: 2, Fields: ifsev.Data{"n": 1}})
		for i := range rapid.IntRange(1, 8).Draw(rt, "changes") {
			before, _ := json.Marshal(inc)
			c := anyChange(rt)
			events, err := c.Events(&inc)
			if err != nil {
				continue
			}
			now, again := inc, inc
			for j, ev := range events {
				ev.Seq, ev.ID, ev.At = now.Version+1, fmt.Sprint(i, "-", j), start.Add(time.Duration(i)*time.Minute)
				var copied ifsev.Event
				text, _ := json.Marshal(ev)
				if err := json.Unmarshal(text, &copied); err != nil {
					rt.Fatal(err)
				}
				if now, err = ifsev.Apply(now, ev); err != nil {
					rt.Fatal(err)
				}
				if again, err = ifsev.Apply(again, copied); err != nil {
					rt.Fatal(err)
				}
			}
			a, _ := json.Marshal(now)
			b, _ := json.Marshal(again)
			if string(a) != string(b) {
				rt.Fatalf("from JSON:\n%s\nas made:\n%s", b, a)
			}
			if after, _ := json.Marshal(inc); string(after) != string(before) {
				rt.Fatal("Apply changed what it was given")
			}
			c.Note, c.RemoveTags = "", nil
			if more, err := c.Events(&now); err == nil && len(more) > 0 {
				rt.Fatalf("asked again, it made %v", more)
			}
			inc = now
		}
	})
}

func anyChange(t *rapid.T) ifsev.Change {
	var c ifsev.Change
	some := func(name string) bool { return rapid.Bool().Draw(t, name) }
	names := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 3)
	if some("title") {
		c.Title = ptr(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "the title"))
	}
	if some("severity") {
		c.Severity = ptr(ifsev.Severity(rapid.IntRange(1, 5).Draw(t, "the severity")))
	}
	if some("status") {
		c.Status = ptr(rapid.SampledFrom(ifsev.Statuses()).Draw(t, "the status"))
	}
	c.AddTags, c.AddResponders, c.AddSubscribers = names.Draw(t, "tags"), names.Draw(t, "responders"), names.Draw(t, "subscribers")
	if len(c.AddTags) == 0 {
		c.RemoveTags = names.Draw(t, "tags gone")
	}
	if some("fields") {
		c.Fields = ifsev.Data{"n": rapid.SampledFrom([]any{nil, 1, 2, "x", []any{"y"}}).Draw(t, "n")}
	}
	if some("roles") {
		c.Roles = map[string]string{"commander": rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "commander")}
	}
	if some("note") {
		c.Note = "n"
	}
	return c
}
