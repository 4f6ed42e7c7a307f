package kv

import (
	"context"

	"github.com/ifsev/ifsev"
)

// Release makes every delivery due that is claimed, and answers how many were: for a process that has the store to itself,
// and knows that whoever claimed them is gone. They would be handed out again by themselves once their claims expire.
func (s *Store) Release(ctx context.Context) (int, error) {
	var lanes []lane
	if err := s.view(ctx, func(t *tx) { lanes = t.flying() }); err != nil || len(lanes) == 0 {
		return 0, err // nothing to do is nothing to write
	}
	n := 0
	err := s.update(ctx, func(t *tx) {
		n = 0
		for _, l := range t.flying() {
			d, _ := t.first(l)
			before := d.next
			d.claimed, d.next = false, t.now
			t.reschedule(d, before)
			n++
		}
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// flying answers the lanes whose heads are claimed and not due.
func (t *tx) flying() []lane {
	var found []lane
	for p := range ifsev.Partition(ifsev.Partitions) {
		prefix := key{}.part(p)
		for k := range t.under(due, prefix) {
			r := reader{b: k[len(prefix):]}
			destination, at, incident := r.text(), r.instant(), r.text()
			if !at.After(t.now) {
				continue
			}
			l := lane{p, destination, incident}
			if d, ok := t.first(l); ok && d.claimed {
				found = append(found, l)
			}
		}
	}
	return found
}
