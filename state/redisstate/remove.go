package redisstate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/ifsev/ifsev/state"
)

var _ state.Remover = (*Store)(nil)

// Remove forgets an incident in one script, then the number it had; see state.Remover.
func (s *Store) Remove(ctx context.Context, id string, expect state.Rev) (state.Removal, error) {
	base, err := s.baseOf(id)
	if err != nil {
		return 0, err
	}
	var text string
	err = s.do(ctx, "remove", func(ctx context.Context) (err error) {
		text, err = s.client.HGet(ctx, base+"incident:"+id, "sum").Result()
		return err
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return 0, err
	}
	var sum state.Summary
	if text != "" {
		if err := json.Unmarshal([]byte(text), &sum); err != nil {
			return 0, fmt.Errorf("the summary of incident %s is damaged: %w", id, err)
		}
	}
	ctx, done := counting(ctx)
	got, err := s.durably(ctx, s.scripts.remove, base, nil, id, string(expect), sum.Key)
	if err != nil {
		return 0, err
	}
	switch n, _ := got.(int64); {
	case n == 3 && done.Load() <= 1:
		return 0, fmt.Errorf("no incident %s: %w", id, state.ErrNotFound)
	case n == 1 || n == 2:
		return state.Removal(n), nil
	}
	return state.Removed, s.do(ctx, "remove", func(ctx context.Context) error { return s.client.HDel(ctx, s.meta()+"numbers", id).Err() })
}
