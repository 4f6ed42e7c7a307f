package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Archived is an incident that leaves the store.
type Archived struct {
	ID     string
	Number int64
	// Events are all of its timeline.
	Events []ifsev.Event
}

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
}

// run looks every hour until ctx ends.
func (r *retention) run(ctx context.Context) {
	for wait := retentionFirst; r.pause(ctx, wait); wait = retentionEvery {
		if err := r.sweep(ctx); err != nil && ctx.Err() == nil {
			r.metrics.archiveFailures.Inc()
			r.log.Error("closed incidents could not be archived; they stay, and it is tried again", "error", err, "again_in", retentionEvery)
		}
	}
}

// leaving is an incident that is to be removed, as it was archived.
type leaving struct {
	Archived
	rev state.Rev
	sum state.Summary
}

// sweep goes through all incidents that are over.
func (r *retention) sweep(ctx context.Context) error {
	c := r.conf()
	if c.Closed <= 0 || c.Archive == nil && !c.Delete {
		return nil
	}
	r.unread = 0
	before := r.now().Add(-c.Closed)
	q := state.Query{Statuses: []ifsev.Status{ifsev.StatusClosed, ifsev.StatusInvalid}, Limit: sweepPage}
	var batch []leaving
	for {
		page, err := r.store.List(ctx, q)
		if err != nil {
			return err
		}
		for i := range page {
			l, ok, err := r.candidate(ctx, &page[i], before)
			if err != nil {
				if err = r.stays(ctx, &page[i], err); err != nil {
					return err
				}
				continue
			}
			r.unread = 0
			if ok {
				batch = append(batch, l)
			}
		}
		if len(batch) >= retentionBatch || len(page) == 0 {
			if err := r.leave(ctx, c, batch); err != nil {
				return err
			}
			batch = nil
		}
		if len(page) == 0 {
			return nil
		}
		q.Before = page[len(page)-1].Number
	}
}

// candidate answers an incident that may leave: over for long enough, nothing of it unfinished, its timeline whole.
func (r *retention) candidate(ctx context.Context, sum *state.Summary, before time.Time) (leaving, bool, error) {
	p, err := ifsev.PartitionOfID(sum.ID)
	if err != nil || !r.holds(p) || !sum.UpdatedAt.Before(before) || !sum.LastActivityAt.Before(before) {
		return leaving{}, false, nil //nolint:nilerr // it is nobody's
	}
	rec, err := r.store.Load(ctx, state.Ref{ID: sum.ID})
	if errors.Is(err, state.ErrNotFound) {
		return leaving{}, false, nil
	}
	if err != nil {
		return leaving{}, false, err
	}
	doc, err := decodeDocument(rec)
	if err != nil {
		return leaving{}, false, err
	}
	inc := &doc.Incident
	if inc.Status.Active() || !inc.UpdatedAt.Before(before) || len(doc.Firings) > 0 || !doc.Wake.IsZero() {
		return leaving{}, false, nil
	}
	waiting, err := r.store.Deliveries(ctx, state.DeliveryQuery{Incident: sum.ID, Limit: 1})
	if err != nil || len(waiting) > 0 {
		return leaving{}, false, err
	}
	l := leaving{Archived{ID: sum.ID, Number: inc.Number}, rec.Rev, *sum}
	l.Events, err = r.events(ctx, rec)
	if errors.Is(err, state.ErrNotFound) || errors.Is(err, errMoved) {
		return l, false, nil
	}
	return l, err == nil, err
}

// errMoved says that something happened to an incident while it was read.
var errMoved = errors.New("the incident has changed meanwhile")

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
	r.metrics.archiveFailures.Inc()
	r.log.Error("a closed incident stays: it cannot be taken out of the store", "incident", sum.ID, "number", sum.Number, "error", err)
	return nil
}

// events reads a whole timeline and holds it against the revision.
func (r *retention) events(ctx context.Context, rec state.Record) ([]ifsev.Event, error) {
	var events []ifsev.Event
	var chain state.Chain
	met := false
	for after := int64(0); ; {
		pages, err := r.store.Timeline(ctx, rec.ID, after, retentionPages)
		if err != nil {
			return nil, err
		}
		last := after
		for _, p := range pages {
			if err := chain.Add(p); err != nil {
				return nil, err
			}
			met = met || p.Rev == rec.Rev
			for _, entry := range p.Entries {
				var ev ifsev.Event
				if err := json.Unmarshal(entry.Body, &ev); err != nil {
					return nil, fmt.Errorf("timeline entry %d cannot be read: %w", entry.Seq, err)
				}
				events = append(events, ev)
				last = entry.Seq
			}
		}
		if last == after {
			break
		}
		after = last
	}
	switch {
	case !met:
		return nil, errors.New("its timeline does not lead to its revision")
	case chain.Head() != rec.Rev:
		return nil, errMoved
	}
	return events, nil
}

// leave archives incidents, and removes those that are still as they were archived.
func (r *retention) leave(ctx context.Context, c Retention, batch []leaving) error {
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
	n := 0
	for i := range batch {
		removal, err := r.remover.Remove(ctx, batch[i].ID, batch[i].rev)
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
