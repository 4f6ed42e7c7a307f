package boltstate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/internal/kv"
)

// file is a kv.DB over bbolt with one goroutine that writes.
type file struct {
	db   *bolt.DB
	path string
	ops  chan *op
	// quit asks the writer to stop; stopped is closed when it has.
	quit, stopped chan struct{}
	closing       sync.Once
	closed        error
	// sync is bbolt's Commit, but for tests of disks that fail.
	sync func(*bolt.Tx) error
	// broken is set by the writer when it can no longer say what is on the disk.
	broken error
}

// op is one write that waits for its transaction.
type op struct {
	ctx  context.Context //nolint:containedctx // the op is the call, handed to the writer; nothing outlives it
	do   func(kv.Tx) error
	done chan error
}

// maxBatch bounds a transaction, so that the first of a long queue need not wait for the last.
const maxBatch = 256

// newFile starts the writer, which ends with Close.
func newFile(db *bolt.DB, path string) *file {
	f := &file{db: db, path: path, ops: make(chan *op), quit: make(chan struct{}), stopped: make(chan struct{}), sync: (*bolt.Tx).Commit}
	go f.run()
	return f
}

// Close lets the transaction under way finish, stops the writer and gives the file up.
func (f *file) Close() error {
	f.closing.Do(func() {
		close(f.quit)
		<-f.stopped
		f.closed = f.db.Close()
	})
	return f.closed
}

// View reads in a transaction of its own, which sees one state of the file.
func (f *file) View(ctx context.Context, do func(kv.Reader) error) error {
	if ctx.Err() != nil {
		return kv.Interrupted(ctx)
	}
	err := f.db.View(func(tx *bolt.Tx) error { return do(&access{tx: tx}) })
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return f.isClosed()
	}
	return err
}

// Update hands do to the writer. When the context ends first, do may still be written.
func (f *file) Update(ctx context.Context, do func(kv.Tx) error) error {
	if ctx.Err() != nil {
		return kv.Interrupted(ctx)
	}
	o := &op{ctx: ctx, do: do, done: make(chan error, 1)}
	select {
	case f.ops <- o:
	case <-f.quit:
		return f.isClosed()
	case <-ctx.Done():
		return kv.Interrupted(ctx)
	}
	select {
	case err := <-o.done:
		return err
	case <-ctx.Done():
		return kv.Interrupted(ctx)
	}
}

func (f *file) isClosed() error { return fmt.Errorf("%w: %s is closed", state.ErrUnavailable, f.path) }

func (f *file) run() {
	defer close(f.stopped)
	for {
		select {
		case first := <-f.ops:
			f.write(f.gather(first))
		case <-f.quit:
			return
		}
	}
}

// gather answers the first and all who wait behind it. Those who were answered a moment ago and come again get a turn
// to arrive, or every second transaction would be for one alone.
func (f *file) gather(first *op) []*op {
	batch := []*op{first}
	for yielded := false; len(batch) < maxBatch; {
		select {
		case o := <-f.ops:
			batch = append(batch, o)
			yielded = false
		default:
			if yielded {
				return batch
			}
			yielded = true
			runtime.Gosched()
		}
	}
	return batch
}

// write writes the batch in one transaction. One that fails takes its error, and the others are done again without.
func (f *file) write(batch []*op) {
	for len(batch) > 0 {
		failed, err := f.attempt(batch)
		if failed < 0 {
			for _, o := range batch {
				o.done <- err
			}
			return
		}
		batch[failed].done <- err
		batch = slices.Delete(batch, failed, failed+1)
	}
}

// attempt runs the batch in a transaction. It answers which one failed, or -1 and what became of all.
func (f *file) attempt(batch []*op) (failed int, err error) {
	if f.broken != nil {
		return -1, f.broken
	}
	tx, err := f.db.Begin(true)
	if err != nil {
		return -1, f.fault(err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it says that there is nothing to undo
	a := &access{tx: tx}
	for i, o := range batch {
		if o.ctx.Err() != nil {
			return i, kv.Interrupted(o.ctx)
		}
		if err := errors.Join(o.do(a), a.err); err != nil {
			return i, err
		}
	}
	if !a.wrote {
		return -1, nil
	}
	return -1, f.commit(tx)
}

// commit makes the transaction durable. If it fails after the new root was written, nobody knows what the disk
// holds, and to write on would build on it: then the file takes no more writes.
func (f *file) commit(tx *bolt.Tx) error {
	id := tx.ID()
	err := f.sync(tx)
	if err == nil {
		return nil
	}
	seen := id
	viewErr := f.db.View(func(tx *bolt.Tx) error { seen = tx.ID(); return nil })
	if viewErr != nil || seen >= id {
		f.broken = fmt.Errorf("%w: writing %s failed (%w), so ifsev writes no more; look after the disk, then start ifsev again", state.ErrUnavailable, f.path, err)
		return f.broken
	}
	return f.fault(err)
}

// fault is the error for a transaction of which nothing was written.
func (f *file) fault(err error) error {
	if isFull(err) {
		return fmt.Errorf("%w: %s: %w", state.ErrFull, f.path, err)
	}
	return fmt.Errorf("%w: %s: %w", state.ErrUnavailable, f.path, err)
}

// isFull reports whether there is no room. bbolt keeps only the text of some errors.
func isFull(err error) bool {
	if errors.Is(err, bolterrors.ErrMaxSizeReached) {
		return true
	}
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, errno) || strings.Contains(err.Error(), errno.Error()) {
			return true
		}
	}
	return false
}
