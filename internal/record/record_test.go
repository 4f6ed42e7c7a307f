package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/calendar"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// history is an incident with that many events.
func history(id string, number int64, events int) record.History {
	h := record.History{ID: id, Number: number}
	for i := range events {
		ev := ifsev.Event{Seq: int64(i + 1), ID: "e", Type: ifsev.Noted, At: noon, Actor: ifsev.Actor{Kind: ifsev.PersonActor, Name: "alice"}, Data: ifsev.Data{"text": "<a & b>\n", "n": 1}}
		if i == 0 {
			ev.Type = ifsev.Declared
		}
		body, err := json.Marshal(&ev)
		if err != nil {
			panic(err) // it is all text
		}
		h.Events, h.Bodies = append(h.Events, ev), append(h.Bodies, body)
	}
	return h
}

func written(t testing.TB, sets []record.RuleSet, all ...record.History) string {
	t.Helper()
	var b bytes.Buffer
	w := record.NewWriter(&b)
	err := w.Header(record.Header{At: noon, World: record.World{Severities: ifsev.DefaultSeverities()}})
	for _, s := range sets {
		err = errors.Join(err, w.Rules(s))
	}
	for _, h := range all {
		for i := range h.Events {
			body, bodyErr := json.Marshal(&h.Events[i])
			err = errors.Join(err, bodyErr, w.Event(h.ID, h.Number, body))
		}
		if h.Kept != nil {
			err = errors.Join(err, w.Kept(h.ID, h.Number, h.Kept))
		}
	}
	if err = errors.Join(err, w.End()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func read(text string) (*record.Reader, []record.History, error) {
	r, err := record.NewReader(strings.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	var all []record.History
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r, all, nil
		}
		if err != nil {
			return r, all, err
		}
		all = append(all, h)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var all []record.History
		for i := range rapid.IntRange(0, 4).Draw(rt, "incidents") {
			h := history(string(rune('a'+i)), int64(i+1), rapid.IntRange(1, 4).Draw(rt, "events"))
			if rapid.Bool().Draw(rt, "kept") {
				h.Kept = &record.Kept{Rev: "r", Document: json.RawMessage(`{"a":"\u003c"}`), Commits: []record.Commit{{Rev: "r", Doc: "d", Events: len(h.Events)}}}
			}
			all = append(all, h)
		}
		_, got, err := read(written(t, nil, all...))
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(all, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// The files of a set that came back are written once.
func TestRuleSets(t *testing.T) {
	t.Parallel()
	a := []rules.Source{{Name: "a.yaml", Text: "rules: {}"}}
	b := []rules.Source{{Name: "b.yaml", Text: "# b"}}
	sets := []record.RuleSet{{Epoch: 1, Hash: "a", Files: a}, {Epoch: 2, At: noon, Hash: "b", Files: b}, {Epoch: 3, At: noon, Hash: "a", Files: a}}
	text := written(t, sets)
	if n := strings.Count(text, "a.yaml"); n != 1 {
		t.Errorf("the same file stands there %d times", n)
	}
	r, _, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sets, r.Sets); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenRecords(t *testing.T) {
	t.Parallel()
	good := written(t, []record.RuleSet{{Epoch: 1, Hash: "a"}}, history("a", 1, 2), history("b", 2, 2))
	lines := strings.SplitAfter(good, "\n")
	without := func(drop ...int) string {
		var b strings.Builder
		for i, l := range lines {
			skip := false
			for _, d := range drop {
				skip = skip || i == d
			}
			if !skip {
				b.WriteString(l)
			}
		}
		return b.String()
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":               {"", "line 1: the export broke off"},
		"another file":        {"rules:\n  a: 1\n", "line 1: this is no export of ifsev: make one with `ifsev export > events.jsonl`"},
		"other JSON":          {"{\"a\":1}\n", "line 1: this is no export"},
		"newer":               {strings.Replace(good, `"version":2`, `"version":3`, 1), "line 1: a newer ifsev wrote this (version 3"},
		"kept before events":  {strings.Replace(good, `"event":{`, `"kept":{`, 1), "line 3: what was kept of incident a does not stand behind its events"},
		"events behind kept":  {strings.Replace(good, "{\"incident\":\"a\",\"number\":1,\"event\":{\"seq\":2", "{\"incident\":\"a\",\"number\":1,\"kept\":{}}\n{\"incident\":\"a\",\"number\":1,\"event\":{\"seq\":2", 1), "line 5: the events of incident a do not stand together"},
		"an event of no kind": {strings.Replace(good, `"event":{`, `"event":[{`, 1), "line 3: it cannot be read"},
		"cut":                 {without(6), "line 7: the export broke off before its end"},
		"cut in a line":       {good[:len(good)-40], "line 6: it cannot be read"},
		"an event is gone":    {without(3), "line 6: the export has 3 events"},
		"the first is gone":   {without(2), "line 3: event 1 of incident a is missing: here stands event 2"},
		"an incident is gone": {without(2, 3), "line 5: the export has 2 events of 1 incidents here, and was written with 4 of 2"},
		"not together":        {lines[0] + lines[2] + lines[4] + lines[3], "line 4: the events of incident a do not stand together"},
		"no declaration":      {strings.Replace(good, `"declared"`, `"noted"`, 1), "do not begin with its declaration"},
		"a line of nothing":   {lines[0] + "{}\n", "line 2: this line holds no event"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := read(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	if _, all, err := read(strings.ReplaceAll(good, "\n", "\n\n")); err != nil || len(all) != 2 {
		t.Errorf("blank lines: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(written(f, []record.RuleSet{{Epoch: 1, Hash: "a"}}, history("a", 1, 2)))
	f.Fuzz(func(t *testing.T, text string) {
		_, all, err := read(text)
		for _, h := range all {
			if len(h.Events) == 0 || h.ID == "" {
				t.Errorf("an empty history: %+v", h)
			}
		}
		if err != nil && !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("no line in %v", err)
		}
	})
}

func TestWorldComesBack(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w := rules.World{
		Connections: []ifsev.Connection{{Name: "b", Kind: "slack"}, {Name: "a", Kind: "webhook", Host: "a.example.com"}},
		Directory: &ifsev.Directory{
			People: map[string]ifsev.Person{"alice": {Name: "Alice", Email: "alice@example.com", PagerDuty: "PSECRET"}, "bob": {}},
			Rotations: map[string]ifsev.Rotation{"db": {
				People: []string{"alice", "bob"}, Start: noon.In(berlin), Every: ifsev.Week, Zone: berlin,
				Overrides: []ifsev.Override{{Person: "bob", From: noon, Until: noon.Add(time.Hour)}},
			}},
			Roles: []string{"commander", "owner"},
		},
		Severities: ifsev.Severities{1: {Name: "P1", Planned: true}}, Fields: []ifsev.FieldSpec{{Name: "region", Type: ifsev.TypeString}},
		Zone: berlin, URL: "https://ifsev.example.com", Calendars: map[string]*calendar.Calendar{"office": calendar.Weekdays(berlin)},
	}
	var b bytes.Buffer
	if err := record.NewWriter(&b).Header(record.Header{World: record.WorldOf(&w)}); err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"PSECRET", "alice@example.com"} {
		if strings.Contains(b.String(), private) {
			t.Errorf("it tells %s", private)
		}
	}
	b.WriteString(`{"end":{"incidents":0,"events":0}}` + "\n")
	r, err := record.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.Header.World.Rules(nil)
	if err != nil {
		t.Fatal(err)
	}
	if again.Zone.String() != "Europe/Berlin" || again.URL != w.URL || len(again.Connections) != 2 || again.Connections[0].Host != "a.example.com" ||
		!again.Severities[1].Planned || again.Calendars["office"].String() != w.Calendars["office"].String() || again.Fields[0].Name != "region" || len(again.Directory.People) != 2 || len(again.Directory.Roles) != 2 {
		t.Errorf("%+v", again)
	}
	db, was := again.Directory.Rotations["db"], w.Directory.Rotations["db"]
	for at := noon.Add(-time.Hour); at.Before(noon.Add(300 * ifsev.Day)); at = at.Add(7 * time.Hour) {
		who, until := db.OnCall(at)
		if wantWho, wantUntil := was.OnCall(at); who != wantWho || !until.Equal(wantUntil) {
			t.Fatalf("at %v %s until %v, want %s until %v", at, who, until, wantWho, wantUntil)
		}
	}
}

func TestWorldThatCannotBeMade(t *testing.T) {
	t.Parallel()
	for want, w := range map[string]record.World{
		`the time zone "Europe/Nowhere" is not known here`: {Zone: "Europe/Nowhere"},
		`the rotation db: bad duration "soon"`:             {Rotations: map[string]record.Rotation{"db": {Every: "soon"}}},
		`the rotation db: the time zone "X/Y"`:             {Rotations: map[string]record.Rotation{"db": {Every: "1d", Zone: "X/Y"}}},
	} {
		if _, err := w.Rules(nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Everything rules are checked against must be written down, or a backtest elsewhere would not load them: who adds a
// field to rules.World adds it to World too, and to this list.
func TestTheWholeWorldIsWritten(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"Actions": true, "Connections": true, "Directory": true, "Severities": true, "Fields": true, "Zone": true, "URL": true, "Calendars": true}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[rules.World]()) {
		if !known[f.Name] {
			t.Errorf("rules.World.%s is not written", f.Name)
		}
	}
}
