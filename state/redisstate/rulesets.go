package redisstate

import (
	"context"
	"fmt"

	"github.com/ifsev/ifsev/state"
)

// PutRuleSet makes the set the newest and answers its epoch.
func (s *Store) PutRuleSet(ctx context.Context, hash string, body []byte) (int64, error) {
	got, err := s.durably(ctx, s.scripts.putRules, s.meta(), nil, hash, body)
	if err != nil {
		return 0, err
	}
	a := reading([]any{got})
	return a.integer(), a.err
}

// RuleSet answers the set of an epoch, 0 meaning the newest.
func (s *Store) RuleSet(ctx context.Context, epoch int64) (state.RuleSet, error) {
	got, err := s.run(ctx, s.scripts.rules, s.meta(), epoch)
	if err != nil {
		return state.RuleSet{}, err
	}
	a := reading(got)
	if a.err == nil && !a.more() {
		return state.RuleSet{}, fmt.Errorf("no rule set of epoch %d: %w", epoch, state.ErrNotFound)
	}
	return state.RuleSet{Epoch: a.integer(), Hash: a.text(), Body: []byte(a.text())}, a.err
}
