package daemon

import (
	"context"
	"fmt"
	"time"

	"github.com/ifsev/ifsev/internal/config"
)

// probeWait is how long an archive gets to take something small.
const probeWait = 3 * time.Second

// probeArchive answers why nothing could be archived now, as far as something small tells; nil where there is no archive. A
// mistake in its name would else be told once the first incident is to leave, months later.
func probeArchive(ctx context.Context, c config.Archive) error {
	if !c.Set() {
		return nil
	}
	to, err := shelfOf(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- to.Probe(ctx) }() // a folder of a disk that hangs knows no context
	select {
	case err = <-done:
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return fmt.Errorf("it did not answer within %s", probeWait)
	}
	return err
}

// placeOf says where closed incidents go.
func placeOf(c config.Archive) string {
	if c.S3 != nil {
		return "bucket " + c.S3.Bucket
	}
	return c.Dir
}

// startProbe looks once whether the archive takes anything, and warns if it does not; the daemon does not wait for that.
func (d *daemon) startProbe(ctx context.Context) {
	c := d.current.config.Archive
	if d.archive != nil || !c.Set() {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := probeArchive(ctx, c); err != nil && ctx.Err() == nil {
			d.Log.Warn("closed incidents cannot be archived as things are, and will stay in the store: see whether archive names what is meant, and may be written",
				"archive", placeOf(c), "error", err)
		}
	}()
	d.onClose("look at the archive", func(context.Context) error {
		cancel()
		<-done
		return nil
	})
}
