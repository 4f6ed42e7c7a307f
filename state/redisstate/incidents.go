package redisstate

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Load answers what is kept of an incident. By ID and by key it is one round trip, by number two.
func (s *Store) Load(ctx context.Context, ref state.Ref) (state.Record, error) {
	switch {
	case ref.ID != "":
		return s.loadID(ctx, ref.ID)
	case ref.Key != "":
		got, err := s.run(ctx, s.scripts.load, s.base(ifsev.PartitionOfKey(ref.Key)), ref.Key)
		if err != nil {
			return state.Record{}, err
		}
		a := reading(got)
		if a.err == nil && !a.more() {
			return state.Record{}, fmt.Errorf("no incident under the key %q: %w", ref.Key, state.ErrNotFound)
		}
		rec := state.Record{ID: a.text(), Rev: state.Rev(a.text()), Doc: []byte(a.text())}
		return rec, a.err
	}
	id, err := s.numbered(ctx, ref.Number)
	if err != nil {
		return state.Record{}, err
	}
	return s.loadID(ctx, id)
}

func (s *Store) loadID(ctx context.Context, id string) (state.Record, error) {
	base, err := s.baseOf(id)
	if err != nil {
		return state.Record{}, err
	}
	var kept []any
	err = s.do(ctx, "load", func(ctx context.Context) (err error) {
		kept, err = s.client.HMGet(ctx, base+"incident:"+id, "rev", "doc").Result()
		return err
	})
	if err != nil {
		return state.Record{}, err
	}
	a := reading(kept)
	rec := state.Record{ID: id, Rev: state.Rev(a.text()), Doc: []byte(a.text())}
	if a.err == nil && rec.Rev == "" {
		return state.Record{}, fmt.Errorf("no incident %s: %w", id, state.ErrNotFound)
	}
	return rec, a.err
}

// numbered finds the incident that was committed with a number. The number does not say the partition, so all are
// asked at once.
func (s *Store) numbered(ctx context.Context, number int64) (string, error) {
	at := strconv.FormatInt(number, 10)
	found, err := s.numbers(ctx, &redis.ZRangeBy{Min: at, Max: at, Count: 1})
	if err != nil {
		return "", err
	}
	for _, list := range found {
		for _, z := range list {
			return z.Member.(string), nil
		}
	}
	return "", fmt.Errorf("no incident with the number %d: %w", number, state.ErrNotFound)
}

// numbers answers a range of each partition's numbers, highest first.
func (s *Store) numbers(ctx context.Context, by *redis.ZRangeBy) ([ifsev.Partitions][]redis.Z, error) {
	var found [ifsev.Partitions][]redis.Z
	err := s.do(ctx, "list", func(ctx context.Context) error {
		cmds := [ifsev.Partitions]*redis.ZSliceCmd{}
		_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range cmds {
				cmds[i] = p.ZRevRangeByScoreWithScores(ctx, s.base(ifsev.Partition(i))+"numbers", by)
			}
			return nil
		})
		for i, cmd := range cmds {
			found[i] = cmd.Val()
		}
		return err
	})
	return found, err
}

// Number answers an incident's number, taking the next one the first time.
func (s *Store) Number(ctx context.Context, id string) (int64, error) {
	got, err := s.durably(ctx, s.scripts.number, s.meta(), nil, id)
	if err != nil {
		return 0, err
	}
	a := reading([]any{got})
	return a.integer(), a.err
}

// Timeline answers commits of an incident, oldest first.
func (s *Store) Timeline(ctx context.Context, id string, after int64, limit int) ([]state.Page, error) {
	base, err := s.baseOf(id)
	if err != nil {
		return nil, err
	}
	got, err := s.run(ctx, s.scripts.timeline, base, id, after, max(limit, 1))
	if errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("no incident %s: %w", id, state.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	var pages []state.Page
	a := reading(got)
	for a.more() {
		page, err := decodePage(a.text())
		if err != nil {
			return nil, fmt.Errorf("incident %s: %w", id, err)
		}
		pages = append(pages, page)
	}
	return pages, a.err
}

// Verdicts answers the last verdict of each rule on an incident.
func (s *Store) Verdicts(ctx context.Context, id string) (map[string][]byte, error) {
	base, err := s.baseOf(id)
	if err != nil {
		return nil, err
	}
	var kept map[string]string
	err = s.do(ctx, "verdicts", func(ctx context.Context) (err error) {
		kept, err = s.client.HGetAll(ctx, base+"verdicts:"+id).Result()
		return err
	})
	out := make(map[string][]byte, len(kept))
	for rule, verdict := range kept {
		out[rule] = []byte(verdict)
	}
	return out, err
}
