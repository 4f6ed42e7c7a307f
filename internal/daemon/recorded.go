package daemon

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/archive"
	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/record"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/boltstate"
)

// Records is what is read of a store without a daemon.
type Records struct {
	// Inputs say which store it is, and what the rules in it were checked against; an archive knows that by itself.
	Inputs
	// Now is the clock.
	Now func() time.Time
	// Incident, if not empty, names the one incident that is meant; Since leaves out those that were declared before.
	Incident string
	Since    time.Time
}

// Open answers what `ifsev export` would print of a daemon on that store. Nothing is changed in it. The reader must be
// closed.
func (r *Records) Open(ctx context.Context) (io.ReadCloser, error) {
	cfg, _, err := r.configure()
	if err != nil {
		return nil, err
	}
	store, err := openToRead(ctx, cfg, r.Now)
	if err != nil {
		return nil, err
	}
	choice, err := r.choice(ctx, store, cfg)
	if err != nil {
		_ = store.Close() // the error before it is the one to tell
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	out, in := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffered := bufio.NewWriterSize(in, 64<<10)
		err := archive.Export(ctx, store, record.NewWriter(buffered), choice)
		if err == nil {
			err = buffered.Flush()
		}
		_ = in.CloseWithError(err) // it never fails
	}()
	return &exporting{PipeReader: out, close: func() error { cancel(); <-done; return store.Close() }}, nil
}

// exporting is an export under way.
type exporting struct {
	*io.PipeReader
	close func() error
}

// Close ends it, wherever it is.
func (r *exporting) Close() error {
	_ = r.PipeReader.Close() // it never fails
	return r.close()
}

func (r *Records) choice(ctx context.Context, store state.Store, cfg *config.Config) (archive.Choice, error) {
	w := world(cfg)
	c := archive.Choice{At: r.Now().UTC(), World: record.WorldOf(&w), Since: r.Since}
	known, err := archive.Find(ctx, store)
	if err != nil {
		return c, err
	}
	if known != nil {
		c.At, c.World = known.At, known.World
	}
	if r.Incident != "" {
		ref, ok := state.ParseRef(r.Incident)
		if !ok {
			return c, fmt.Errorf("there is no incident %s: an incident is named by its number (42 or INC-42) or its ID", r.Incident)
		}
		rec, err := store.Load(ctx, ref)
		if err != nil {
			return c, err
		}
		doc, err := archive.Document(rec)
		if err != nil {
			return c, err
		}
		c.Only, c.Since = rec.ID, doc.Incident.DeclaredAt
	}
	return c, nil
}

// openToRead opens the store of a configuration for reading alone.
func openToRead(ctx context.Context, cfg *config.Config, now func() time.Time) (state.Store, error) {
	address := cfg.Store.Reveal()
	dir, embedded := strings.CutPrefix(address, "file:")
	if !embedded {
		return openExisting(ctx, address, cfg.Durability, now)
	}
	store, err := boltstate.Open(strings.TrimPrefix(dir, "//"), boltstate.Options{Now: now, ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("%w; if a daemon holds it, ask that one: --server URL in the place of --store", err)
	}
	return store, nil
}

// Recorded is what `ifsev export` printed, or a piece of the archive, compressed as that is.
type Recorded struct {
	// Name is what it is called in errors.
	Name string
	Text io.Reader
}

func (r *Recorded) reader() (*record.Reader, error) {
	text, err := unpacked(r.Text)
	if err != nil {
		return nil, err
	}
	rec, err := record.NewReader(text)
	if err != nil {
		return nil, err
	}
	rec.Name = r.Name
	return rec, nil
}

// Import puts what was recorded into the archive at a URL.
func Import(ctx context.Context, address string, from []Recorded, now func() time.Time) (archive.Imported, error) {
	var all []*record.Reader
	for i := range from {
		rec, err := from[i].reader()
		if err != nil {
			return archive.Imported{}, fmt.Errorf("%s: %w", from[i].Name, err)
		}
		all = append(all, rec)
	}
	store, err := openStore(ctx, address, "", now)
	if err != nil {
		return archive.Imported{}, err
	}
	done, err := archive.Import(ctx, store, all...)
	if closeErr := store.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return done, fmt.Errorf("the import into %s: %w", redactURL(address), err)
	}
	return done, nil
}
