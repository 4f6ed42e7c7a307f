package redisstate

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev/state"
)

// maxList is the most summaries List answers at once.
const maxList = 200

// List goes down the numbers in batches of two round trips each: which incidents, then their summaries.
func (s *Store) List(ctx context.Context, q state.Query) ([]state.Summary, error) {
	limit := min(max(q.Limit, 1), maxList)
	before := q.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	var out []state.Summary
	for batch := limit; ; batch = min(2*batch, 1000) {
		ids, next, err := s.below(ctx, before, batch)
		if err != nil {
			return nil, err
		}
		summaries, err := s.summaries(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, sum := range summaries {
			if q.Matches(sum) {
				out = append(out, sum)
			}
			if len(out) == limit {
				return out, nil
			}
		}
		if next == 0 {
			return out, nil
		}
		before = next
	}
}

// below answers up to about n incidents numbered below before, highest first, and the number to go on below; 0 if
// there are no more. Each partition gives more than its share, and where one gave all that was asked for, what lies
// below its last is left for the next batch.
func (s *Store) below(ctx context.Context, before int64, n int) (ids []string, next int64, err error) {
	share := int64(n/16 + 4)
	found, err := s.numbers(ctx, &redis.ZRangeBy{Min: "-inf", Max: "(" + strconv.FormatInt(before, 10), Count: share})
	if err != nil {
		return nil, 0, err
	}
	var all []redis.Z
	floor := math.Inf(-1)
	for _, list := range found {
		all = append(all, list...)
		if int64(len(list)) == share {
			floor = max(floor, list[len(list)-1].Score)
		}
	}
	slices.SortFunc(all, func(a, b redis.Z) int { return cmp.Compare(b.Score, a.Score) })
	for i, z := range all {
		if z.Score < floor || i == n {
			return ids, int64(all[i-1].Score), nil
		}
		ids = append(ids, z.Member.(string))
	}
	if !math.IsInf(floor, -1) {
		next = int64(floor)
	}
	return ids, next, nil
}

// summaries answers what is kept for lists of each incident, in their order. One that was removed since it was found is
// left out.
func (s *Store) summaries(ctx context.Context, ids []string) ([]state.Summary, error) {
	cmds := make([]*redis.StringCmd, len(ids))
	err := s.pipelined(ctx, "list", func(ctx context.Context, p redis.Pipeliner) error {
		for i, id := range ids {
			base, err := s.baseOf(id)
			if err != nil {
				return err
			}
			cmds[i] = p.HGet(ctx, base+"incident:"+id, "sum")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]state.Summary, 0, len(ids))
	for i, cmd := range cmds {
		if missing(cmd.Err()) {
			continue
		}
		var sum state.Summary
		if err := json.Unmarshal([]byte(cmd.Val()), &sum); err != nil {
			return nil, fmt.Errorf("the summary of %s is damaged: %w", ids[i], err)
		}
		out = append(out, sum)
	}
	return out, nil
}
