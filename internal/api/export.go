package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// export streams what was recorded: the rule sets that were in force, and every event of the incidents chosen.
func export(ctx context.Context, s *Server, c *call, out *stream) error {
	ex := &exporter{s: s, out: out, to: record.NewWriter(out.buffer)}
	if text := c.query.Get("since"); text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return refuse(http.StatusBadRequest, "since must be a time such as 2026-11-01T00:00:00Z, not %s", describe(text))
		}
		ex.since = at.UTC()
	}
	if name := c.query.Get("incident"); name != "" {
		r, err := ref(name)
		if err != nil {
			return err
		}
		doc, err := s.engine.Incident(ctx, r)
		if err != nil {
			return missing(err, name)
		}
		ex.only, ex.since = &doc.Incident, doc.Incident.DeclaredAt
	}
	return ex.export(ctx)
}

// exporter writes one record.
type exporter struct {
	s   *Server
	out *stream
	to  *record.Writer
	// since leaves out what was declared before; only, if not nil, all but one.
	since time.Time
	only  *ifsev.Incident
}

func (ex *exporter) export(ctx context.Context) error {
	set := ex.s.engine.Rules()
	h := record.Header{At: ex.s.now().UTC(), World: record.WorldOf(&set.World)}
	if ex.only == nil {
		h.Since = ex.since
	}
	if err := ex.to.Header(h); err != nil {
		return err
	}
	if err := ex.sets(ctx, set.Epoch); err != nil {
		return err
	}
	write := ex.incidents
	if ex.only != nil {
		write = func(ctx context.Context) error { return ex.events(ctx, ex.only.ID, ex.only.Number) }
	}
	if err := write(ctx); err != nil {
		return err
	}
	return ex.to.End()
}

// sets writes the rule sets that were in force since then, oldest first.
func (ex *exporter) sets(ctx context.Context, last int64) error {
	var before *record.RuleSet // the one that may have been in force then
	for epoch := int64(1); epoch <= last; epoch++ {
		kept, err := ex.s.engine.RuleSet(ctx, epoch)
		if errors.Is(err, state.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		set := &record.RuleSet{Epoch: kept.Epoch, Hash: kept.Hash}
		if set.Files, err = rules.Sources(kept.Body); err != nil {
			return err
		}
		if set.At, err = rules.UsedSince(kept.Body); err != nil {
			return err
		}
		if before != nil && set.At.After(ex.since) {
			if err := ex.to.Rules(*before); err != nil {
				return err
			}
		}
		before = set
	}
	if before == nil {
		return nil
	}
	return ex.to.Rules(*before)
}

// incidents writes the events of every incident, newest incident first.
func (ex *exporter) incidents(ctx context.Context) error {
	q := state.Query{Limit: pageMost}
	for {
		page, err := ex.s.engine.List(ctx, q)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if page[i].DeclaredAt.Before(ex.since) {
				continue
			}
			if err := ex.events(ctx, page[i].ID, page[i].Number); err != nil {
				return err
			}
		}
		// Numbers are given in about the order of declaration: what is older by far ends the search.
		if oldest := page[len(page)-1]; oldest.DeclaredAt.Before(ex.since.Add(-time.Hour)) {
			return nil
		}
		q.Before = page[len(page)-1].Number
	}
}

func (ex *exporter) events(ctx context.Context, id string, number int64) error {
	for after := int64(0); ; {
		events, err := ex.s.engine.Timeline(ctx, state.Ref{ID: id}, after, timelineMost)
		if err != nil {
			return err
		}
		for i := range events {
			if err := ex.to.Event(id, number, &events[i]); err != nil {
				return err
			}
		}
		ex.out.keepOpen()
		if len(events) < timelineMost {
			return nil
		}
		after = events[len(events)-1].Seq
	}
}
