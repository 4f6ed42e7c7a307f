package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Archived is an incident that leaves the store, with all that is kept of it.
type Archived struct {
	state.Record
	Number int64
	// Pages are all of its timeline; they lead to its revision.
	Pages    []state.Page
	Verdicts map[string][]byte
	// Bound means that its dedup key leads to it.
	Bound bool
}

// size is about how many bytes it has.
func (a *Archived) size() int {
	n := len(a.Doc)
	for _, p := range a.Pages {
		for _, e := range p.Entries {
			n += len(e.Body)
		}
	}
	for _, v := range a.Verdicts {
		n += len(v)
	}
	return n
}

// leaving is an incident that is to be removed, as it was archived.
type leaving struct {
	Archived
	sum state.Summary
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
	l := leaving{Archived{Record: rec, Number: inc.Number}, *sum}
	err = r.fill(ctx, &l.Archived, inc)
	if errors.Is(err, state.ErrNotFound) || errors.Is(err, errMoved) {
		return l, false, nil
	}
	return l, err == nil, err
}

// fill reads what is kept of an incident beside its document. What could not be written to an archive and read again is
// an error here: there it would hold up all that leave with it.
func (r *retention) fill(ctx context.Context, a *Archived, inc *ifsev.Incident) error {
	if inc.ID != a.ID {
		return fmt.Errorf("its document is that of incident %s", inc.ID)
	}
	if err := r.timeline(ctx, a); err != nil {
		return err
	}
	var err error
	if a.Verdicts, err = r.store.Verdicts(ctx, a.ID); err != nil {
		return err
	}
	for rule, v := range a.Verdicts {
		if !json.Valid(v) {
			return fmt.Errorf("the verdict of rule %s cannot be read", rule)
		}
	}
	if inc.Key == "" {
		return nil
	}
	bound, err := r.store.Load(ctx, state.Ref{Key: inc.Key})
	if errors.Is(err, state.ErrNotFound) {
		return nil
	}
	a.Bound = bound.ID == a.ID
	return err
}

// errMoved says that something happened to an incident while it was read.
var errMoved = errors.New("the incident has changed meanwhile")

// timeline reads a whole timeline and holds it against the revision.
func (r *retention) timeline(ctx context.Context, a *Archived) error {
	var chain state.Chain
	met := false
	for after := int64(0); ; {
		pages, err := r.store.Timeline(ctx, a.ID, after, retentionPages)
		if err != nil {
			return err
		}
		last := after
		for _, p := range pages {
			if err := chain.Add(p); err != nil {
				return err
			}
			met = met || p.Rev == a.Rev
			if last, err = inOrder(p.Entries, last); err != nil {
				return err
			}
		}
		a.Pages = append(a.Pages, pages...)
		if last == after {
			break
		}
		after = last
	}
	switch {
	case !met:
		return errors.New("its timeline does not lead to its revision")
	case chain.Head() != a.Rev:
		return errMoved
	case a.Pages[len(a.Pages)-1].DocSum != state.DocSum(a.Doc):
		return errors.New("its document is not the one that was committed")
	}
	return nil
}

// inOrder reads the entries that come after a seq, and answers the seq of the last.
func inOrder(entries []state.Entry, last int64) (int64, error) {
	for _, entry := range entries {
		last++
		var ev ifsev.Event
		if err := json.Unmarshal(entry.Body, &ev); err != nil {
			return 0, fmt.Errorf("timeline entry %d cannot be read: %w", entry.Seq, err)
		}
		if entry.Seq != last || ev.Seq != last || (ev.Type == ifsev.Declared) != (last == 1) {
			return 0, fmt.Errorf("timeline entry %d does not follow from the one before", entry.Seq)
		}
	}
	return last, nil
}
