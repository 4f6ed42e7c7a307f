package backtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
)

// town is several incidents going through one daemon: what they tell one another takes a moment.
type town struct {
	t      testing.TB
	rand   *rand.Rand
	set    Epoch
	lives  []*life
	groups rules.Groups
	queue  []heard
	now    time.Time
	// moment is the most it takes until something that was said is heard.
	moment time.Duration
	// slow and failing are those of the lives.
	slow    time.Duration
	failing int
}

// heard is something that was said and is heard at an instant; from is nil where a group said it.
type heard struct {
	at   time.Time
	from *life
	d    ifsev.Delivery
}

var errNobody = errors.New("there is no such incident")

func newTown(t testing.TB, set *rules.Set, seed uint64) *town {
	numbered := *set
	numbered.Epoch = 1
	return &town{t: t, rand: rand.New(rand.NewPCG(seed, 2)), set: Epoch{At: start, Set: &numbered}, now: start, slow: time.Second}
}

// open adds an incident that is about to be declared.
func (w *town) open(id string) *life {
	l := live(w.t, w.set.Set, w.rand.Uint64())
	l.number, l.incident, l.town, l.now, l.slow, l.failing = int64(len(w.lives)+1), id, w, w.now, w.slow, w.failing
	if id == "" {
		l.incident = fmt.Sprintf("0190a5c2-0000-7000-8000-0000000001%02d", l.number)
	}
	w.lives = append(w.lives, l)
	return l
}

func (w *town) declare(d ifsev.Declaration) *life { return w.open("").declare(d) }

func (w *town) say(from *life, d ifsev.Delivery) {
	at := w.now
	if w.moment > 0 {
		at = at.Add(time.Duration(w.rand.Int64N(int64(w.moment))))
	}
	w.queue = append(w.queue, heard{at, from, d})
	slices.SortStableFunc(w.queue, func(a, b heard) int { return a.at.Compare(b.at) })
}

// until lets time pass.
func (w *town) until(end time.Time) *town {
	for {
		at, do := time.Time{}, func() {}
		sooner := func(t time.Time, what func()) {
			if !t.IsZero() && (at.IsZero() || t.Before(at)) {
				at, do = t, what
			}
		}
		if len(w.queue) > 0 {
			sooner(w.queue[0].at, w.hear)
		}
		for _, l := range w.lives {
			if len(l.ends) > 0 {
				sooner(l.ends[0].at, func() {
					sub := l.ends[0].sub
					l.ends = l.ends[1:]
					l.decide(sub)
				})
			}
			sooner(l.due, func() { l.decide() })
		}
		sooner(w.groups.Next(), func() {
			for _, d := range w.groups.Wake(w.now) {
				w.say(nil, d)
			}
		})
		if at.IsZero() || at.After(end) || w.events() > maxLife {
			w.pass(end)
			return w
		}
		w.pass(at)
		do()
	}
}

func (w *town) pass(at time.Time) {
	if at.After(w.now) {
		w.now = at
	}
	for _, l := range w.lives {
		l.now = w.now
	}
}

func (w *town) events() (n int) {
	for _, l := range w.lives {
		n += len(l.events)
	}
	return n
}

func (w *town) hear() {
	x := w.queue[0]
	w.queue = w.queue[1:]
	out := ifsev.Outcome{Delivery: x.d, Attempts: 1}
	outputs, err := w.decide(&x.d)
	if x.from == nil {
		return
	}
	if out.Receipt = (&ifsev.Receipt{Outputs: outputs}); x.d.Inward.Declare != nil && err == nil {
		out.Receipt.Summary = outputs.String("name")
	}
	if err != nil {
		out.Receipt, out.Failure = nil, &ifsev.Failure{Reason: ifsev.ReasonClient, Text: err.Error(), Permanent: true}
	}
	x.from.decide(rules.Submission{ID: x.from.id(), Actor: ifsev.Actor{Kind: ifsev.SystemActor, Name: "ifsev"}, Outcome: &out})
}

func (w *town) decide(d *ifsev.Delivery) (ifsev.Data, error) {
	in := d.Inward
	if in.Group != "" {
		outputs, follows := w.groups.Take(w.now, *d)
		for _, f := range follows {
			w.say(nil, f)
		}
		return outputs, nil
	}
	if in.Declare != nil {
		return w.declareBy(d)
	}
	i := slices.IndexFunc(w.lives, func(l *life) bool {
		return l.incident == in.Incident || l.player.Document.Incident.Name() == in.Incident
	})
	if i < 0 {
		return nil, errNobody
	}
	return nil, w.lives[i].decide(rules.Submission{ID: rules.InwardID(d.ID), Inward: in}).Replies[0].Err
}

func (w *town) declareBy(d *ifsev.Delivery) (ifsev.Data, error) {
	sub := rules.DeclaredBy(*d)
	i := slices.IndexFunc(w.lives, func(l *life) bool {
		inc := &l.player.Document.Incident
		return inc.Key != "" && inc.Key == d.Inward.Declare.Key && inc.Status.Active()
	})
	created := i < 0
	var l *life
	if created {
		l = w.open(ifsev.DeclaredID(d.ID))
	} else {
		l = w.lives[i]
	}
	sub.IncidentID, sub.Number = l.incident, l.number
	if err := l.decide(sub).Replies[0].Err; err != nil {
		w.lives = slices.DeleteFunc(w.lives, func(other *life) bool { return other == l && created })
		return nil, err
	}
	return rules.DeclaredOutputs(&l.player.Document.Incident, created, ""), nil
}

// histories are what the daemon recorded.
func (w *town) histories() []record.History {
	var all []record.History
	for _, l := range w.lives {
		all = append(all, l.history())
	}
	return all
}

// try backtests the candidate on what was recorded.
func (w *town) try(candidate *rules.Set) *Report {
	w.t.Helper()
	return tried(w.t, Options{Candidate: candidate, Recorded: []Epoch{w.set}, End: w.now}, w.histories()...)
}

func tried(t testing.TB, o Options, all ...record.History) *Report {
	t.Helper()
	b := New(o)
	for _, h := range all {
		if err := b.Add(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	return b.Report()
}
