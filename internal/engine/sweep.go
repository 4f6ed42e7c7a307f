package engine

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

const (
	sweepPage  = 200
	sweepWidth = 16 // incidents at once

	// How soon those are looked at again with which it failed, at first and at most.
	sweepAgain    = 5 * time.Second
	maxSweepAgain = time.Minute
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
		s.sweep(ctx)
	}
}

// sweep looks at every active incident that was last decided under an older epoch, and at those with which that fails
// again, more and more seldom where none gets through: one that cannot be decided does not have all others looked at
// for ever.
func (s *sweeper) sweep(ctx context.Context) {
	epoch := s.set().Epoch
	left, err := s.all(ctx, epoch)
	for pause := sweepAgain; (err != nil || len(left) > 0) && ctx.Err() == nil; pause = min(2*pause, maxSweepAgain) {
		s.log.Warn("active incidents could not all be looked at under the new rules; trying again", "incidents", len(left), "again_in", pause, "error", err)
		if !s.pause(ctx, pause) {
			return
		}
		before := len(left)
		if now := s.set().Epoch; before == 0 || now != epoch {
			epoch = now
			left, err = s.all(ctx, epoch)
		} else {
			left, err = s.lookAt(ctx, epoch, slices.Values(left))
		}
		if len(left) < before {
			pause = sweepAgain / 2
		}
	}
}

// all looks at every active incident, and answers those with which it failed, and why the last of them. No incident
// beside an error means that not all could be listed.
func (s *sweeper) all(ctx context.Context, epoch int64) ([]string, error) {
	var unlisted error
	left, err := s.lookAt(ctx, epoch, func(yield func(string) bool) {
		q := state.Query{Statuses: []ifsev.Status{ifsev.StatusOpen, ifsev.StatusMitigated}, Limit: sweepPage}
		for {
			page, err := s.list(ctx, q)
			if unlisted = err; err != nil || len(page) == 0 {
				return
			}
			for _, sum := range page {
				if !yield(sum.ID) {
					return
				}
			}
			q.Before = page[len(page)-1].Number
		}
	})
	if unlisted != nil {
		return nil, unlisted
	}
	return left, err
}

// lookAt looks at some incidents, a few at once, and answers those with which it failed, and why the last of them.
func (s *sweeper) lookAt(ctx context.Context, epoch int64, ids iter.Seq[string]) ([]string, error) {
	free := make(chan struct{}, sweepWidth)
	var mu sync.Mutex
	var left []string
	var last error
	for id := range ids {
		if !enter(ctx, s.turns, free) {
			return nil, ctx.Err()
		}
		s.look(id, &item{sweep: epoch}, func(a answer) {
			if a.err != nil && !errors.Is(a.err, state.ErrNotFound) {
				mu.Lock()
				left, last = append(left, id), a.err
				mu.Unlock()
			}
			<-free
		})
	}
	for range sweepWidth { // until the last of them is answered
		if !enter(ctx, s.turns, free) {
			return nil, ctx.Err()
		}
	}
	return left, last
}
