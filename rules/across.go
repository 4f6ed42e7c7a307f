package rules

import (
	"slices"
	"time"

	"github.com/ifsev/ifsev"
)

// What concerns several incidents is kept in a group, a document of its own (ifsev.Group), and decided there. Both
// sides tell each other by deliveries that stay within the store, so nothing is lost on the way and nothing counts
// twice:
//
//	incident: an event of a rule with window ── join ──► group: full? ── tell ──► the incident whose event filled it: fires
//	incident: a rule with budget is to fire ── spend ──► group: granted or held ── outcome ──► fires, or is held back
//	incident: a schedule with each: false    ── join ──► group: all called ── tell ──► one of them: fires

// decideGroup decides on a group.
func decideGroup(in Input) Decision {
	g := ifsev.Group{}
	if in.Document.Group != nil {
		g = *in.Document.Group
	}
	now := in.Now.UTC()
	if in.Document.DecidedAt.After(now) {
		now = in.Document.DecidedAt
	}
	d := groupDecider{group: &g, now: now, out: Decision{Counts: map[string]*Counts{}}}
	for i := range in.Submissions {
		d.out.Replies = append(d.out.Replies, d.submit(&in.Submissions[i]))
	}
	d.fallDue()
	g.Forget(now)
	d.out.Document = ifsev.Document{Group: &g, DecidedAt: now, Wake: g.Wake(), Epoch: in.Document.Epoch}
	return d.out
}

// ForGroup reports whether a group decides on it.
func (s *Submission) ForGroup() bool { return s.Inward != nil && s.Inward.Group != "" }

// onGroup reports whether the input concerns a group.
func (in *Input) onGroup() bool {
	return in.Document.Group != nil || slices.ContainsFunc(in.Submissions, func(s Submission) bool { return s.ForGroup() })
}

type groupDecider struct {
	group *ifsev.Group
	now   time.Time
	out   Decision
}

func (d *groupDecider) submit(sub *Submission) Reply {
	if !sub.ForGroup() {
		return Reply{} // the end of a delivery of its own
	}
	d.group.ID = sub.Inward.Group
	switch in := sub.Inward; {
	case in.Join != nil && in.Join.Kind == ifsev.GroupRoll:
		d.group.Call(in.Join)
	case in.Join != nil:
		if told := d.group.Join(in.Join); told != nil {
			d.tell(in.Join.Member.Incident, told, in.Join.Member.ID, in)
		}
	case in.Probe != nil:
		d.probe(in.Probe, sub)
	case in.Spend != nil:
		return Reply{Changed: true, Outputs: ifsev.Data{grantedOutput: d.group.Spend(in.Spend, d.now)}}
	}
	return Reply{Changed: true}
}

// fallDue does what time alone brings.
func (d *groupDecider) fallDue() {
	none := &ifsev.Inward{}
	if told, to := d.group.Close(d.now); told != nil {
		d.tell(to, told, "closed", none)
	}
	if told, to := d.group.Digest(d.now); told != nil {
		d.tell(to, told, told.Since.Format(time.RFC3339Nano), none)
	}
}

// tell has an incident told what has gathered.
func (d *groupDecider) tell(incident string, told *ifsev.Gathered, what string, why *ifsev.Inward) {
	d.out.Deliveries = append(d.out.Deliveries, ifsev.Delivery{
		ID: ifsev.DerivedID("dlv", d.group.ID, what), Incident: d.group.ID, Rule: d.group.Rule, Action: ifsev.ActionTell,
		Destination: ifsev.DestinationInward, Retry: ifsev.InwardRetry(), CreatedAt: d.now, AcceptedAt: d.now,
		Facts:  ifsev.Facts{Title: "what rule " + d.group.Rule + " gathered"},
		Inward: &ifsev.Inward{Incident: incident, Tell: told, Cause: why.Cause, Depth: why.Depth},
	})
}

// probe puts what measures the way into the outbox; it comes back to the group that it left.
func (d *groupDecider) probe(p *ifsev.Probe, sub *Submission) {
	if !d.group.Probe(p, d.now) {
		return
	}
	d.out.Deliveries = append(d.out.Deliveries, ifsev.Delivery{
		ID: ifsev.DerivedID("dlv", d.group.ID, p.Round), Incident: d.group.ID, Action: ifsev.ActionProbe,
		Destination: ifsev.DestinationInward, Retry: ifsev.InwardRetry(), CreatedAt: d.now, AcceptedAt: sub.AcceptedAt,
		Facts:  ifsev.Facts{Title: "ifsev measures its own way"},
		Inward: &ifsev.Inward{Group: d.group.ID, Probe: p},
	})
}

// grantedOutput says in the outcome of a delivery whether a budget granted what it asked.
const grantedOutput = "granted"

// inward puts a delivery that stays within the store among the deliveries, and answers its ID.
func (d *decider) inward(action, rule string, in *ifsev.Inward, id ...string) *ifsev.Delivery {
	inc := &d.doc.Incident
	d.out.Deliveries = append(d.out.Deliveries, ifsev.Delivery{
		ID: ifsev.DerivedID("dlv", append([]string{inc.ID, action}, id...)...), Incident: inc.ID, Number: inc.Number, Rule: rule,
		Action: action, Destination: ifsev.DestinationInward, Retry: ifsev.InwardRetry(), CreatedAt: d.now, AcceptedAt: d.accepted,
		TraceParent: d.trace, Inward: in,
		Facts: ifsev.Facts{Key: inc.Key, Title: inc.Title, Severity: inc.Severity, SeverityName: d.set.World.Severities.Name(inc.Severity), Status: inc.Status},
	})
	return &d.out.Deliveries[len(d.out.Deliveries)-1]
}

// submitInward takes what another document of the store told this incident.
func (d *decider) submitInward(sub *Submission) error {
	in := sub.Inward
	if !d.doc.Incident.Exists() {
		return errGone
	}
	if in.Relate != nil {
		events, err := (&ifsev.Change{Relate: []ifsev.Relation{*in.Relate}, Mirrored: true}).Events(&d.doc.Incident)
		for i, ev := range events {
			ev.ID, ev.Actor, ev.Cause, ev.Depth = submittedID(sub.ID, i), systemActor, in.Cause, in.Depth
			d.record(ev)
		}
		return err
	}
	if in.Tell != nil {
		d.told(sub.ID, in)
	}
	return nil
}

// told has a rule do what it is to do once enough has gathered.
func (d *decider) told(id string, in *ifsev.Inward) {
	told := in.Tell
	r := d.set.Rule(told.Rule)
	switch {
	case r == nil: // it has been taken out of service since
	case told.Kind == ifsev.GroupBudget:
		d.toldDigest(id, r, told)
	case told.Kind == ifsev.GroupRoll && r.Roll:
		d.admit(r, Verdict{}, nil, told)
	case told.Kind == ifsev.GroupWindow && r.Window != nil && told.Event != nil:
		d.record(ifsev.Event{
			ID: id, Type: ifsev.WindowFilled, Actor: systemActor, Cause: in.Cause, Depth: in.Depth,
			Data: ifsev.Data{"rule": told.Rule, "key": told.Key, "count": told.Count, "incidents": told.Incidents},
		})
		event := *told.Event
		event.Depth = max(event.Depth, in.Depth)
		d.admit(r, Verdict{Event: event.Seq}, &event, told)
	}
}

// mirror tells the other incident of a relation, unless it was that which told.
func (d *decider) mirror(ev *ifsev.Event) {
	if mirrored, _ := ev.Data["mirrored"].(bool); mirrored {
		return
	}
	r := ifsev.Relation{Incident: ev.Data.String("incident"), As: ev.Data.String("as")}
	back := r.Mirror(d.doc.Incident.Name())
	d.inward(ifsev.ActionRelate, "", &ifsev.Inward{Incident: r.Incident, Relate: &back, Cause: ev.ID, Depth: ev.Depth + 1}, ev.ID)
}
