package archive

import (
	"context"
	"errors"
	"time"

	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// Sets keeps rule sets, as state.RuleSets promises it.
type Sets interface {
	RuleSet(ctx context.Context, epoch int64) (state.RuleSet, error)
}

// Regime knows when each rule set of a store was taken into use, and remembers it: there may be thousands, for each silence
// makes one. It is for one goroutine.
type Regime struct {
	from Sets
	// uses are by epoch, from 1 on.
	uses []use
}

// use is when a rule set was taken into use, zero where that was not recorded; there is none where it is not there.
type use struct {
	at    time.Time
	there bool
}

// NewRegime asks from for rule sets when they are needed.
func NewRegime(from Sets) *Regime { return &Regime{from: from} }

// apart is how far the clocks of replicas may be apart.
const apart = time.Minute

// learn asks for those it does not know yet.
func (r *Regime) learn(ctx context.Context) error {
	newest, err := r.from.RuleSet(ctx, 0)
	if errors.Is(err, state.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for epoch := int64(len(r.uses)) + 1; epoch <= newest.Epoch; epoch++ {
		kept, err := r.from.RuleSet(ctx, epoch)
		var u use
		switch {
		case errors.Is(err, state.ErrNotFound), err == nil && kept.Hash == missing(epoch):
		case err != nil:
			return err
		default:
			u.there = true
			if u.at, err = rules.UsedSince(kept.Body); err != nil {
				return err
			}
		}
		r.uses = append(r.uses, u)
	}
	return nil
}

// write writes the rule sets that were in force while the incidents lasted, oldest first.
func (r *Regime) write(ctx context.Context, to *record.Writer, all []Held) error {
	if err := r.learn(ctx); err != nil {
		return err
	}
	spans := make([]span, len(all))
	for i := range all {
		var err error
		if spans[i], err = all[i].span(); err != nil {
			return err
		}
	}
	for _, epoch := range r.during(spans) {
		set, err := readSet(ctx, r.from, epoch)
		if err != nil {
			return err
		}
		if set == nil {
			continue
		}
		if err := to.Rules(*set); err != nil {
			return err
		}
	}
	return nil
}

// during answers the epochs that were in force in any of the spans, in order.
func (r *Regime) during(spans []span) []int64 {
	var epochs []int64
	var since time.Time // the first was in force before it was recorded, as a backtest takes it
	for i, u := range r.uses {
		if !u.there {
			continue
		}
		until, ends := r.end(i)
		for _, s := range spans {
			if s.epoch == int64(i+1) || !since.After(s.until.Add(apart)) && (!ends || until.After(s.from.Add(-apart))) {
				epochs = append(epochs, int64(i+1))
				break
			}
		}
		since = until
	}
	return epochs
}

// end answers when the next rule set after the i-th was taken into use; false where there is none, or it was not recorded.
func (r *Regime) end(i int) (time.Time, bool) {
	for _, next := range r.uses[i+1:] {
		if next.there {
			return next.at, !next.at.IsZero()
		}
	}
	return time.Time{}, false
}
