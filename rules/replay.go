package rules

import (
	"slices"
	"time"

	"github.com/ifsev/ifsev"
)

// grain is the finest instant stores keep a wake at.
const grain = time.Millisecond

// WakeAt rounds a wake up to the grain of the stores, so that nothing is looked at before its time; zero stays zero.
func WakeAt(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Add(grain - 1).Truncate(grain)
}

// Player plays one incident in virtual time: each submission when it comes, and what falls due by time alone exactly
// then, as a daemon does that is never late. It is for one goroutine.
type Player struct {
	// Set is in force; another may take its place between two instants.
	Set *Set
	// Document is what is kept of the incident so far; the zero value for one that is about to be declared.
	Document ifsev.Document
	// Previous and SetAt are as in Input; where Previous is nil, SetAt is asked for the set before.
	Previous map[string]string
	SetAt    func(epoch int64) *Set
	// Watcher is told what is looked at and done; nil if nobody wants to know.
	Watcher Watcher
}

// Next is when time alone has something to decide; zero for never.
func (p *Player) Next() time.Time { return WakeAt(p.Document.Wake) }

// Play decides the submissions at an instant, or with none of them what has fallen due by then, and keeps the document.
// Whoever wants time to be exact plays Next first as long as it lies before the instant.
func (p *Player) Play(at time.Time, submissions ...Submission) Decision {
	in := Input{Document: p.Document, Submissions: submissions, Now: at, Previous: p.Previous, SetAt: p.setAt, Watcher: p.Watcher}
	if before := p.setAt(p.Document.Epoch); in.Previous == nil && before != nil && before != p.Set {
		in.Previous = before.Manifest()
	}
	dec := p.Set.Decide(in)
	p.Document = dec.Document
	return dec
}

func (p *Player) setAt(epoch int64) *Set {
	switch {
	case epoch == p.Set.Epoch:
		return p.Set
	case p.SetAt == nil:
		return nil
	}
	return p.SetAt(epoch)
}

// EventID is the ID of the i-th event that a submission made, from 0: the submission's own for the first.
func EventID(submission string, i int) string { return submittedID(submission, i) }

// Imagined is the success of a delivery that nobody makes: for each text its kind of action promises it answers the
// name of the output in angle quotes, so that later steps have something to go on with and nobody takes it for real; for
// each list an empty one.
func (s *Set) Imagined(d ifsev.Delivery) Submission {
	out := &ifsev.Outcome{Delivery: d, Attempts: 1, Receipt: s.imaginedReceipt(d.Action)}
	if d.IsInward() && d.Inward.Spend != nil {
		out.Receipt.Outputs[grantedOutput] = true
	}
	return Submission{ID: "imagined " + d.ID, Actor: systemActor, Outcome: out}
}

func (s *Set) imaginedReceipt(kind string) *ifsev.Receipt {
	r := &ifsev.Receipt{Outputs: ifsev.Data{}}
	actions := s.World.Actions
	if kind == kindDeclare {
		actions = []ifsev.ActionSpec{declareSpec()}
	}
	i := slices.IndexFunc(actions, func(a ifsev.ActionSpec) bool { return a.Kind == kind })
	if i < 0 {
		return r
	}
	for _, o := range actions[i].Outputs {
		switch {
		case o.Name == "status" && o.Type == ifsev.TypeInt:
			r.Outputs[o.Name] = 200
		case o.Type == ifsev.TypeString:
			r.Outputs[o.Name] = "‹" + o.Name + "›"
		case o.Type == ifsev.TypeStrings:
			r.Outputs[o.Name] = []any{}
		}
	}
	return r
}
