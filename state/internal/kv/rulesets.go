package kv

import (
	"bytes"
	"context"
	"fmt"

	"github.com/ifsev/ifsev/state"
)

func (t *tx) ruleSet(epoch int64) (state.RuleSet, bool) {
	v := t.Get(rulesets, key{}.number(epoch))
	if v == nil {
		return state.RuleSet{}, false
	}
	r := reader{b: v}
	set := state.RuleSet{Epoch: epoch, Hash: string(r.bytes()), Body: bytes.Clone(r.bytes())}
	if r.bad {
		t.damaged(fmt.Sprintf("rule set %d", epoch))
	}
	return set, true
}

func (t *tx) newestEpoch() int64 { return t.number(meta, key{}.text("rulesets")) }

// PutRuleSet makes the set the newest; see state.RuleSets.
func (s *Store) PutRuleSet(ctx context.Context, hash string, body []byte) (int64, error) {
	var epoch int64
	err := s.update(ctx, func(t *tx) {
		epoch = t.newestEpoch()
		if set, ok := t.ruleSet(epoch); ok && set.Hash == hash {
			return
		}
		epoch = t.next("rulesets")
		t.Put(rulesets, key{}.number(epoch), key{}.bytes([]byte(hash)).bytes(body))
	})
	if err != nil {
		return 0, err
	}
	return epoch, nil
}

// RuleSet answers the body kept under the epoch; see state.RuleSets.
func (s *Store) RuleSet(ctx context.Context, epoch int64) (state.RuleSet, error) {
	var set state.RuleSet
	var ok bool
	err := s.view(ctx, func(t *tx) {
		wanted := epoch
		if wanted == 0 {
			wanted = t.newestEpoch()
		}
		set, ok = t.ruleSet(wanted)
	})
	if err != nil {
		return state.RuleSet{}, err
	}
	if !ok {
		return state.RuleSet{}, fmt.Errorf("rule set %d: %w", epoch, state.ErrNotFound)
	}
	return set, nil
}
