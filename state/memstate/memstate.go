// Package memstate is the store that keeps everything in memory and nothing after Close: for tests, demos and
// simulations. It puts ordered tables in memory under package kv, which holds the meaning; it imports nothing else.
package memstate

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/internal/kv"
)

// Store is a state.Store in memory.
type Store struct{ *kv.Store }

var _ state.Store = (*Store)(nil)

// New answers an empty store that reads the time from now.
func New(now func() time.Time) *Store {
	db := &memory{tables: make([]table, len(kv.Tables()))}
	return &Store{kv.New(db, now)}
}

// memory is a kv.DB. There is no rollback: package kv checks before it writes, and a write to memory does not fail.
type memory struct {
	mu     sync.RWMutex
	tables []table // nil once it is closed
}

var errClosed = fmt.Errorf("%w: %w", state.ErrUnavailable, errors.New("it is closed"))

// View reads; nothing is written meanwhile.
func (m *memory) View(ctx context.Context, do func(kv.Reader) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.ready(ctx); err != nil {
		return err
	}
	return do(access{m})
}

// Update writes, alone. It cannot take writes back and need not: the only error that do answers after a write is that of
// a damaged record, and nothing else writes in this memory.
func (m *memory) Update(ctx context.Context, do func(kv.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.ready(ctx); err != nil {
		return err
	}
	return do(access{m})
}

func (m *memory) ready(ctx context.Context) error {
	switch {
	case m.tables == nil:
		return errClosed
	case ctx.Err() != nil:
		return kv.Interrupted(ctx)
	}
	return nil
}

// Close lets go of everything; what was kept is gone.
func (m *memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tables = nil
	return nil
}

// access is a transaction while the lock is held.
type access struct{ *memory }

// Get answers the value under the key, nil if there is none.
func (a access) Get(t kv.Table, key []byte) []byte { return a.tables[t].get(string(key)) }

// Put writes a value.
func (a access) Put(t kv.Table, key, value []byte) { a.tables[t].put(string(key), value) }

// Delete takes a key away; one that is not there is no error.
func (a access) Delete(t kv.Table, key []byte) { a.tables[t].remove(string(key)) }

// Scan goes through a table from a key on, in the order of the keys.
func (a access) Scan(t kv.Table, from []byte) iter.Seq2[[]byte, []byte] {
	return a.tables[t].scan(string(from))
}
