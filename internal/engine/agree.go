package engine

import (
	"context"
	"fmt"

	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// How replicas with different files agree: the set that was loaded last counts for all. Loading is starting, or reading
// files that have changed. Reading the same files again is none: otherwise two replicas that are told to reload would
// take turns for ever.

// stay answers the set that goes on being used although the files were read: they have not changed, and another replica
// has loaded other rules since. It is loaded anew, because the world around it may have changed. Nil means that the
// files count.
func (b *ruleBook) stay(ctx context.Context, set *rules.Set) (*used, error) {
	now := b.current().set
	if now.Epoch == 0 || set.FilesHash != *b.files.Load() || set.FilesHash == now.FilesHash && b.fit() == nil {
		return nil, nil
	}
	kept, err := b.store.RuleSet(ctx, 0)
	if err != nil {
		return nil, err
	}
	newer, err := b.load(kept)
	if err != nil {
		return nil, fmt.Errorf("rule set %d, which another replica has loaded and which counts, cannot be used with this configuration: %w", kept.Epoch, err)
	}
	if newer.FilesHash != set.FilesHash {
		b.log.Warn("the files have not changed, and the rules that another replica has loaded go on counting: give all replicas the same files",
			"epoch", kept.Epoch, "rules", len(newer.Rules))
	}
	return b.replace(newer, kept.Epoch), nil
}

// self is how this replica stands, and whether it can decide by the newest rules that it knows of.
func (b *ruleBook) self() (state.Replica, bool) {
	return state.Replica{Epoch: b.current().set.Epoch, Hash: *b.files.Load()}, b.fit() == nil
}

// fit answers why this replica cannot decide: another has loaded rules that do not fit its configuration.
func (b *ruleBook) fit() error {
	if u := b.behind.Load(); u != nil && u.epoch > b.current().set.Epoch {
		return u.why
	}
	return nil
}

// own is 1 while the rules in use are those of this replica's own files.
func (b *ruleBook) own() float64 {
	if b.current().set.FilesHash == *b.files.Load() {
		return 1
	}
	return 0
}
