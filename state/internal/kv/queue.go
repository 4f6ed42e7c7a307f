package kv

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// writeWake replaces the incident's wake.
func (t *tx) writeWake(p ifsev.Partition, id string, before, after time.Time) {
	if !before.IsZero() {
		t.Delete(wakes, key{}.part(p).instant(before).text(id))
		t.count(wakesKey(), -1)
	}
	if !after.IsZero() {
		t.Put(wakes, key{}.part(p).instant(after).text(id), nil)
		t.count(wakesKey(), 1)
	}
}

// Due answers what is due in the partitions; see state.Queue.
func (s *Store) Due(ctx context.Context, parts []ifsev.Partition, limit int) (state.Due, error) {
	var found state.Due
	err := s.view(ctx, func(t *tx) {
		d := collector{tx: t, limit: limit, found: state.Due{Now: t.now.UTC()}}
		for _, p := range parts {
			d.wakes(p)
			d.destinations(p)
		}
		found = d.found
	})
	if err != nil {
		return state.Due{}, err
	}
	return found, nil
}

// collector gathers what is due.
type collector struct {
	*tx
	limit int
	found state.Due
}

// later remembers the instant if it is the earliest to come.
func (d *collector) later(at time.Time) {
	if d.found.Next.IsZero() || at.Before(d.found.Next) {
		d.found.Next = at
	}
}

// justAfter is the smallest instant above now.
func (d *collector) justAfter() time.Time { return d.now.Add(1) }

func (d *collector) wakes(p ifsev.Partition) {
	n := 0
	for k := range d.under(wakes, key{}.part(p)) {
		r := reader{b: k[1:]}
		at, id := r.instant(), r.text()
		if n == d.limit || at.After(d.now) {
			break
		}
		d.found.Wakes = append(d.found.Wakes, state.Wake{ID: id, At: at})
		n++
	}
	d.firstFrom(wakes, key{}.part(p))
}

// firstFrom looks up the earliest instant after now among the keys that begin with prefix and an instant.
func (d *collector) firstFrom(table Table, prefix key) {
	for k := range d.Scan(table, prefix.instant(d.justAfter())) {
		if prefix.begins(k) {
			r := reader{b: k[len(prefix):]}
			d.later(r.instant())
		}
		return
	}
}

// destinations jumps from one destination of the partition to the next, of which there are few.
func (d *collector) destinations(p ifsev.Partition) {
	var ready []state.DestinationDue
	prefix := key{}.part(p)
	for from := prefix; from != nil; {
		destination, at, ok := d.destination(prefix, from)
		if !ok {
			break
		}
		if !at.After(d.now) {
			ready = append(ready, state.DestinationDue{Partition: p, Destination: destination, At: at})
		}
		d.firstFrom(due, prefix.text(destination))
		from = prefix.text(destination).beyond()
	}
	slices.SortStableFunc(ready, func(a, b state.DestinationDue) int { return a.At.Compare(b.At) })
	d.found.Destinations = append(d.found.Destinations, ready[:min(len(ready), d.limit)]...)
}

// destination answers the first destination from a key on, with its earliest instant.
func (d *collector) destination(prefix, from key) (string, time.Time, bool) {
	for k := range d.Scan(due, from) {
		if !prefix.begins(k) {
			break
		}
		r := reader{b: k[len(prefix):]}
		return r.text(), r.instant(), true
	}
	return "", time.Time{}, false
}

// Claim hands out due deliveries; see state.Queue.
func (s *Store) Claim(ctx context.Context, p ifsev.Partition, destination string, limit int, visibility time.Duration) ([]state.Claim, error) {
	var claims []state.Claim
	err := s.update(ctx, func(t *tx) {
		claims = nil
		for _, l := range t.ready(p, destination, limit) {
			claims = append(claims, t.claim(l, visibility))
		}
	})
	if err != nil {
		return nil, err
	}
	return claims, nil
}

// ready answers up to limit lanes of the destination whose heads are due, earliest first.
func (t *tx) ready(p ifsev.Partition, destination string, limit int) []lane {
	var found []lane
	prefix := key{}.part(p).text(destination)
	for k := range t.under(due, prefix) {
		r := reader{b: k[len(prefix):]}
		if at := r.instant(); len(found) >= limit || at.After(t.now) {
			break
		}
		found = append(found, lane{p, destination, r.text()})
	}
	return found
}

func (t *tx) claim(l lane, visibility time.Duration) state.Claim {
	d, ok := t.first(l)
	if !ok {
		t.damaged("a lane that is due but empty")
	}
	before := d.next
	d.attempts++
	d.claimed, d.next = true, t.now.Add(visibility)
	t.reschedule(d, before)
	return state.Claim{
		Partition: d.p, Destination: d.destination, Incident: d.incident, ID: d.id, Attempt: int(d.attempts),
		Body: bytes.Clone(d.body),
	}
}

// Retry makes a claimed delivery due again; see state.Queue.
func (s *Store) Retry(ctx context.Context, c state.Claim, at time.Time, failure string) (bool, error) {
	var held bool
	err := s.update(ctx, func(t *tx) {
		var d delivery
		if d, held = t.held(c); held {
			before := d.next
			d.claimed, d.next, d.failure = false, at, failure
			t.reschedule(d, before)
		}
	})
	if err != nil {
		return false, err
	}
	return held, nil
}

// lease is who may poll a partition, and until when.
type lease struct {
	owner   string
	expires time.Time
}

// Lease takes or renews the right to poll partitions; see state.Queue.
func (s *Store) Lease(ctx context.Context, owner string, parts []ifsev.Partition, ttl time.Duration) ([]ifsev.Partition, error) {
	if ctx.Err() != nil {
		return nil, Interrupted(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	var mine []ifsev.Partition
	for _, p := range parts {
		held, ok := s.leases[p]
		switch {
		case ok && held.owner != owner && held.expires.After(now):
		case ttl <= 0:
			delete(s.leases, p)
		default:
			s.leases[p] = lease{owner: owner, expires: now.Add(ttl)}
			mine = append(mine, p)
		}
	}
	slices.SortFunc(mine, cmp.Compare[ifsev.Partition])
	return mine, nil
}
