// Package shelf keeps incidents that leave the store, compressed, as objects in a folder or in a bucket. Each object is
// read again and compared before it counts as kept. It knows no store, and not what is in the objects.
package shelf

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// Shelf is where objects are kept.
type Shelf interface {
	// Put keeps an object under a name that was not used before, durably.
	Put(ctx context.Context, name string, body []byte) error
	// Get reads one again.
	Get(ctx context.Context, name string) ([]byte, error)
	// Probe answers nil if objects can be kept, as far as a small one tells.
	Probe(ctx context.Context) error
}

// Piece is what goes into one object.
type Piece interface {
	// Write writes it.
	Write(ctx context.Context, w io.Writer) error
	// Check reads what was written, and answers an error unless all of it is there.
	Check(r io.Reader) error
}

// Keep writes the piece to the shelf under a name made of the instant and its contents, reads it again, and compares.
// It answers the name.
func Keep(ctx context.Context, s Shelf, p Piece, at time.Time) (string, error) {
	body, err := compressed(ctx, p)
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
	if err := check(p, again); err != nil {
		return "", fmt.Errorf("%s is not in the archive as it was written: %w", name, err)
	}
	return name, nil
}

func compressed(ctx context.Context, p Piece) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := bufio.NewWriter(z)
	if err := p.Write(ctx, w); err != nil {
		return nil, err
	}
	err := errors.Join(w.Flush(), z.Close())
	return b.Bytes(), err
}

func check(p Piece, body []byte) error {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return p.Check(z)
}
