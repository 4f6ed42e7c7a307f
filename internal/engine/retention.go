package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Archive keeps what leaves the store.
type Archive interface {
	// Keep answers nil once the incidents are kept, durably, and were read again and are the same.
	Keep(ctx context.Context, all []Archived) error
}

// Retention says what becomes of incidents that are over.
type Retention struct {
	// Closed is how long they stay after the last that happened to them.
	Closed time.Duration
	// Archive takes them then; nil means that they are only deleted, if Delete says so, and stay otherwise.
	Archive Archive
	Delete  bool
}

const (
	retentionEvery = time.Hour
	retentionFirst = 5 * time.Minute // after a start
	retentionBatch = 100             // incidents in one piece of the archive
	retentionBytes = 8 << 20         // and about how large they may be together
	retentionPages = 1000
	// retentionUnread is how many incidents, one after the other, the store does not answer for before it counts as away.
	retentionUnread = 3
)

// retention takes incidents that are over out of the store: first into the archive, then, at the revision that was
// archived, away. Whatever happens to one meanwhile makes another revision, and it stays.
type retention struct {
	turns
	store   state.Store
	remover state.Remover
	conf    func() Retention
	holds   func(ifsev.Partition) bool
	now     func() time.Time
	log     *slog.Logger
	metrics *upkeep
	// unread counts the incidents in a row for which the store did not answer.
	unread int
	// left says of one incident that could not leave in the last sweep why; nil where all could.
	left error
}

// run looks every hour until ctx ends.
func (r *retention) run(ctx context.Context) {
	for wait := retentionFirst; r.pause(ctx, wait); wait = retentionEvery {
		err := r.sweep(ctx)
		if ctx.Err() != nil {
			return
		}
		r.metrics.journal.archived(cmp.Or(err, r.left))
		if err != nil {
			r.metrics.archiveFailures.Inc()
			r.log.Error("closed incidents could not be archived; they stay, and it is tried again", "error", err, "again_in", retentionEvery)
		}
	}
}

// batch gathers incidents that leave together.
type batch struct {
	all  []leaving
	size int
}

func (b *batch) add(l leaving) {
	b.all = append(b.all, l)
	b.size += l.size()
}

func (b *batch) full() bool { return len(b.all) >= retentionBatch || b.size >= retentionBytes }

// sweep goes through all incidents that are over.
func (r *retention) sweep(ctx context.Context) error {
	r.unread, r.left = 0, nil
	c := r.conf()
	if c.Closed <= 0 || c.Archive == nil && !c.Delete {
		return nil
	}
	q := state.Query{Statuses: []ifsev.Status{ifsev.StatusClosed, ifsev.StatusInvalid}, Limit: sweepPage}
	before, together := r.now().Add(-c.Closed), &batch{}
	for {
		page, err := r.store.List(ctx, q)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return r.leave(ctx, c, together)
		}
		for i := range page {
			if err := r.gather(ctx, &page[i], before, together); err != nil {
				return err
			}
			if together.full() {
				if err := r.leave(ctx, c, together); err != nil {
					return err
				}
			}
		}
		q.Before = page[len(page)-1].Number
	}
}

// gather adds an incident to the batch if it may leave.
func (r *retention) gather(ctx context.Context, sum *state.Summary, before time.Time, together *batch) error {
	l, ok, err := r.candidate(ctx, sum, before)
	if err != nil {
		return r.stays(ctx, sum, err)
	}
	r.unread = 0
	if ok {
		together.add(l)
	}
	return nil
}

// stays tells of an incident that cannot be read or removed, and answers an error only where the store itself is away:
// one that is damaged, or too large to be read in time, keeps nobody else in the store.
func (r *retention) stays(ctx context.Context, sum *state.Summary, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if errors.Is(err, state.ErrUnavailable) {
		if r.unread++; r.unread >= retentionUnread {
			return err
		}
	}
	r.left = fmt.Errorf("INC-%d cannot be taken out of the store: %w", sum.Number, err)
	r.metrics.archiveFailures.Inc()
	r.log.Error("a closed incident stays: it cannot be taken out of the store", "incident", sum.ID, "number", sum.Number, "error", err)
	return nil
}

// leave archives a batch, removes what is still as it was archived, and empties it.
func (r *retention) leave(ctx context.Context, c Retention, together *batch) error {
	batch := together.all
	together.all, together.size = nil, 0
	if len(batch) == 0 {
		return nil
	}
	if c.Archive != nil {
		all := make([]Archived, len(batch))
		for i := range batch {
			all[i] = batch[i].Archived
		}
		if err := c.Archive.Keep(ctx, all); err != nil {
			return err
		}
		r.metrics.archived.Add(float64(len(all)))
	}
	return r.remove(ctx, c, batch)
}

func (r *retention) remove(ctx context.Context, c Retention, batch []leaving) error {
	n := 0
	for i := range batch {
		removal, err := r.remover.Remove(ctx, batch[i].ID, batch[i].Rev)
		switch {
		case errors.Is(err, state.ErrNotFound):
		case err != nil:
			if err := r.stays(ctx, &batch[i].sum, err); err != nil {
				return err
			}
			continue
		case removal == state.Removed:
			r.metrics.removed.Inc()
			n++
		}
		r.unread = 0
	}
	r.log.Info("closed incidents left the store", "archived", c.Archive != nil, "removed", n, "kept", len(batch)-n)
	return nil
}
