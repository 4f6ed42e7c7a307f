// Package shelf keeps incidents that leave the store: what `ifsev export` prints of them, compressed, as objects in a
// folder or in a bucket. Each object is read again and compared before it counts as kept. It knows no store.
package shelf

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/record"
)

// Shelf is where objects are kept.
type Shelf interface {
	// Put keeps an object under a name that was not used before, durably.
	Put(ctx context.Context, name string, body []byte) error
	// Get reads one again.
	Get(ctx context.Context, name string) ([]byte, error)
}

// History is all that was recorded of one incident.
type History struct {
	ID     string
	Number int64
	Events []ifsev.Event
}

// Piece is what goes into one object.
type Piece struct {
	Header record.Header
	// Sets are the rule sets that were in force, oldest first.
	Sets []record.RuleSet
	All  []History
}

// Keep writes the piece to the shelf under a name made of the instant and its contents, reads it again, and compares.
// It answers the name.
func Keep(ctx context.Context, s Shelf, p Piece, at time.Time) (string, error) {
	body, err := p.encode()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	name := "incidents-" + at.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(sum[:6]) + ".jsonl.gz"
	if err := s.Put(ctx, name, body); err != nil {
		return "", fmt.Errorf("%s cannot be written to the archive: %w", name, err)
	}
	again, err := s.Get(ctx, name)
	if err != nil {
		return "", fmt.Errorf("%s cannot be read again from the archive: %w", name, err)
	}
	if sha256.Sum256(again) != sum {
		return "", fmt.Errorf("%s is not what was written to the archive", name)
	}
	return name, p.compare(again)
}

func (p *Piece) encode() ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := record.NewWriter(z)
	if err := w.Header(p.Header); err != nil {
		return nil, err
	}
	for _, set := range p.Sets {
		if err := w.Rules(set); err != nil {
			return nil, err
		}
	}
	for _, h := range p.All {
		for i := range h.Events {
			body, err := json.Marshal(&h.Events[i])
			if err != nil {
				return nil, err
			}
			if err := w.Event(h.ID, h.Number, body); err != nil {
				return nil, err
			}
		}
	}
	err := errors.Join(w.End(), z.Close())
	return b.Bytes(), err
}

// compare reads the object as a backtest would and counts what is in it.
func (p *Piece) compare(body []byte) error {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return err
	}
	r, err := record.NewReader(z)
	if err != nil {
		return err
	}
	for _, want := range p.All {
		got, err := r.Next()
		if err != nil {
			return err
		}
		if got.ID != want.ID || got.Number != want.Number || len(got.Events) != len(want.Events) {
			return fmt.Errorf("incident %s is not in the archive as it was written", want.ID)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("the archive holds more than was written: %w", err)
	}
	return nil
}
