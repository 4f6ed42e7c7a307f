package kv

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// What a letter is listed under.
const (
	pending byte = iota
	buried
)

func letterKey(d delivery, kind byte) key {
	return key{}.byte(kind).text(d.action).instant(d.created).number(d.ordinal)
}

// addLetter lists and counts the delivery; at is its key in items or dead.
func (t *tx) addLetter(d delivery, kind byte, at key) {
	t.Put(letters, letterKey(d, kind), at)
	t.count(actionKey(kind, d.action), 1)
}

func (t *tx) removeLetter(d delivery, kind byte) {
	t.Delete(letters, letterKey(d, kind))
	t.count(actionKey(kind, d.action), -1)
}

func deadKey(p ifsev.Partition, id string) key { return key{}.part(p).text(id) }

// bury puts a delivery that left its lane on the dead list, in the place of one with the same ID.
func (t *tx) bury(d delivery) {
	t.exhume(d.p, d.id)
	d.claimed = false
	t.Put(dead, deadKey(d.p, d.id), d.encode())
	t.addLetter(d, buried, deadKey(d.p, d.id))
}

// exhume takes a delivery from the dead list, and answers false if it is not there.
func (t *tx) exhume(p ifsev.Partition, id string) (delivery, bool) {
	v := t.Get(dead, deadKey(p, id))
	if v == nil {
		return delivery{}, false
	}
	d := t.delivery(v)
	t.Delete(dead, deadKey(p, id))
	t.removeLetter(d, buried)
	return d, true
}

// Revive puts a dead delivery at the end of its lane; see state.Outbox.
func (s *Store) Revive(ctx context.Context, id string, p ifsev.Partition) error {
	return s.withDead(ctx, id, p, func(t *tx, d delivery) {
		d.attempts, d.next = 0, t.now
		t.enqueue(d)
	})
}

// Drop forgets a dead delivery; see state.Outbox.
func (s *Store) Drop(ctx context.Context, id string, p ifsev.Partition) error {
	return s.withDead(ctx, id, p, func(*tx, delivery) {})
}

// withDead takes a delivery from the dead list and does something with it.
func (s *Store) withDead(ctx context.Context, id string, p ifsev.Partition, do func(*tx, delivery)) error {
	var found bool
	err := s.update(ctx, func(t *tx) {
		var d delivery
		if d, found = t.exhume(p, id); found {
			do(t, d)
		}
	})
	if err == nil && !found {
		return fmt.Errorf("dead delivery %.100s: %w", id, state.ErrNotFound)
	}
	return err
}

// Deliveries answers what is in the outbox, oldest first; see state.Outbox.
func (s *Store) Deliveries(ctx context.Context, q state.DeliveryQuery) ([]state.Letter, error) {
	var found []state.Letter
	err := s.view(ctx, func(t *tx) {
		all := t.matching(ctx, q, buried)
		if !q.Dead {
			all = append(all, t.matching(ctx, q, pending)...)
		}
		slices.SortFunc(all, older)
		found = nil
		for _, d := range all[:min(len(all), q.Limit)] {
			found = append(found, t.letter(d))
		}
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

func older(a, b listed) int { return a.place().Compare(b.place()) }

// place is where it stands in the list; ordinals are those of all partitions.
func (d delivery) place() state.Place { return state.Place{Created: d.created.UTC(), Seq: d.ordinal} }

// listed is a delivery with the list it was found on.
type listed struct {
	delivery
	kind byte
}

// matching answers, for each action, the oldest deliveries that match, up to the limit.
func (t *tx) matching(ctx context.Context, q state.DeliveryQuery, kind byte) []listed {
	var found []listed
	for _, action := range t.actions(kind) {
		n := 0
		prefix := key{}.byte(kind).text(action)
		from := prefix
		if q.After != (state.Place{}) {
			from = prefix.instant(q.After.Created).number(q.After.Seq + 1)
		}
		for _, at := range t.underFrom(letters, prefix, from) {
			if n >= q.Limit || t.err != nil {
				break
			}
			if d := t.delivery(t.Get(tableOf(kind), at)); matches(d, q) {
				found = append(found, listed{d, kind})
				n++
			}
			if ctx.Err() != nil {
				t.err = Interrupted(ctx)
			}
		}
	}
	return found
}

func tableOf(kind byte) Table {
	if kind == buried {
		return dead
	}
	return items
}

func matches(d delivery, q state.DeliveryQuery) bool {
	return (q.ID == "" || d.id == q.ID) && (q.Incident == "" || d.incident == q.Incident) && (q.Rule == "" || d.rule == q.Rule)
}

// letter shows a delivery to people.
func (t *tx) letter(d listed) state.Letter {
	l := state.Letter{
		Partition: d.p, State: ifsev.DeliveryWaiting, Attempts: int(d.attempts), LastError: d.failure, Body: bytes.Clone(d.body), Place: d.place(),
	}
	if d.kind == buried {
		l.State = ifsev.DeliveryDead
		return l
	}
	if head, _ := t.first(d.lane); head.ordinal != d.ordinal {
		return l
	}
	l.NextAttempt = d.next.UTC()
	switch {
	case d.claimed && d.next.After(t.now):
		l.State = ifsev.DeliveryInFlight
	case d.attempts > 0:
		l.State = ifsev.DeliveryRetrying
	}
	return l
}

// oldest answers when the first delivery of the action was created.
func (t *tx) oldest(kind byte, action string) time.Time {
	prefix := key{}.byte(kind).text(action)
	for k := range t.under(letters, prefix) {
		r := reader{b: k[len(prefix):]}
		return r.instant()
	}
	return time.Time{}
}
