package backtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
)

// maxLife is after how many events a life is broken off.
const maxLife = 400

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func testWorld() rules.World {
	str := func(name string) ifsev.FieldSpec { return ifsev.FieldSpec{Name: name, Type: ifsev.TypeString} }
	return rules.World{
		Actions: []ifsev.ActionSpec{
			{Kind: "page", Short: "to", Args: []ifsev.FieldSpec{{Name: "to", Type: ifsev.TypeString, Required: true, Names: ifsev.NamesTarget}, str("text")}},
			{
				Kind: "webhook", Short: "to", Connection: "webhook", Outputs: []ifsev.FieldSpec{{Name: "status", Type: ifsev.TypeInt}, str("body")},
				Args: []ifsev.FieldSpec{{Name: "to", Type: ifsev.TypeString, Names: ifsev.NamesConnection}, str("body")},
			},
		},
		Connections: []ifsev.Connection{{Name: "hook", Kind: "webhook"}},
		Directory: &ifsev.Directory{
			People:    map[string]ifsev.Person{"alice": {}, "bob": {}, "carol": {}},
			Rotations: map[string]ifsev.Rotation{"database": {People: []string{"alice", "bob"}, Start: start, Every: ifsev.Day}},
			Roles:     []string{"commander", "owner"},
		},
		Severities: ifsev.DefaultSeverities(), Fields: []ifsev.FieldSpec{{Name: "issue", Type: ifsev.TypeString}}, Zone: time.UTC,
	}
}

func load(t testing.TB, text string) *rules.Set {
	t.Helper()
	set, problems, _ := rules.Load([]rules.Source{{Name: "rules.yaml", Text: "rules:\n" + text}}, testWorld())
	if len(problems) > 0 {
		t.Fatalf("%s\n%s", problems.Text(), text)
	}
	return set
}

// life is one incident going through a daemon that records it: requests come, wakes are late, deliveries take their
// time and fail.
type life struct {
	t      testing.TB
	rand   *rand.Rand
	player rules.Player
	sets   []Epoch
	now    time.Time
	events []ifsev.Event
	// late is the most a wake is late; slow the most a delivery takes; failing how many of a hundred fail for good.
	late, slow time.Duration
	failing    int
	due        time.Time // when the next wake is looked at
	ends       []ending
	n          int
	// id and number are the incident's; town has the others, nil where there are none.
	incident string
	number   int64
	town     *town
}

func live(t testing.TB, set *rules.Set, seed uint64) *life {
	l := &life{t: t, rand: rand.New(rand.NewPCG(seed, 1)), now: start, slow: time.Second, incident: "0190a5c2-0000-7000-8000-000000000001", number: 7}
	l.player = rules.Player{SetAt: func(e int64) *rules.Set { return regime(l.sets).set(e) }}
	l.use(set)
	return l
}

// use reloads the rules.
func (l *life) use(set *rules.Set) {
	numbered := *set
	numbered.Epoch = int64(len(l.sets) + 1)
	l.sets = append(l.sets, Epoch{At: l.now, Set: &numbered})
	l.player.Set = &numbered
	if l.player.Document.Incident.Status.Active() {
		l.decide()
	}
}

func (l *life) decide(subs ...rules.Submission) rules.Decision {
	dec := l.player.Play(l.now, subs...)
	l.events = append(l.events, dec.Events...)
	for _, d := range dec.Deliveries {
		if l.town != nil && d.IsInward() {
			l.town.say(l, d)
			continue
		}
		l.send(d)
	}
	l.due = l.player.Next()
	if !l.due.IsZero() && l.late > 0 {
		l.due = l.due.Add(time.Duration(l.rand.Int64N(int64(l.late))))
	}
	return dec
}

func (l *life) send(d ifsev.Delivery) {
	at := l.now.Add(time.Millisecond + time.Duration(l.rand.Int64N(int64(l.slow))))
	out := &ifsev.Outcome{Delivery: d, Attempts: 1, Receipt: &ifsev.Receipt{Summary: "taken", Outputs: ifsev.Data{"status": 200, "body": "B" + strconv.Itoa(l.n)}}}
	if l.rand.IntN(100) < l.failing {
		out.Receipt, out.Failure = nil, &ifsev.Failure{Reason: ifsev.ReasonServer, Text: "503", Permanent: true}
	}
	l.ends = append(l.ends, ending{at, rules.Submission{ID: l.id(), Actor: ifsev.Actor{Kind: ifsev.SystemActor, Name: "ifsev"}, Outcome: out}})
	slices.SortStableFunc(l.ends, func(a, b ending) int { return a.at.Compare(b.at) })
}

func (l *life) id() string { l.n++; return fmt.Sprintf("sub-%d-%d", l.number, l.n) }

// until lets time pass.
func (l *life) until(end time.Time) *life {
	for {
		at, sub := l.due, []rules.Submission(nil)
		if len(l.ends) > 0 && (at.IsZero() || l.ends[0].at.Before(at)) {
			at, sub = l.ends[0].at, []rules.Submission{l.ends[0].sub}
		}
		if at.IsZero() || at.After(end) || len(l.events) > maxLife {
			l.now = end
			return l
		}
		if sub != nil {
			l.ends = l.ends[1:]
		}
		l.now = at
		l.decide(sub...)
	}
}

// after lets time pass up to so long after the start.
func (l *life) after(offset string) *life {
	d, err := ifsev.ParseDuration(offset)
	if err != nil {
		l.t.Fatal(err)
	}
	return l.until(start.Add(d))
}

// submit has somebody ask for something.
func (l *life) submit(sub rules.Submission) *life {
	sub.ID, sub.IncidentID, sub.Number = l.id(), l.incident, l.number
	if sub.Actor.Kind == "" {
		sub.Actor = ifsev.Actor{Kind: ifsev.PersonActor, Name: "alice"}
	}
	l.decide(sub)
	return l
}

func (l *life) change(c ifsev.Change) *life { return l.submit(rules.Submission{Change: &c}) }

func (l *life) declare(d ifsev.Declaration) *life {
	if d.Title == "" {
		d.Title = "T"
	}
	return l.change(ifsev.Change{Declare: &d})
}

// history is what the daemon recorded, as an export gives it.
func (l *life) history() record.History {
	raw, err := json.Marshal(l.events)
	if err != nil {
		l.t.Fatal(err)
	}
	h := record.History{ID: l.player.Document.Incident.ID, Number: l.number}
	if err := json.Unmarshal(raw, &h.Events); err != nil {
		l.t.Fatal(err)
	}
	return h
}

// try backtests the candidate on what was recorded.
func (l *life) try(candidate *rules.Set) *Report {
	l.t.Helper()
	b := New(Options{Candidate: candidate, Recorded: l.sets, End: l.now})
	if err := b.Add(l.history()); err != nil {
		l.t.Fatal(err)
	}
	return b.Report()
}

// lines writes a report down, instants as so long after the start.
func lines(r *Report) string {
	var b strings.Builder
	at := func(f Firing) string {
		return ifsev.FormatDuration(f.At.Sub(start).Round(time.Second)) + " " + f.Branch + " " + strings.Join(f.Actions, "; ")
	}
	for _, d := range r.Rules {
		if d.Empty() {
			continue
		}
		fmt.Fprintf(&b, "%s %d %d\n", d.Rule, d.Before, d.After)
		for _, f := range d.Added {
			b.WriteString("+ " + at(f) + "\n")
		}
		for _, f := range d.Gone {
			b.WriteString("- " + at(f) + "\n")
		}
		for _, m := range d.Moved {
			b.WriteString("~ " + at(m.Before) + " > " + at(m.After) + "\n")
		}
		for _, m := range d.Changed {
			b.WriteString("! " + at(m.Before) + " > " + at(m.After) + "\n")
		}
	}
	for _, u := range r.Unexplained {
		fmt.Fprintf(&b, "? %s %s %v\n", u.Rule, at(u.Firing), u.Recorded)
	}
	return b.String()
}
