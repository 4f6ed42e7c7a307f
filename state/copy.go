package state

import (
	"context"
	"fmt"
	"time"
)

// Source is a store that can be copied.
type Source interface {
	Dumper
	Now(ctx context.Context) (time.Time, error)
}

// Target is a store that can be filled, and held against what it was filled from.
type Target interface {
	Dumper
	Filler
}

const (
	batchRows  = 1000
	batchBytes = 1 << 20
)

// Copy fills an empty store with all that another keeps, reads both again and compares them; what it answers then is in
// both. A copy that breaks off leaves a store that is not used; the next one begins anew. Inbound ids that are no
// longer remembered are left out.
func Copy(ctx context.Context, from Source, to Target) (*Tally, error) {
	now, err := from.Now(ctx)
	if err != nil {
		return nil, err
	}
	if err := to.BeginFill(ctx); err != nil {
		return nil, err
	}
	c := &copying{to: to, oldest: now.Add(-DedupKeep).Unix()/86400 - 1}
	var told, again, kept Tally
	if err := c.dump(ctx, from, &told, c.take); err != nil {
		return nil, err
	}
	if err := c.flush(ctx); err != nil {
		return nil, err
	}
	nothing := func(context.Context, Row) error { return nil }
	if err := c.dump(ctx, to, &kept, nothing); err != nil {
		return nil, fmt.Errorf("what was copied cannot be read again: %w", err)
	}
	if diff := told.Difference(&kept); diff != "" {
		return nil, fmt.Errorf("what was copied is not the same, of there and here: %s", diff)
	}
	if err := c.dump(ctx, from, &again, nothing); err != nil {
		return nil, err
	}
	if diff := told.Difference(&again); diff != "" {
		return nil, fmt.Errorf("somebody wrote to the store while it was copied, of before and after: %s; stop every daemon that uses it, then copy again", diff)
	}
	return &told, to.EndFill(ctx)
}

// copying gathers rows into batches.
type copying struct {
	to Filler
	// oldest is the first day whose inbound ids are copied.
	oldest int64
	rows   []Row
	size   int
	batch  int64
}

func (c *copying) dump(ctx context.Context, from Dumper, tally *Tally, do func(context.Context, Row) error) error {
	return from.Dump(ctx, func(r Row) error {
		if r.Mark != nil && r.Mark.Day < c.oldest {
			return nil
		}
		tally.Add(r)
		return do(ctx, r)
	})
}

func (c *copying) take(ctx context.Context, r Row) error {
	c.rows = append(c.rows, r)
	c.size += r.size()
	if len(c.rows) < batchRows && c.size < batchBytes {
		return nil
	}
	return c.flush(ctx)
}

func (c *copying) flush(ctx context.Context) error {
	if len(c.rows) == 0 {
		return nil
	}
	c.batch++
	err := c.to.Fill(ctx, c.batch, c.rows)
	c.rows, c.size = nil, 0
	return err
}

// size is about how many bytes a row has.
func (r Row) size() int {
	n := 100
	switch {
	case r.RuleSet != nil:
		n += len(r.RuleSet.Body)
	case r.Incident != nil:
		n += len(r.Incident.Doc)
		for _, v := range r.Incident.Verdicts {
			n += len(v)
		}
	case r.Page != nil:
		for _, e := range r.Page.Page.Entries {
			n += len(e.Body)
		}
	case r.Delivery != nil:
		n += len(r.Delivery.Body)
	}
	return n
}
