package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ifsev/ifsev"
)

func notesOf(events []ifsev.Event) []string {
	var notes []string
	for _, ev := range events {
		if ev.Type == ifsev.Noted && ev.Actor.Kind == ifsev.RuleActor {
			notes = append(notes, ev.Data.String("text"))
		}
	}
	return notes
}

func TestEachInside(t *testing.T) {
	t.Parallel()
	for each, want := range map[string][]string{
		`tags`:                          {"0 a", "1 b"},
		`${tags}`:                       {"0 a", "1 b"},
		`'["x"]'`:                       {"0 x"},
		`filter(tags, it != "a")`:       {"0 b"},
		`'[severity, severity + 1]'`:    {"0 2", "1 3"},
		`'[90s, 2h]'`:                   {"0 1m30s", "1 2h"},
		`responders`:                    nil,
		`event.tags`:                    {"0 a", "1 b"},
		`'[declared_at]'`:               {"0 2026-03-02T09:00:00Z"},
		`'[{"name": "a"}, ["b"], 1.5]'`: {"0 name: a", `1 b`, "2 1.5"},
	} {
		s := tell(t, "rules:\n  r:\n    when: declared\n    then:\n      - note: \"${index} ${item}\"\n        each: "+each+"\n      - mitigate\n")
		s.declare(ifsev.Declaration{Title: "x", Severity: 2, Tags: []string{"a", "b"}})
		if got := notesOf(s.last.Events); !slices.Equal(got, want) || s.doc.Incident.Status != ifsev.StatusMitigated {
			t.Errorf("%s: %q, want %q", each, got, want)
		}
		ids := map[string]bool{}
		for _, ev := range s.last.Events {
			ids[ev.ID] = true
		}
		if len(ids) != len(s.last.Events) {
			t.Errorf("%s: events share IDs", each)
		}
	}
}

// Outside, one delivery is awaited after the other; what stands in the document is enough to go on.
func TestEachOutside(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  r:
    when: declared
    then:
      - page: ${item}
        text: "${index}"
        each: '["alice", "bob", "carol"]'
        if: item != "bob"
      - note: done
`).declare(ifsev.Declaration{Title: "x"}).saw("0s r", "0s page alice")
	first := s.last.Deliveries[0]
	s.until("1m").outcome(first, &ifsev.Receipt{}, nil).saw("1m page carol")
	second := s.last.Deliveries[0]
	if second.ID == first.ID || second.Args.String("text") != "2" || second.Step != first.Step {
		t.Errorf("%+v", second)
	}
	s.outcome(second, &ifsev.Receipt{}, nil)
	if got := notesOf(s.last.Events); !slices.Equal(got, []string{"done"}) || len(s.doc.Firings) != 0 {
		t.Errorf("%v %+v", got, s.doc.Firings)
	}
}

// The list is that of the step's turn, whatever becomes of it meanwhile; the values keep their types in the store.
func TestEachKeepsItsList(t *testing.T) {
	t.Parallel()
	s := tell(t, `
rules:
  r:
    when: declared
    then:
      - wait: "${item + 1m}"
        each: '[4m, 9m]'
      - add_tags: "${string(item + index)}"
        each: '[10, 20]'
      - page: alice
        text: "${item}"
        each: tags
`).declare(ifsev.Declaration{Title: "x", Tags: []string{"a", "b"}})
	s.until("14m").saw("0s r")
	s.until("15m").saw("15m page alice")
	if !slices.Equal(s.doc.Incident.Tags, []string{"a", "b", "10", "21"}) {
		t.Errorf("%v", s.doc.Incident.Tags)
	}
	s.change(ifsev.Change{RemoveTags: []string{"a", "b", "10", "21"}})
	var texts []string
	for len(s.doc.Firings) > 0 {
		f := s.doc.Firings[0]
		texts = append(texts, fmt.Sprint(f.Each.Items[f.Each.Index]))
		s.outcome(ifsev.Delivery{ID: f.Delivery, Firing: f.ID}, &ifsev.Receipt{}, nil)
	}
	if !slices.Equal(texts, []string{"a", "b", "10", "21"}) {
		t.Errorf("%v", texts)
	}
}

func TestEachThatFails(t *testing.T) {
	t.Parallel()
	const rule = `
rules:
  r:
    when: declared
    then:
      - assign: {role: owner, to: "${item}"}
        each: '["commander", "bob", "owner"]'
        %s
      - note: after
`
	onError := "on_error: [{note: \"no ${item} (${index})\"}, {note: \"${item}${index}\", each: '[\"a\", \"b\"]'}]"
	for name, c := range map[string]struct {
		keys string
		want []string
	}{
		"ends the firing":         {"if: true", nil},
		"falls back":              {onError, []string{"no commander (0)", "a0", "b1"}},
		"goes on":                 {"continue: true", []string{"after"}},
		"falls back and goes on":  {onError + "\n        continue: true", []string{"no commander (0)", "a0", "b1", "after"}},
		"is not asked for others": {"if: index > 0", []string{"after"}},
	} {
		s := tell(t, fmt.Sprintf(rule, c.keys)).declare(ifsev.Declaration{Title: "x"})
		if got := notesOf(s.last.Events); !slices.Equal(got, c.want) || len(s.doc.Firings) != 0 {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if owner, done := s.doc.Incident.Roles["owner"], name != "ends the firing" && name != "falls back"; (owner == "bob") != done {
			t.Errorf("%s: the owner is %q", name, owner)
		}
	}
}

// What only shows when the list is made fails the step like any other mistake.
func TestEachOfWhatIsNoList(t *testing.T) {
	t.Parallel()
	for each, want := range map[string]string{
		`map(0..100, it)`: "each: a list of 101 elements; the most is 100",
		`event.fields`:    "each: want a list, got",
	} {
		s := tell(t, "rules:\n  r: {when: declared, then: [{note: \"${index}\", each: '"+each+"'}]}\n")
		s.declare(ifsev.Declaration{Title: "x", Fields: ifsev.Data{"issue": "A"}}).saw("0s r", "0s failed r")
		if got := s.last.Events[len(s.last.Events)-1].Data.String("error"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", each, got)
		}
	}
}

func TestEachIsBoundedExactly(t *testing.T) {
	t.Parallel()
	s := tell(t, "rules:\n  r: {when: declared, then: [{note: \"${index}\", each: 'map(1..100, it)'}]}\n").declare(ifsev.Declaration{Title: "x"})
	if got := notesOf(s.last.Events); len(got) != MaxEach || got[99] != "99" {
		t.Errorf("%d notes", len(got))
	}
}
