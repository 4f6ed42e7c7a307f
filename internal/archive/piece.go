package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/state"
)

// Held is an incident as it was read from a store, whole.
type Held struct {
	state.Record
	Number int64
	// Pages are all of its timeline; they lead to its revision.
	Pages    []state.Page
	Verdicts map[string][]byte
	// Bound means that its dedup key leads to it.
	Bound bool
}

// Piece is a record of incidents that leave a store: an export of them alone, with the rule sets that were in force while
// they lasted.
type Piece struct {
	Header record.Header
	Sets   *Regime
	All    []Held
}

// Write writes the record. Of rule sets one at a time is in memory.
func (p *Piece) Write(ctx context.Context, w io.Writer) error {
	to := record.NewWriter(w)
	if err := to.Header(p.Header); err != nil {
		return err
	}
	if err := p.Sets.write(ctx, to, p.All); err != nil {
		return err
	}
	for i := range p.All {
		if err := p.All[i].write(to); err != nil {
			return err
		}
	}
	return to.End()
}

func (h *Held) write(to *record.Writer) error {
	kept := &record.Kept{Rev: string(h.Rev), Bound: h.Bound, Document: h.Doc, Verdicts: rawVerdicts(h.Verdicts)}
	for _, page := range h.Pages {
		if err := writePage(to, h.ID, h.Number, page, kept); err != nil {
			return err
		}
	}
	return to.Kept(h.ID, h.Number, kept)
}

// Check reads what was written as an import would, follows every chain of revisions, and holds it against the piece.
func (p *Piece) Check(r io.Reader) error {
	rec, err := record.Skim(r)
	if err != nil {
		return err
	}
	for i := range p.All {
		want := &p.All[i]
		got, err := rec.Next()
		if err != nil {
			return err
		}
		if got.ID != want.ID || got.Kept == nil || got.Kept.Rev != string(want.Rev) {
			return fmt.Errorf("incident %s is not there as it was written", want.ID)
		}
		if _, _, err := chain(&got); err != nil {
			return fmt.Errorf("incident %s: %w", want.ID, err)
		}
	}
	if _, err := rec.Next(); !errors.Is(err, io.EOF) {
		return errors.Join(errors.New("there is more than was written"), err)
	}
	return nil
}

// span is how long an incident lasted, and the rule set it was last decided under.
type span struct {
	from, until time.Time
	epoch       int64
}

func (h *Held) span() (span, error) {
	doc, err := Document(h.Record)
	if err != nil {
		return span{}, err
	}
	inc := &doc.Incident
	s := span{from: inc.DeclaredAt, until: inc.DeclaredAt, epoch: doc.Epoch}
	for _, at := range []time.Time{inc.UpdatedAt, inc.LastActivityAt, doc.DecidedAt} {
		if at.After(s.until) {
			s.until = at
		}
	}
	return s, nil
}

func rawVerdicts(all map[string][]byte) map[string]json.RawMessage {
	if len(all) == 0 {
		return nil
	}
	raw := make(map[string]json.RawMessage, len(all))
	for rule, v := range all {
		raw[rule] = v
	}
	return raw
}
