package redisstate

import (
	"context"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// A count is what stats.lua answers of one partition.
type count struct {
	wakes     int
	oldest    time.Time
	incidents map[state.Class]int
	outbox    map[string]state.OutboxStats
}

// Stats adds up the counts of all partitions, read in one round trip to each node.
func (s *Store) Stats(ctx context.Context) (state.Stats, error) {
	counts, err := s.counts(ctx, allPartitions())
	if err != nil {
		return state.Stats{}, err
	}
	sum := state.Stats{Incidents: map[state.Class]int{}, Outbox: map[string]state.OutboxStats{}}
	for _, c := range counts {
		sum.Wakes += c.wakes
		sum.OldestWake = earlier(sum.OldestWake, c.oldest)
		for class, n := range c.incidents {
			sum.Incidents[class] += n
		}
		for action, o := range c.outbox {
			has := sum.Outbox[action]
			sum.Outbox[action] = state.OutboxStats{
				Pending: has.Pending + o.Pending, Dead: has.Dead + o.Dead, Oldest: earlier(has.Oldest, o.Oldest),
			}
		}
	}
	return sum, nil
}

func (s *Store) counts(ctx context.Context, parts []ifsev.Partition) ([]count, error) {
	calls, err := s.calls(parts)
	if err != nil {
		return nil, err
	}
	answers, err := s.each(ctx, s.scripts.stats, calls)
	if err != nil {
		return nil, err
	}
	counts := make([]count, len(parts))
	for i, got := range answers {
		if counts[i], err = countOf(got); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// countOf reads the counts of one partition; what there is none of is left out.
func countOf(got any) (count, error) {
	a := reading(got)
	c := count{
		wakes: int(a.integer()), oldest: a.instant(),
		incidents: map[state.Class]int{}, outbox: map[string]state.OutboxStats{},
	}
	classes, actions := a.list(), a.list()
	for classes.more() {
		class, err := classOf(classes.text())
		if err != nil {
			return c, err
		}
		if n := int(classes.integer()); n != 0 {
			c.incidents[class] = n
		}
	}
	for actions.more() {
		action := actions.text()
		o := state.OutboxStats{Pending: int(actions.integer()), Oldest: actions.instant(), Dead: int(actions.integer())}
		if o.Pending > 0 || o.Dead > 0 {
			c.outbox[action] = o
		}
	}
	return c, firstOf(a.err, classes.err, actions.err)
}
