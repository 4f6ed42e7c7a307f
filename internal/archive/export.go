package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/state"
)

// Incidents is what an export reads of incidents, as state.Incidents promises it.
type Incidents interface {
	Load(ctx context.Context, ref state.Ref) (state.Record, error)
	List(ctx context.Context, q state.Query) ([]state.Summary, error)
	Verdicts(ctx context.Context, id string) (map[string][]byte, error)
}

// Timelines is what it reads of timelines and rule sets.
type Timelines interface {
	Timeline(ctx context.Context, id string, after int64, limit int) ([]state.Page, error)
	RuleSet(ctx context.Context, epoch int64) (state.RuleSet, error)
}

// Source is what an export reads; every state.Store is one.
type Source interface {
	Incidents
	Timelines
}

// Choice says what is exported.
type Choice struct {
	// At is when the record is made, World what rules are checked against.
	At    time.Time
	World record.World
	// Since leaves out incidents that were declared before; zero none.
	Since time.Time
	// Only, if not empty, is the ID of the one incident that is meant, and Since when it was declared.
	Only string
	// Wrote is called after each incident; nil means nobody asks.
	Wrote func()
}

// How much is read at once.
const (
	incidentsAtOnce = 200
	eventsAtOnce    = 500
)

// Export writes what was recorded: the rule sets that were in force, and the incidents chosen, the newest first. Each is
// as it was at one instant; of two, one may be later than the other.
func Export(ctx context.Context, from Source, to *record.Writer, c Choice) error {
	h := record.Header{At: c.At, World: c.World, Since: c.Since}
	if c.Only != "" {
		h.Since = time.Time{}
	}
	if err := to.Header(h); err != nil {
		return err
	}
	x := &exporter{from: from, to: to, choice: c}
	if err := x.sets(ctx); err != nil {
		return err
	}
	write := x.incidents
	if c.Only != "" {
		write = func(ctx context.Context) error { return x.incident(ctx, c.Only) }
	}
	if err := write(ctx); err != nil {
		return err
	}
	return to.End()
}

type exporter struct {
	from   Source
	to     *record.Writer
	choice Choice
}

// sets writes the rule sets that were in force since then, oldest first.
func (x *exporter) sets(ctx context.Context) error {
	newest, err := x.from.RuleSet(ctx, 0)
	if errors.Is(err, state.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var before *record.RuleSet // the one that may have been in force then
	for epoch := int64(1); epoch <= newest.Epoch; epoch++ {
		set, err := readSet(ctx, x.from, epoch)
		if err != nil {
			return err
		}
		if set == nil {
			continue
		}
		if before != nil && set.At.After(x.choice.Since) {
			if err := x.to.Rules(*before); err != nil {
				return err
			}
		}
		before = set
	}
	if before == nil {
		return nil
	}
	return x.to.Rules(*before)
}

// readSet answers a rule set; nil where there is none under the number.
func readSet(ctx context.Context, from Sets, epoch int64) (*record.RuleSet, error) {
	kept, err := from.RuleSet(ctx, epoch)
	switch {
	case errors.Is(err, state.ErrNotFound), err == nil && kept.Hash == missing(epoch):
		return nil, nil
	case err != nil:
		return nil, err
	}
	set := &record.RuleSet{Epoch: kept.Epoch, Hash: kept.Hash}
	var errs [3]error
	set.Files, errs[0] = rules.Sources(kept.Body)
	set.Manifest, errs[1] = rules.Manifest(kept.Body)
	set.At, errs[2] = rules.UsedSince(kept.Body)
	return set, errors.Join(errs[:]...)
}

// incidents writes every incident, the newest first.
func (x *exporter) incidents(ctx context.Context) error {
	q := state.Query{Limit: incidentsAtOnce}
	for {
		page, err := x.from.List(ctx, q)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if page[i].DeclaredAt.Before(x.choice.Since) {
				continue
			}
			err := x.incident(ctx, page[i].ID)
			if err != nil && !errors.Is(err, state.ErrNotFound) { // one that was removed since it was listed is left out
				return err
			}
		}
		last := page[len(page)-1]
		// Numbers are given in about the order of declaration: what is older by far ends the search.
		if last.DeclaredAt.Before(x.choice.Since.Add(-time.Hour)) {
			return nil
		}
		q.Before = last.Number
	}
}

// incident writes one incident: its events, then what else is kept of it. It answers state.ErrNotFound where there is
// none, and nothing was written.
func (x *exporter) incident(ctx context.Context, id string) error {
	rec, err := x.from.Load(ctx, state.Ref{ID: id})
	if err != nil {
		return err
	}
	var known named
	if err := json.Unmarshal(rec.Doc, &known); err != nil {
		return fmt.Errorf("the document of incident %s cannot be read: %w", id, err)
	}
	kept := &record.Kept{Rev: string(rec.Rev), Document: rec.Doc}
	if err := x.events(ctx, rec, known.Incident.Number, kept); err != nil {
		return err
	}
	verdicts, err := x.from.Verdicts(ctx, id)
	if err != nil {
		return err
	}
	kept.Verdicts = rawVerdicts(verdicts)
	if key := known.Incident.Key; key != "" {
		bound, err := x.from.Load(ctx, state.Ref{Key: key})
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			return err
		}
		kept.Bound = bound.ID == id
	}
	if x.choice.Wrote != nil {
		x.choice.Wrote()
	}
	return x.to.Kept(id, known.Incident.Number, kept)
}

// named is what a document says of an incident's names.
type named struct {
	Incident struct {
		ID     string `json:"id"`
		Number int64  `json:"number"`
		Key    string `json:"key"`
	} `json:"incident"`
}

// events writes the timeline up to the revision of the record: what was committed since is left out, so that all of it
// is of one instant.
func (x *exporter) events(ctx context.Context, rec state.Record, number int64, kept *record.Kept) error {
	for after := int64(0); ; {
		pages, err := x.from.Timeline(ctx, rec.ID, after, eventsAtOnce)
		if errors.Is(err, state.ErrNotFound) && len(kept.Commits) > 0 {
			return fmt.Errorf("incident %s was removed while it was exported: export again", rec.ID)
		}
		if err != nil {
			return err
		}
		for _, p := range pages {
			if err := writePage(x.to, rec.ID, number, p, kept); err != nil {
				return err
			}
			if n := len(p.Entries); n > 0 {
				after = p.Entries[n-1].Seq
			}
			if p.Rev == rec.Rev {
				return nil
			}
		}
		if len(pages) == 0 {
			return fmt.Errorf("the timeline of incident %s ends before its revision: `ifsev show --verify` tells where", rec.ID)
		}
	}
}

// writePage writes the events of one commit, and has kept know of it.
func writePage(to *record.Writer, id string, number int64, p state.Page, kept *record.Kept) error {
	for _, e := range p.Entries {
		if err := to.Event(id, number, e.Body); err != nil {
			return err
		}
	}
	kept.Commits = append(kept.Commits, record.Commit{Rev: string(p.Rev), Doc: p.DocSum, Events: len(p.Entries)})
	return nil
}
