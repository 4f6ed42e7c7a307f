package kv

import (
	"bytes"
	"context"
	"fmt"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

var _ state.Remover = (*Store)(nil)

// Remove forgets an incident; see state.Remover.
func (s *Store) Remove(ctx context.Context, id string, expect state.Rev) (state.Removal, error) {
	p, err := ifsev.PartitionOfID(id)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", state.ErrNotFound, err)
	}
	var found bool
	var removal state.Removal
	err = s.update(ctx, func(t *tx) {
		var h head
		h, found = t.head(id)
		switch {
		case !found:
		case h.rev != expect:
			removal = state.Changed
		case !h.wake.IsZero() || t.waits(p, id):
			removal = state.Unfinished
		default:
			removal = state.Removed
			t.remove(id)
		}
	})
	if err == nil && !found {
		err = fmt.Errorf("incident %s: %w", id, state.ErrNotFound)
	}
	return removal, err
}

// waits reports whether a delivery about the incident is in a lane or dead.
func (t *tx) waits(p ifsev.Partition, id string) bool {
	c := collector{tx: t}
	prefix := key{}.part(p)
	for from := prefix; from != nil; {
		destination, _, ok := c.destination(prefix, from)
		if !ok {
			break
		}
		if _, waits := t.first(lane{p, destination, id}); waits {
			return true
		}
		from = prefix.text(destination).beyond()
	}
	for _, v := range t.under(dead, prefix) {
		if t.delivery(v).incident == id {
			return true
		}
	}
	return false
}

func (t *tx) remove(id string) {
	name := key{}.text(id)
	for _, table := range []Table{pages, verdicts} {
		var gone []key
		for k := range t.under(table, name) {
			gone = append(gone, bytes.Clone(k))
		}
		for _, k := range gone {
			t.Delete(table, k)
		}
	}
	if n := t.number(numbers, name); n > 0 {
		t.removeSummary(n, id)
		t.Delete(byNumber, key{}.number(n))
		t.Delete(numbers, name)
	}
	for _, table := range []Table{heads, docs} {
		t.Delete(table, name)
	}
}

// removeSummary takes an incident out of the lists, and lets go of its key.
func (t *tx) removeSummary(n int64, id string) {
	k := key{}.number(-n)
	s, ok := t.summary(t.Get(summaries, k))
	if !ok || s.ID != id {
		return
	}
	t.Delete(summaries, k)
	t.count(classKey(s), -1)
	if s.Key != "" && t.bound(s.Key) == id {
		t.Delete(keys, key{}.text(s.Key))
	}
}
