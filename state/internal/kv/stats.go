package kv

import (
	"context"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// What is counted. Actions come in two kinds, pending and buried, which are the first two.
const (
	countClass byte = iota + 2
	countWakes
)

func actionKey(kind byte, action string) key { return key{}.byte(kind).text(action) }

func classKey(s state.Summary) key {
	return key{}.byte(countClass).number(int64(s.Severity)).text(string(s.Status))
}

func wakesKey() key { return key{}.byte(countWakes) }

// count adds to a count; one of zero is not kept.
func (t *tx) count(k key, add int64) {
	n := t.number(counts, k) + add
	if n == 0 {
		t.Delete(counts, k)
		return
	}
	t.Put(counts, k, key{}.number(n))
}

// actions answers the actions that have a letter of the kind.
func (t *tx) actions(kind byte) []string {
	var all []string
	for k := range t.under(counts, key{}.byte(kind)) {
		r := reader{b: k[1:]}
		all = append(all, r.text())
	}
	return all
}

// Stats counts what is kept; it reads counters and the first key of an index each.
func (s *Store) Stats(ctx context.Context) (state.Stats, error) {
	var all state.Stats
	err := s.view(ctx, func(t *tx) {
		all = state.Stats{Incidents: map[state.Class]int{}, Outbox: map[string]state.OutboxStats{}}
		for k, v := range t.Scan(counts, nil) {
			r, n := reader{b: k}, reader{b: v}
			t.add(&all, &r, int(n.number()))
		}
		all.OldestWake = t.oldestWake()
	})
	if err != nil {
		return state.Stats{}, err
	}
	return all, nil
}

// add puts one count where it belongs.
func (t *tx) add(all *state.Stats, k *reader, n int) {
	switch kind := k.byte(); kind {
	case countWakes:
		all.Wakes = n
	case countClass:
		all.Incidents[state.Class{Severity: ifsev.Severity(k.number()), Status: ifsev.Status(k.text())}] = n
	default:
		action := k.text()
		o := all.Outbox[action]
		if kind == buried {
			o.Dead = n
		} else {
			o.Pending, o.Oldest = n, t.oldest(pending, action)
		}
		all.Outbox[action] = o
	}
}

func (t *tx) oldestWake() time.Time {
	var oldest time.Time
	for p := range ifsev.Partition(ifsev.Partitions) {
		for k := range t.under(wakes, key{}.part(p)) {
			r := reader{b: k[1:]}
			if at := r.instant(); oldest.IsZero() || at.Before(oldest) {
				oldest = at
			}
			break
		}
	}
	return oldest
}
