package rules

import (
	"maps"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
)

// Groups plays groups in virtual time, as Player plays an incident. The zero value has none. It is for one goroutine.
type Groups struct {
	docs map[string]ifsev.Document
}

// Next is when time alone has something to do for one of them; zero for never.
func (g *Groups) Next() time.Time {
	var next time.Time
	for _, doc := range g.docs {
		if w := WakeAt(doc.Wake); !w.IsZero() && (next.IsZero() || w.Before(next)) {
			next = w
		}
	}
	return next
}

// Take has a group decide on the delivery at an instant, and answers what the delivery brings and what follows.
func (g *Groups) Take(at time.Time, d ifsev.Delivery) (ifsev.Data, []ifsev.Delivery) {
	dec := g.decide(at, d.Inward.Group, Submission{ID: d.ID, Inward: d.Inward})
	return dec.Replies[0].Outputs, dec.Deliveries
}

// Wake has the groups decide for which it is time.
func (g *Groups) Wake(at time.Time) []ifsev.Delivery {
	var follows []ifsev.Delivery
	for _, id := range slices.Sorted(maps.Keys(g.docs)) {
		if w := WakeAt(g.docs[id].Wake); !w.IsZero() && !w.After(at) {
			follows = append(follows, g.decide(at, id).Deliveries...)
		}
	}
	return follows
}

func (g *Groups) decide(at time.Time, id string, subs ...Submission) Decision {
	dec := decideGroup(Input{Document: g.docs[id], Submissions: subs, Now: at})
	if g.docs == nil {
		g.docs = map[string]ifsev.Document{}
	}
	g.docs[id] = dec.Document
	if dec.Document.Group.Empty() {
		delete(g.docs, id)
	}
	return dec
}

// DeclaredBy is the submission by which a delivery declares another incident.
func DeclaredBy(d ifsev.Delivery) Submission {
	in := d.Inward
	return Submission{
		ID: InwardID(d.ID), Actor: ruleActor(d.Rule), Change: &ifsev.Change{Declare: in.Declare}, Cause: in.Cause, Depth: in.Depth,
		AcceptedAt: d.AcceptedAt, TraceParent: d.TraceParent,
	}
}

// InwardID is the ID of the submission a delivery makes.
func InwardID(delivery string) string { return "in:" + delivery }
