package backtest

import (
	"container/heap"
	"fmt"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// stage plays incidents together in the order of time: what one tells another, or a group, is decided at once.
type stage struct {
	regime regime
	kept   func(string, time.Time) bool
	// all are the incidents, those of the record first.
	all      []*replayer
	byID     map[string]*replayer
	byNumber map[int64]*replayer
	// declared are those of the record that a rule declared, by the ID of the submission that did.
	declared map[string]*replayer
	groups   rules.Groups
	agenda   agenda
	// queue is what was said and is still to be heard.
	queue []said
	now   time.Time
	last  int64 // the highest number there is
}

// said is a delivery that stays within the store; from is nil for one of a group.
type said struct {
	from *replayer
	d    ifsev.Delivery
}

func newStage(cast []*past, g regime, kept func(string, time.Time) bool) *stage {
	s := &stage{regime: g, kept: kept, byID: map[string]*replayer{}, byNumber: map[int64]*replayer{}, declared: map[string]*replayer{}}
	for _, p := range cast {
		r := s.enter(p)
		if p.declared != nil {
			s.declared[p.declared.sub.ID] = r
		}
	}
	return s
}

// enter adds an incident.
func (s *stage) enter(p *past) *replayer {
	r := newReplayer(p, s.regime, s.kept)
	r.stage, r.slot = s, -1
	s.all, s.byID[p.id], s.byNumber[p.number] = append(s.all, r), r, r
	s.last = max(s.last, p.number)
	s.agenda.put(r)
	return r
}

func (s *stage) imagined() (n int) {
	for _, r := range s.all {
		n += r.imagined
	}
	return n
}

// play plays everything up to the end of the record, with at most so many decisions for each incident.
func (s *stage) play(end time.Time, most int) error {
	for n := 0; ; n++ {
		at, r := s.groups.Next(), (*replayer)(nil)
		if len(s.agenda) > 0 && (at.IsZero() || !at.Before(s.agenda[0].due)) {
			at, r = s.agenda[0].due, s.agenda[0]
		}
		if at.IsZero() || at.After(end) {
			return nil
		}
		if n > most*len(s.all) {
			return fmt.Errorf("more than %d decisions on %d incidents: does a rule fire again and again?", n, len(s.all))
		}
		s.now = latest(s.now, at)
		if r == nil {
			s.say(s.groups.Wake(s.now))
		} else {
			_, next := r.next()
			r.passes(at)
			next(r)
			s.agenda.put(r)
		}
		s.hear()
	}
}

// say puts what groups say in the queue.
func (s *stage) say(all []ifsev.Delivery) {
	for _, d := range all {
		s.queue = append(s.queue, said{nil, d})
	}
}

// hear has everything decided that was said.
func (s *stage) hear() {
	for len(s.queue) > 0 {
		x := s.queue[0]
		s.queue = s.queue[1:]
		outputs, err := s.decide(&x)
		if x.from != nil && (x.d.Firing != "" || err != nil) {
			s.ended(&x, outputs, err)
		}
	}
}

func (s *stage) ended(x *said, outputs ifsev.Data, err error) {
	out := ifsev.Outcome{Delivery: x.d, Attempts: 1, Receipt: &ifsev.Receipt{Outputs: outputs}}
	if err != nil {
		out.Receipt, out.Failure = nil, &ifsev.Failure{Reason: ifsev.ReasonClient, Text: err.Error(), Permanent: true}
	}
	s.tell(x.from, rules.Submission{ID: "ended " + x.d.ID, Actor: ifsev.Actor{Kind: ifsev.SystemActor, Name: "ifsev"}, Outcome: &out})
}

// tell has an incident decide now.
func (s *stage) tell(r *replayer, sub rules.Submission) rules.Reply {
	r.passes(s.now)
	r.arises(s.now)
	dec := r.decide(sub)
	s.agenda.put(r)
	return dec.Replies[0]
}

// decide has a group or another incident decide on a delivery, and answers what it brings.
func (s *stage) decide(x *said) (ifsev.Data, error) {
	in := x.d.Inward
	switch {
	case in.Group != "":
		outputs, follows := s.groups.Take(s.now, x.d)
		s.say(follows)
		return outputs, nil
	case in.Declare != nil:
		return s.declare(x)
	}
	to := s.find(in.Incident)
	switch {
	case to != nil && to.player.Document.Incident.Exists():
		return nil, s.tell(to, rules.Submission{ID: rules.InwardID(x.d.ID), Inward: in}).Err
	case to != nil:
		return nil, fmt.Errorf("there is no incident %s", in.Incident)
	case x.from != nil && x.from.past.refused[x.d.ID] != nil:
		return nil, x.from.past.refused[x.d.ID].result.Failure
	}
	return nil, nil // it is not in the record; nobody knows
}

// find answers an incident by its ID or its name.
func (s *stage) find(incident string) *replayer {
	if r := s.byID[incident]; r != nil {
		return r
	}
	n, _ := ifsev.NumberOf(incident)
	return s.byNumber[n]
}

// declare declares the incident that was really declared, or else an imagined one; where an active one has the key, it is
// meant.
func (s *stage) declare(x *said) (ifsev.Data, error) {
	sub := rules.DeclaredBy(x.d)
	r := s.active(sub.Change.Declare.Key)
	created := r == nil
	if created {
		r = s.newcomer(x)
	}
	sub.IncidentID, sub.Number = r.past.id, r.past.number
	if err := s.tell(r, sub).Err; err != nil {
		return nil, err
	}
	return rules.DeclaredOutputs(&r.player.Document.Incident, created, r.player.Set.World.URL), nil
}

// active answers the active incident that has the key.
func (s *stage) active(key string) *replayer {
	i := slices.IndexFunc(s.all, func(r *replayer) bool {
		inc := &r.player.Document.Incident
		return key != "" && inc.Exists() && inc.Status.Active() && inc.Key == key
	})
	if i < 0 {
		return nil
	}
	return s.all[i]
}

// newcomer answers the incident that is declared: by the same delivery, or by the same step of the same firing, however
// it came about.
func (s *stage) newcomer(x *said) *replayer {
	if r := s.declared[rules.InwardID(x.d.ID)]; r != nil && !r.player.Document.Incident.Exists() {
		return r
	}
	for _, o := range x.from.endsOf(&x.d) {
		if o.result.Receipt == nil {
			continue
		}
		if r := s.find(o.result.Receipt.Summary); r != nil && r.past.declared != nil && !r.player.Document.Incident.Exists() {
			return r
		}
	}
	p := newPast(ifsev.DeclaredID(x.d.ID), s.last+1)
	p.imagined = true
	return s.enter(p)
}

// agenda are the incidents to which something is to happen, the next first; of those at the same instant the one with
// the lowest number.
type agenda []*replayer

var _ heap.Interface = (*agenda)(nil)

// put puts an incident where it belongs.
func (a *agenda) put(r *replayer) {
	at, next := r.next()
	r.due = at
	switch {
	case next == nil && r.slot >= 0:
		heap.Remove(a, r.slot)
	case next != nil && r.slot >= 0:
		heap.Fix(a, r.slot)
	case next != nil:
		heap.Push(a, r)
	}
}

// Len is for heap.
func (a agenda) Len() int { return len(a) }

// Less puts what is due first in front, and of the same instant the incident with the lower number.
func (a agenda) Less(i, j int) bool {
	if c := a[i].due.Compare(a[j].due); c != 0 {
		return c < 0
	}
	return a[i].past.number < a[j].past.number
}

// Swap is for heap.
func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].slot, a[j].slot = i, j
}

// Push is for heap.
func (a *agenda) Push(x any) {
	r, _ := x.(*replayer)
	r.slot = len(*a)
	*a = append(*a, r)
}

// Pop is for heap.
func (a *agenda) Pop() any {
	old := *a
	r := old[len(old)-1]
	old[len(old)-1], r.slot = nil, -1
	*a = old[:len(old)-1]
	return r
}
