package redisstate

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// stretch is how many deliveries of one list a script looks at before others get their turn at the server.
const stretch = 500

// A walk goes along one list of deliveries: the pending ones of one action in one partition, or the dead.
type walk struct {
	p      ifsev.Partition
	action string // empty for the dead
	at     int64
	got    int
	over   bool
}

// Deliveries goes along the lists of all partitions, or of the incident's, at once, a stretch each round trip.
func (s *Store) Deliveries(ctx context.Context, q state.DeliveryQuery) ([]state.Letter, error) {
	limit := min(max(q.Limit, 1), 1000)
	walks, err := s.walks(ctx, q)
	if err != nil {
		return nil, err
	}
	look := stretch
	if q.ID == "" && q.Incident == "" && q.Rule == "" {
		look = min(look, limit) // nothing is passed over
	}
	var all []state.Letter
	for {
		open := slices.DeleteFunc(walks, func(w *walk) bool { return w.over || w.got >= limit })
		if len(open) == 0 {
			break
		}
		more, err := s.step(ctx, open, q, look)
		if err != nil {
			return nil, err
		}
		all, walks = append(all, more...), open
	}
	slices.SortFunc(all, func(a, b state.Letter) int { return a.Place.Compare(b.Place) })
	return all[:min(limit, len(all))], nil
}

// walks answers the lists that the query has to look at.
func (s *Store) walks(ctx context.Context, q state.DeliveryQuery) ([]*walk, error) {
	parts := allPartitions()
	if q.Incident != "" {
		p, err := ifsev.PartitionOfID(q.Incident)
		if err != nil {
			return nil, nil //nolint:nilerr // no such incident, so no deliveries
		}
		parts = []ifsev.Partition{p}
	}
	counts, err := s.counts(ctx, parts)
	if err != nil {
		return nil, err
	}
	var walks []*walk
	for i, p := range parts {
		dead := 0
		for action, o := range counts[i].outbox {
			dead += o.Dead
			if o.Pending > 0 && !q.Dead {
				walks = append(walks, &walk{p: p, action: action})
			}
		}
		if dead > 0 {
			walks = append(walks, &walk{p: p})
		}
	}
	return walks, nil
}

func allPartitions() []ifsev.Partition {
	parts := make([]ifsev.Partition, ifsev.Partitions)
	for i := range parts {
		parts[i] = ifsev.Partition(i)
	}
	return parts
}

// step takes every walk one stretch further and answers what it met.
func (s *Store) step(ctx context.Context, walks []*walk, q state.DeliveryQuery, look int) ([]state.Letter, error) {
	since := ""
	if q.After != (state.Place{}) {
		since = strconv.FormatInt(micros(q.After.Created), 10)
	}
	calls := make([]call, len(walks))
	for i, w := range walks {
		calls[i] = call{s.base(w.p), []any{w.action, w.at, look, q.ID, q.Incident, q.Rule, since}}
	}
	answers, err := s.each(ctx, s.scripts.deliveries, calls)
	if err != nil {
		return nil, err
	}
	var all []state.Letter
	for i, w := range walks {
		a := reading(answers[i])
		now, looked := a.instant(), a.integer()
		w.at += looked
		w.over = looked < int64(look)
		for a.more() {
			l, err := w.letter(a.list(), now)
			if err != nil {
				return nil, err
			}
			if l.Place.Compare(q.After) > 0 { // those of the same instant come again
				all = append(all, l)
				w.got++
			}
		}
		if a.err != nil {
			return nil, a.err
		}
	}
	return all, nil
}

// letter reads one delivery as deliveries.lua answers it.
func (w *walk) letter(a *answer, now time.Time) (state.Letter, error) {
	f := state.Letter{Partition: w.p, Place: state.Place{Partition: w.p, Seq: a.integer()}}
	f.Place.Created = a.instant()
	f.Attempts = int(a.integer())
	flying := a.text() != ""
	f.NextAttempt = a.instant()
	f.LastError, f.Body = a.text(), []byte(a.text())
	switch {
	case w.action == "":
		f.State = ifsev.DeliveryDead
	case flying && f.NextAttempt.After(now):
		f.State = ifsev.DeliveryInFlight
	case f.Attempts > 0:
		f.State = ifsev.DeliveryRetrying
	default:
		f.State = ifsev.DeliveryWaiting
	}
	return f, a.err
}

// Revive puts a dead delivery at the end of its lane.
func (s *Store) Revive(ctx context.Context, id string, p ifsev.Partition) error {
	return s.unbury(ctx, id, p, "revive")
}

// Drop forgets a dead delivery.
func (s *Store) Drop(ctx context.Context, id string, p ifsev.Partition) error {
	return s.unbury(ctx, id, p, "drop")
}

func (s *Store) unbury(ctx context.Context, id string, p ifsev.Partition, how string) error {
	if err := known(p); err != nil {
		return fmt.Errorf("%w: %w", state.ErrNotFound, err)
	}
	ctx, done := counting(ctx)
	got, err := s.durably(ctx, s.scripts.revive, s.base(p), nil, id, how)
	if err == nil && got != int64(1) && done.Load() <= 1 {
		return fmt.Errorf("no dead delivery %s: %w", id, state.ErrNotFound)
	}
	return err
}
