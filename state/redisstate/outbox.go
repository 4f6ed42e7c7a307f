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

const (
	// stretch is how many deliveries of one list a script looks at before others get their turn at the server.
	stretch = 500
	// listsAtOnce is how many lists are looked at in one pipeline, and lettersAtOnce how many deliveries are read in one: a
	// server answers all of a pipeline before it turns to others.
	listsAtOnce, lettersAtOnce = 8, 50
)

// A spot is where a delivery was found, with what orders it.
type spot struct {
	shelf
	at     state.Place
	member string // of the list
}

// A shelf holds deliveries: the pending ones of one action in one partition, or the dead.
type shelf struct {
	p      ifsev.Partition
	action string // empty for the dead
}

// A walk goes along one shelf.
type walk struct {
	shelf
	at   int64
	got  int
	over bool
}

// Deliveries looks first where deliveries are, and then reads the oldest: most of what lies in 64 partitions is not
// among these.
func (s *Store) Deliveries(ctx context.Context, q state.DeliveryQuery) ([]state.Letter, error) {
	limit := min(max(q.Limit, 1), 1000)
	spots, err := s.spots(ctx, q, limit)
	if err != nil {
		return nil, err
	}
	letters := make([]state.Letter, 0, min(limit, len(spots)))
	for some := range slices.Chunk(spots, min(limit, lettersAtOnce)) { // the next ones stand in for those that are gone
		more, err := s.letters(ctx, some)
		if err != nil {
			return nil, err
		}
		if letters = append(letters, more...); len(letters) >= limit {
			return letters[:limit], nil
		}
	}
	return letters, nil
}

// spots goes along the lists of all partitions, or of the incident's, a stretch of each at a time, and answers where
// deliveries are, oldest first: so many of each list, if it has them.
func (s *Store) spots(ctx context.Context, q state.DeliveryQuery, limit int) ([]spot, error) {
	walks, err := s.walks(ctx, q)
	if err != nil {
		return nil, err
	}
	look := stretch
	if q.ID == "" && q.Incident == "" && q.Rule == "" {
		look = min(look, limit) // nothing is passed over
	}
	var all []spot
	for {
		walks = slices.DeleteFunc(walks, func(w *walk) bool { return w.over || w.got >= limit })
		if len(walks) == 0 {
			break
		}
		for some := range slices.Chunk(walks, listsAtOnce) {
			more, err := s.step(ctx, some, q, look)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
	}
	slices.SortFunc(all, func(a, b spot) int { return a.at.Compare(b.at) })
	return all, nil
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
				walks = append(walks, &walk{shelf: shelf{p, action}})
			}
		}
		if dead > 0 {
			walks = append(walks, &walk{shelf: shelf{p: p}})
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
func (s *Store) step(ctx context.Context, walks []*walk, q state.DeliveryQuery, look int) ([]spot, error) {
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
	var all []spot
	for i, w := range walks {
		a := reading(answers[i])
		looked := a.integer()
		w.at += looked
		w.over = looked < int64(look)
		for a.more() {
			one := a.list()
			at := state.Place{Partition: w.p, Created: one.instant(), Seq: one.integer()}
			if at.Compare(q.After) > 0 { // those of the same instant come again
				all = append(all, spot{w.shelf, at, one.text()})
				w.got++
			}
			a.err = firstOf(a.err, one.err)
		}
		if a.err != nil {
			return nil, a.err
		}
	}
	return all, nil
}

// letters reads what lies at the spots, in their order, those of a shelf in one script. What is gone is left out.
func (s *Store) letters(ctx context.Context, spots []spot) ([]state.Letter, error) {
	var calls []call
	which := map[shelf]int{}
	for _, at := range spots {
		n, ok := which[at.shelf]
		if !ok {
			n = len(calls)
			which[at.shelf], calls = n, append(calls, call{s.base(at.p), []any{at.action}})
		}
		calls[n].args = append(calls[n].args, at.member)
	}
	got, err := s.each(ctx, s.scripts.letters, calls)
	if err != nil {
		return nil, err
	}
	answers, nows := make([]*answer, len(got)), make([]time.Time, len(got))
	for i := range got {
		answers[i] = reading(got[i])
		nows[i] = answers[i].instant()
	}
	var letters []state.Letter
	for _, at := range spots {
		n := which[at.shelf]
		one := answers[n].list()
		if one.more() {
			letters = append(letters, at.letter(one, nows[n]))
		}
		if err := firstOf(answers[n].err, one.err); err != nil {
			return nil, err
		}
	}
	return letters, nil
}

// letter reads one delivery as letters.lua answers it.
func (at *spot) letter(a *answer, now time.Time) state.Letter {
	l := state.Letter{Partition: at.p, Place: at.at, Attempts: int(a.integer())}
	flying := a.text() != ""
	l.NextAttempt = a.instant()
	l.LastError, l.Body = a.text(), []byte(a.text())
	switch {
	case at.action == "":
		l.State = ifsev.DeliveryDead
	case flying && l.NextAttempt.After(now):
		l.State = ifsev.DeliveryInFlight
	case l.Attempts > 0:
		l.State = ifsev.DeliveryRetrying
	default:
		l.State = ifsev.DeliveryWaiting
	}
	return l
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
