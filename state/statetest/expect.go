package statetest

import (
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// What the reference says should be seen, where it takes more than looking it up.

func (r *reference) list(q state.Query) []state.Summary {
	var all []state.Summary
	for _, i := range r.incidents {
		if s := i.summary; s.Number > 0 && (q.Before == 0 || s.Number < q.Before) && seen(q, s) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b state.Summary) int { return int(b.Number - a.Number) })
	return all[:min(len(all), q.Limit)]
}

func seen(q state.Query, s state.Summary) bool {
	for _, tag := range q.Tags {
		if !slices.Contains(s.Tags, tag) {
			return false
		}
	}
	text := strings.ToLower(s.Title + "\n" + s.Key + "\n" + s.Service)
	return (q.Statuses == nil || slices.Contains(q.Statuses, s.Status)) &&
		(q.Severities == nil || slices.Contains(q.Severities, s.Severity)) && strings.Contains(text, strings.ToLower(q.Text))
}

// deliveries answers the deliveries the query asks for, oldest first, each once however it is kept.
func (r *reference) deliveries(q state.DeliveryQuery) []*refDelivery {
	all := slices.Clone(r.dead)
	if !q.Dead {
		for _, l := range r.lanes {
			all = append(all, l.queue...)
		}
	}
	all = slices.DeleteFunc(all, func(d *refDelivery) bool {
		return q.ID != "" && d.ID != q.ID || q.Incident != "" && d.lane.incident != q.Incident || q.Rule != "" && d.Rule != q.Rule
	})
	slices.SortFunc(all, func(a, b *refDelivery) int { return a.Created.Compare(b.Created) })
	return all[:min(len(all), q.Limit)]
}

func (r *reference) letter(d *refDelivery) state.Letter {
	l := state.Letter{Partition: d.lane.p, State: ifsev.DeliveryWaiting, Attempts: d.attempts, LastError: d.failure, Body: d.Body}
	switch {
	case slices.Contains(r.dead, d):
		l.State = ifsev.DeliveryDead
		return l
	case d.lane.queue[0] != d:
		return l
	case d.claimed && d.next.After(r.now):
		l.State = ifsev.DeliveryInFlight
	case d.attempts > 0:
		l.State = ifsev.DeliveryRetrying
	}
	l.NextAttempt = d.next
	return l
}

// refDue is what is due in one partition.
type refDue struct {
	wakes        []state.Wake
	destinations []state.DestinationDue
	next         time.Time
}

func (r *reference) due(p ifsev.Partition) refDue {
	var due refDue
	at := func(when time.Time) bool {
		if !when.After(r.now) {
			return true
		}
		if due.next.IsZero() || when.Before(due.next) {
			due.next = when
		}
		return false
	}
	for id, i := range r.incidents {
		if partitionOf(state.Commit{ID: id}) == p && !i.wake.IsZero() && at(i.wake) {
			due.wakes = append(due.wakes, state.Wake{ID: id, At: i.wake})
		}
	}
	for _, l := range r.lanes {
		if l.p == p && len(l.queue) > 0 && at(l.queue[0].next) {
			due.destination(state.DestinationDue{Partition: p, Destination: l.destination, At: l.queue[0].next})
		}
	}
	slices.SortFunc(due.wakes, func(a, b state.Wake) int { return a.At.Compare(b.At) })
	slices.SortFunc(due.destinations, func(a, b state.DestinationDue) int { return a.At.Compare(b.At) })
	return due
}

// destination adds one, keeping the earliest instant of each.
func (d *refDue) destination(found state.DestinationDue) {
	for n, known := range d.destinations {
		if known.Destination == found.Destination {
			if found.At.Before(known.At) {
				d.destinations[n].At = found.At
			}
			return
		}
	}
	d.destinations = append(d.destinations, found)
}

func (r *reference) stats() state.Stats {
	all := state.Stats{Incidents: map[state.Class]int{}, Outbox: map[string]state.OutboxStats{}}
	for _, i := range r.incidents {
		if i.summary.Number > 0 {
			all.Incidents[state.Class{Severity: i.summary.Severity, Status: i.summary.Status}]++
		}
		if i.wake.IsZero() {
			continue
		}
		if all.Wakes++; all.OldestWake.IsZero() || i.wake.Before(all.OldestWake) {
			all.OldestWake = i.wake
		}
	}
	for _, l := range r.lanes {
		for _, d := range l.queue {
			o := all.Outbox[d.Action]
			if o.Pending++; o.Oldest.IsZero() || d.Created.Before(o.Oldest) {
				o.Oldest = d.Created
			}
			all.Outbox[d.Action] = o
		}
	}
	for _, d := range r.dead {
		o := all.Outbox[d.Action]
		o.Dead++
		all.Outbox[d.Action] = o
	}
	return all
}
