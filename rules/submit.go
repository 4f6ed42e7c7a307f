package rules

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/ifsev/ifsev"
)

var systemActor = ifsev.Actor{Kind: ifsev.SystemActor, Name: "ifsev"}

// submit applies one submission and adds its reply.
func (d *decider) submit(sub *Submission) {
	d.accepted, d.trace = d.now, sub.TraceParent
	if !sub.AcceptedAt.IsZero() {
		d.accepted = sub.AcceptedAt
	}
	if !d.doc.Incident.Exists() {
		d.doc.Incident.ID, d.doc.Incident.Number = sub.IncidentID, sub.Number
	}
	before := len(d.out.Events)
	var reply Reply
	switch {
	case sub.Change != nil:
		reply.Err = d.submitChange(sub)
	case sub.Alert != nil:
		reply.Alert, reply.Err = d.submitAlert(sub)
	case sub.Outcome != nil:
		d.submitOutcome(sub)
	case sub.Inward != nil:
		reply.Err = d.submitInward(sub)
	}
	reply.Changed = len(d.out.Events) > before
	d.out.Replies = append(d.out.Replies, reply)
}

func (d *decider) submitChange(sub *Submission) error {
	if sub.Change.CancelPlan != "" {
		return d.cancelPlan(sub)
	}
	events, err := d.eventsOf(sub.Change)
	if err != nil {
		return err
	}
	for i, ev := range events {
		ev.ID, ev.Actor, ev.Cause, ev.Depth = submittedID(sub.ID, i), sub.Actor, sub.Cause, sub.Depth
		d.record(ev)
	}
	return nil
}

// eventsOf is Change.Events, and refuses to reopen an incident beside the one that has taken its place.
func (d *decider) eventsOf(c *ifsev.Change) ([]ifsev.Event, error) {
	events, err := c.Events(&d.doc.Incident)
	reopens := slices.ContainsFunc(events, func(ev ifsev.Event) bool { return ev.Type == ifsev.Reopened })
	if reopens && d.in.Rival != "" {
		return nil, &ifsev.Refusal{Part: "status", Text: fmt.Sprintf("%s has taken the place of %s under the key %q: go on there, or close it first", d.in.Rival, d.doc.Incident.Name(), d.doc.Incident.Key)}
	}
	return events, err
}

// submittedID is the ID of the i-th event of a submission.
func submittedID(id string, i int) string {
	if i == 0 {
		return id
	}
	return ifsev.DerivedID("evt", id, strconv.Itoa(i))
}

func (d *decider) submitAlert(sub *Submission) (ifsev.AlertResultKind, error) {
	if sub.Repeat {
		return d.repeatAlert(sub), nil
	}
	a, result := sub.Alert, ifsev.AlertUpdated
	first := ""
	if !d.doc.Incident.Exists() {
		if a.RecordOnly || a.Status == ifsev.AlertIsResolved {
			return ifsev.AlertRecorded, nil
		}
		change := ifsev.Change{Declare: a.Declaration()}
		events, err := change.Events(&d.doc.Incident)
		if err != nil {
			return ifsev.AlertRejected, err
		}
		first, result = sub.ID, ifsev.AlertDeclared
		events[0].ID, events[0].Actor = first, sub.Actor
		d.record(events[0])
	}
	ev := a.Event()
	ev.ID, ev.Actor, ev.Cause = sub.ID, sub.Actor, first
	if first != "" {
		ev.ID = submittedID(sub.ID, 1)
	}
	d.record(ev)
	if a.Status == ifsev.AlertIsResolved {
		result = ifsev.AlertEnded
	}
	return result, nil
}

// repeatAlert lets an alert that fires do so for longer, now that it was reported again. Rules hear nothing of it, as
// of any report that was taken before.
func (d *decider) repeatAlert(sub *Submission) ifsev.AlertResultKind {
	a := sub.Alert
	s := d.doc.Incident.AlertAt(a, d.now)
	if a.TTL <= 0 || a.Status != s.Status || s.Status != ifsev.AlertIsFiring || d.now.Before(s.RenewsAt(a.TTL)) {
		return ifsev.AlertDuplicate
	}
	ev := a.Event()
	ev.ID, ev.Actor = sub.ID, sub.Actor
	ev.SayAgain()
	d.record(ev)
	return ifsev.AlertUpdated
}

// submitOutcome records how a delivery ended and lets its firing go on.
func (d *decider) submitOutcome(sub *Submission) {
	o := sub.Outcome
	ev := ifsev.Event{
		ID: ifsev.DerivedID("evt", o.Delivery.ID, "outcome", sub.ID), Type: ifsev.Delivered, Actor: systemActor, Cause: o.Delivery.Firing,
		Data: ifsev.Data{
			"delivery": o.Delivery.ID, "action": o.Delivery.Action, "destination": o.Delivery.Destination, "rule": o.Delivery.Rule,
			"firing": o.Delivery.Firing, "step": o.Delivery.Step, "attempts": o.Attempts,
		},
	}
	i := d.firing(o.Delivery)
	if i >= 0 {
		ev.Cause, ev.Depth = d.doc.Firings[i].Cause, d.doc.Firings[i].Depth+1
	}
	if o.Failure != nil {
		ev.Type = ifsev.ActionFailed
		ev.Data["error"], ev.Data["reason"] = o.Failure.Text, string(o.Failure.Reason)
	} else if o.Receipt != nil {
		d.tellReceipt(ev.Data, i, o.Receipt)
	}
	if tellsOutcome(o) {
		d.record(ev)
	}
	if i >= 0 {
		d.resume(i, o)
	}
}

// tellsOutcome reports whether people want to know how a delivery ended: of what stays within the store, only what no
// step asked for and went well is left out.
func tellsOutcome(o *ifsev.Outcome) bool {
	in := o.Delivery.Inward
	return in == nil || in.Declare != nil || o.Failure != nil && in.Spend == nil
}

// tellReceipt puts into the event what the receiver answered: the outputs too where later steps may read them, so that
// the timeline holds all that a decision was made of.
func (d *decider) tellReceipt(data ifsev.Data, firing int, r *ifsev.Receipt) {
	if r.Summary != "" {
		data["receipt"] = r.Summary
	}
	if firing < 0 || len(r.Outputs) == 0 {
		return
	}
	f := &d.doc.Firings[firing]
	if step := stepAt(f, d.steps(f)); step != nil && step.ID != "" {
		data["outputs"] = map[string]any(r.Outputs)
	}
}

func (d *decider) firing(of ifsev.Delivery) int {
	for i := range d.doc.Firings {
		if d.doc.Firings[i].ID == of.Firing && d.doc.Firings[i].Delivery == of.ID {
			return i
		}
	}
	return -1
}

// expireAlerts resolves the alerts that were not seen again within their time to live.
func (d *decider) expireAlerts() {
	for _, a := range d.doc.Incident.Alerts {
		if a.Status != ifsev.AlertIsFiring || a.ExpiresAt.IsZero() || a.ExpiresAt.After(d.at) {
			continue
		}
		over := ifsev.Alert{
			Source: a.Source, Fingerprint: a.Fingerprint, Title: a.Title, URL: a.URL, Labels: a.Labels, Status: ifsev.AlertIsResolved, EndsAt: a.ExpiresAt,
		}
		ev := over.Event()
		ev.ID = ifsev.DerivedID("evt", "expired", d.doc.Incident.ID, a.Source, a.Fingerprint, a.ExpiresAt.Format(time.RFC3339Nano))
		ev.Actor, ev.Data["expired"] = systemActor, true
		d.record(ev)
	}
}

// record gives the event its place in the timeline, applies it and queues it for the event rules.
func (d *decider) record(ev ifsev.Event) {
	ev.Seq, ev.At = d.doc.Incident.Version+1, d.now
	next, err := ifsev.Apply(d.doc.Incident, ev)
	if err != nil {
		// Every event comes from Change, Alert or this package, which make only what fits.
		panic(fmt.Sprintf("ifsev: %v", err))
	}
	d.doc.Incident, d.base, d.dirty = next, nil, true
	d.out.Events = append(d.out.Events, ev)
	if !ev.Again() {
		d.queue = append(d.queue, ev)
	}
	if ev.Type == ifsev.Related {
		d.mirror(&ev)
	}
	if d.latest == nil || ev.Depth >= d.latest.Depth {
		d.latest = &ev
	}
}
