package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// ruleBook holds the rule set in use, and the older ones that documents still speak of.
type ruleBook struct {
	store state.RuleSets
	now   func() time.Time
	log   *slog.Logger
	load  func(state.RuleSet) (*rules.Set, error)
	// changed is called after the set in use has been replaced.
	changed func()

	inUse atomic.Pointer[used]
	// files is the hash of the set of this replica's own files, of which another replica may have made a newer one.
	files atomic.Pointer[string]
	// behind is the newest set of which it was found that it cannot be used here, and why.
	behind atomic.Pointer[unusable]

	mu sync.Mutex // one replacement at a time
	// world is what sets of the store are loaded in.
	world atomic.Pointer[rules.World]
	old   oldSets
}

// unusable is a rule set of another replica that does not fit the configuration of this one.
type unusable struct {
	epoch int64
	why   error
}

// used is a set in use; it does not change.
type used struct {
	set      *rules.Set
	manifest map[string]string
}

func newRuleBook(o *Options, store state.RuleSets, changed func()) *ruleBook {
	b := &ruleBook{store: store, now: o.Now, log: o.Log, load: o.LoadSet, changed: changed}
	b.world.Store(&o.Rules.World)
	if b.load == nil {
		b.load = b.loadHere
	}
	b.files.Store(&o.Rules.FilesHash)
	b.inUse.Store(&used{set: o.Rules, manifest: o.Rules.Manifest()})
	return b
}

// loadHere makes a set of what the store keeps, in the world of the set in use.
func (b *ruleBook) loadHere(kept state.RuleSet) (*rules.Set, error) {
	files, err := rules.Sources(kept.Body)
	if err != nil {
		return nil, err
	}
	set, problems, _ := rules.Load(files, *b.world.Load())
	if len(problems) > 0 {
		return nil, problems
	}
	return set, nil
}

func (b *ruleBook) current() *used { return b.inUse.Load() }

// put makes the set the newest in the store and the one in use, and answers the one before.
func (b *ruleBook) put(ctx context.Context, set *rules.Set) (before, after *used, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.world.Store(&set.World)
	before = b.current()
	if after, err := b.stay(ctx, set); after != nil || err != nil {
		return before, after, err
	}
	after, err = b.putOver(ctx, func(newest state.RuleSet) (*rules.Set, error) { return b.carry(set, newest) })
	if err != nil {
		return nil, nil, err
	}
	b.files.Store(&set.FilesHash)
	return before, after, nil
}

// replace puts a set into use under its epoch.
func (b *ruleBook) replace(set *rules.Set, epoch int64) *used {
	numbered := *set
	numbered.Epoch = epoch
	u := &used{set: &numbered, manifest: numbered.Manifest()}
	b.inUse.Store(u)
	b.changed()
	return u
}

// catchUp takes over the newest set of the store, because a partition has seen the epoch and ours is older.
func (b *ruleBook) catchUp(ctx context.Context, epoch int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current().set.Epoch >= epoch {
		return nil
	}
	if u := b.behind.Load(); u != nil && u.epoch >= epoch {
		return u.why // said once; the store is not asked for each event
	}
	kept, err := b.store.RuleSet(ctx, 0)
	if err != nil {
		return err
	}
	if kept.Epoch < epoch {
		return fmt.Errorf("%w: the store has lost rule set %d, by which another replica has decided; reload one that has it", state.ErrUnavailable, epoch)
	}
	set, err := b.load(kept)
	if err != nil {
		u := &unusable{kept.Epoch, fmt.Errorf("%w: rule set %d, which another replica has loaded, cannot be used with this one's configuration: %w", state.ErrUnavailable, kept.Epoch, err)}
		b.log.Error("another replica has loaded rules that do not fit this one's configuration: it decides nothing until the two agree; give both the same files",
			"epoch", kept.Epoch, "error", err)
		b.behind.Store(u)
		return u.why
	}
	if set.FilesHash == *b.files.Load() {
		b.log.Info("another replica has made a newer rule set of the same files", "epoch", kept.Epoch)
	} else {
		b.log.Warn("another replica has loaded other rules, which count from now on: give all replicas the same files; the ones loaded last count",
			"epoch", kept.Epoch, "rules", len(set.Rules))
	}
	b.replace(set, kept.Epoch)
	return nil
}

// input answers the set in use, and what a decision on the document needs to know of older ones.
func (b *ruleBook) input(ctx context.Context, doc *ifsev.Document) (rules.Input, *rules.Set, error) {
	u := b.current()
	in := rules.Input{Document: *doc}
	sets := map[int64]*rules.Set{u.set.Epoch: u.set}
	in.SetAt = func(epoch int64) *rules.Set { return sets[epoch] }
	for _, f := range doc.Firings {
		if _, ok := sets[f.Epoch]; ok {
			continue
		}
		o, err := b.older(ctx, f.Epoch)
		if err != nil {
			return in, nil, err
		}
		sets[f.Epoch] = o.set
	}
	if doc.Epoch != u.set.Epoch && doc.Epoch != 0 {
		o, err := b.older(ctx, doc.Epoch)
		if err != nil {
			return in, nil, err
		}
		in.Previous = o.manifest
	}
	return in, u.set, nil
}

// older answers what is known of another epoch than the one in use. While it is read nobody else waits; two who want the
// same at once both read it.
func (b *ruleBook) older(ctx context.Context, epoch int64) (oldSet, error) {
	if o, ok := b.old.get(epoch); ok {
		return o, nil
	}
	kept, err := b.store.RuleSet(ctx, epoch)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return oldSet{}, err
	}
	var o oldSet
	if err == nil {
		o = b.read(kept)
	}
	b.old.put(epoch, o)
	return o, nil
}

// read makes of a kept set what can be made of it; what cannot is told in the log once.
func (b *ruleBook) read(kept state.RuleSet) (o oldSet) {
	var err error
	if o.manifest, err = rules.Manifest(kept.Body); err != nil {
		b.log.Error("the manifest of an older rule set cannot be read", "epoch", kept.Epoch, "error", err)
	}
	set, err := b.load(kept)
	if err != nil {
		b.log.Error("an older rule set does not fit the configuration any more; its firings end", "epoch", kept.Epoch, "error", err)
		return o
	}
	numbered := *set
	numbered.Epoch = kept.Epoch
	o.set = &numbered
	return o
}
