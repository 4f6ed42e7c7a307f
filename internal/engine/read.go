package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// Incident answers all that is kept of an incident; an error that wraps state.ErrNotFound if there is none.
func (e *Engine) Incident(ctx context.Context, ref state.Ref) (ifsev.Document, error) {
	rec, err := e.store.Load(ctx, ref)
	if err != nil {
		return ifsev.Document{}, err
	}
	doc, err := decodeDocument(rec)
	if err == nil && doc.Group != nil {
		err = fmt.Errorf("%w: there is no incident %s", state.ErrNotFound, rec.ID)
	}
	return doc, err
}

// decodeDocument reads a document as it is kept; of nothing it is the document of an incident to be declared.
func decodeDocument(rec state.Record) (ifsev.Document, error) {
	var doc ifsev.Document
	if rec.Rev == "" {
		return doc, nil
	}
	if err := json.Unmarshal(rec.Doc, &doc); err != nil {
		return doc, fmt.Errorf("the document of incident %s cannot be read: %w", rec.ID, err)
	}
	return doc, nil
}

// List answers summaries, highest number first, as state.Incidents.List does.
func (e *Engine) List(ctx context.Context, q state.Query) ([]state.Summary, error) {
	return e.store.List(ctx, q)
}

// Timeline answers the events of an incident with a seq above after, oldest first, at most limit.
func (e *Engine) Timeline(ctx context.Context, ref state.Ref, after int64, limit int) ([]ifsev.Event, error) {
	_, pages, err := e.Pages(ctx, ref, after, limit)
	if err != nil {
		return nil, err
	}
	var events []ifsev.Event
	for _, p := range pages {
		for _, entry := range p.Entries {
			var ev ifsev.Event
			if err := json.Unmarshal(entry.Body, &ev); err != nil {
				return nil, fmt.Errorf("timeline entry %d cannot be read: %w", entry.Seq, err)
			}
			if entry.Seq > after && len(events) < limit {
				events = append(events, ev)
			}
		}
	}
	return events, nil
}

// Pages answers the commits of an incident as state.Incidents.Timeline does, with the incident's present revision:
// what state.Verify needs.
func (e *Engine) Pages(ctx context.Context, ref state.Ref, after int64, limit int) (state.Rev, []state.Page, error) {
	rec, err := e.store.Load(ctx, ref)
	if err != nil {
		return "", nil, err
	}
	pages, err := e.store.Timeline(ctx, rec.ID, after, limit)
	return rec.Rev, pages, err
}

// Verdicts answers the last recorded verdict of each rule on an incident, by rule, each with its history.
func (e *Engine) Verdicts(ctx context.Context, ref state.Ref) (map[string]rules.Verdict, error) {
	rec, err := e.store.Load(ctx, ref)
	if err != nil {
		return nil, err
	}
	bodies, err := e.store.Verdicts(ctx, rec.ID)
	if err != nil {
		return nil, err
	}
	return decodeVerdicts(bodies)
}

// Explain says how each rule in use stands to an incident now, and why.
func (e *Engine) Explain(ctx context.Context, ref state.Ref) (ifsev.Document, []rules.Explanation, error) {
	doc, err := e.Incident(ctx, ref)
	if err != nil {
		return doc, nil, err
	}
	recorded, err := e.Verdicts(ctx, state.Ref{ID: doc.Incident.ID})
	if err != nil {
		return doc, nil, err
	}
	return doc, e.Rules().Explain(doc, e.now(), recorded), nil
}

// RuleSet answers what the store keeps of the rule set of an epoch; an error that wraps state.ErrNotFound if it keeps
// nothing.
func (e *Engine) RuleSet(ctx context.Context, epoch int64) (state.RuleSet, error) {
	return e.store.RuleSet(ctx, epoch)
}
