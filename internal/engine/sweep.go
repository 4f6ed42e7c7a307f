package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

const (
	sweepPage  = 200
	sweepWidth = 16 // incidents at once
	sweepAgain = 5 * time.Second
)

// sweeper has every active incident decided once after the rules have changed, so that its wake is that of the rules
// in use, and new rules know what already held.
type sweeper struct {
	turns
	bell bell
	list func(context.Context, state.Query) ([]state.Summary, error)
	// set answers the set in use; look has an incident looked at and calls back.
	set  func() *rules.Set
	look func(id string, it *item, then func(answer))
	log  *slog.Logger
}

// run sweeps whenever the bell rings, until ctx ends.
func (s *sweeper) run(ctx context.Context) {
	for {
		if _, rings := receive(ctx, s.turns, s.bell, forever); !rings {
			return
		}
		for {
			err := s.sweep(ctx, s.set().Epoch)
			if err == nil || ctx.Err() != nil {
				break
			}
			s.log.Warn("active incidents could not all be looked at under the new rules; trying again", "error", err)
			s.pause(ctx, sweepAgain)
		}
	}
}

// sweep looks at every active incident that was last decided under an older epoch.
func (s *sweeper) sweep(ctx context.Context, epoch int64) error {
	free := make(chan struct{}, sweepWidth)
	var failed atomic.Pointer[error]
	q := state.Query{Statuses: []ifsev.Status{ifsev.StatusOpen, ifsev.StatusMitigated}, Limit: sweepPage}
	var err error
	for {
		var page []state.Summary
		if page, err = s.list(ctx, q); err != nil || len(page) == 0 {
			break
		}
		for _, sum := range page {
			if !enter(ctx, s.turns, free) {
				return ctx.Err()
			}
			s.look(sum.ID, &item{sweep: epoch}, func(a answer) {
				if a.err != nil && !errors.Is(a.err, state.ErrNotFound) {
					failed.Store(&a.err)
				}
				<-free
			})
		}
		q.Before = page[len(page)-1].Number
	}
	for range sweepWidth { // until the last of them is answered
		if !enter(ctx, s.turns, free) {
			return ctx.Err()
		}
	}
	if p := failed.Load(); p != nil {
		return errors.Join(err, *p)
	}
	return err
}
