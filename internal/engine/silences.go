package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// A silence that somebody adds makes a new rule set, of the files in use and of all silences that were added. So it has
// an epoch, every replica takes it over, each active incident is looked at once, and a backtest knows it.

// ErrSilence is wrapped by the refusal of a silence; nothing was done.
var ErrSilence = errors.New("the silence is refused")

// ErrSilences says that there are as many silences as there may be. It wraps ErrSilence.
var ErrSilences = fmt.Errorf("%w: there are more than %d; end some first", ErrSilence, rules.MaxSilences)

// ErrNoSilence says that no silence with this ID was added, or that it is over.
var ErrNoSilence = fmt.Errorf("%w: there is no such silence", state.ErrNotFound)

// Silences answers those in use that are not over: first those in files, without an ID, then those that were added.
func (e *Engine) Silences() []rules.Silence {
	now := e.now()
	return slices.DeleteFunc(slices.Clone(e.Rules().Silences), func(s rules.Silence) bool { return !now.Before(s.Until) })
}

// Silence adds a silence and answers it with its ID. Under the same key, if it is not empty, the same one is added once.
// An error wraps ErrSilence where it is wrong, and ErrReused where the key is another one's.
func (e *Engine) Silence(ctx context.Context, key string, s rules.Added) (rules.Added, error) {
	if key == "" {
		uuid := e.opts.NewID()
		key = string(uuid[:])
	}
	s.ID, s.At = ifsev.DerivedID("sil", key), e.now()
	if !s.At.Before(s.Until) {
		return s, fmt.Errorf("%w: it would be over at %s already", ErrSilence, s.Until.Format(time.RFC3339))
	}
	err := e.rules.amend(ctx, func(added []rules.Added) ([]rules.Added, error) {
		i := slices.IndexFunc(added, func(other rules.Added) bool { return other.ID == s.ID })
		switch {
		case i < 0:
			return append(added, s), nil
		case added[i].If != s.If || added[i].Reason != s.Reason || !slices.Equal(added[i].Rules, s.Rules):
			return nil, ErrReused
		}
		s = added[i]
		return added, nil
	})
	if err == nil {
		e.log.Info("a silence was added", "silence", s.ID, "by", s.By, "until", s.Until)
	}
	return s, err
}

// EndSilence ends a silence that was added; an error is ErrNoSilence if there is none of that ID.
func (e *Engine) EndSilence(ctx context.Context, id, by string) error {
	err := e.rules.amend(ctx, func(added []rules.Added) ([]rules.Added, error) {
		i := slices.IndexFunc(added, func(s rules.Added) bool { return s.ID == id })
		if i < 0 {
			return nil, ErrNoSilence
		}
		return slices.Delete(slices.Clone(added), i, i+1), nil
	})
	if err == nil {
		e.log.Info("a silence was ended", "silence", id, "by", by)
	}
	return err
}

// maxAmends is how often a set is made anew because another replica has put one beside it.
const maxAmends = 10

// amend puts a set into use that has other added silences than the newest of the store.
func (b *ruleBook) amend(ctx context.Context, change func([]rules.Added) ([]rules.Added, error)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, err := b.putOver(ctx, func(newest state.RuleSet) (*rules.Set, error) {
		set := b.current().set
		if newest.Epoch != set.Epoch {
			var err error
			if set, err = b.load(newest); err != nil {
				return nil, fmt.Errorf("rule set %d cannot be used with this configuration: %w", newest.Epoch, err)
			}
		}
		added, err := change(b.live(set.Added()))
		if err != nil {
			return nil, err
		}
		if len(added) > rules.MaxSilences {
			return nil, ErrSilences
		}
		with, err := set.WithAdded(added)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSilence, err)
		}
		return with, nil
	})
	return err
}

// live leaves out the silences that are over.
func (b *ruleBook) live(added []rules.Added) []rules.Added {
	now := b.now()
	return slices.DeleteFunc(slices.Clone(added), func(s rules.Added) bool { return !now.Before(s.Until) })
}

// carry answers a set of files with the silences that were added to the newest of the store. Those that cannot be read
// with these files any more are left out, and said: a page too many is better than rules that cannot be loaded.
func (b *ruleBook) carry(set *rules.Set, newest state.RuleSet) (*rules.Set, error) {
	if newest.Epoch == 0 {
		return set, nil
	}
	files, err := rules.Sources(newest.Body)
	if err != nil {
		return nil, err
	}
	all, err := rules.AddedIn(files)
	if err != nil {
		return nil, err
	}
	added := b.live(all)
	with, err := set.WithAdded(added)
	if err == nil {
		return with, nil
	}
	var good []rules.Added
	for _, s := range added {
		if fits, err := set.WithAdded(append(slices.Clip(good), s)); err != nil {
			b.log.Warn("an added silence does not fit the rules any more and has ended", "silence", s.ID, "by", s.By, "if", s.If, "error", err)
		} else {
			good, with = append(good, s), fits
		}
	}
	return cmp.Or(with, set), nil
}

// putOver puts into use what make makes of the newest set of the store. Where another replica has put one meanwhile, it
// is made anew of that, so that nothing of it is lost.
func (b *ruleBook) putOver(ctx context.Context, make func(newest state.RuleSet) (*rules.Set, error)) (*used, error) {
	newest, err := b.store.RuleSet(ctx, 0)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return nil, err
	}
	for range maxAmends {
		set, err := make(newest)
		if err != nil {
			return nil, err
		}
		epoch, err := b.store.PutRuleSet(ctx, set.Hash, set.BodyAt(b.now().UTC().Round(0)))
		if err != nil {
			return nil, err
		}
		if epoch <= newest.Epoch+1 {
			return b.replace(set, epoch), nil
		}
		if newest, err = b.store.RuleSet(ctx, epoch-1); err != nil {
			return nil, err
		}
		newest.Epoch = epoch // what is put next stands beside nothing if it comes directly after ours
	}
	return nil, fmt.Errorf("%w: other replicas load rules without end", state.ErrUnavailable)
}
