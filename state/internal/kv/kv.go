package kv

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Table is one of the ordered tables.
type Table uint8

// The tables; see the package comment.
const (
	meta Table = iota
	numbers
	byNumber
	heads
	docs
	keys
	pages
	orphans
	verdicts
	summaries
	marks
	wakes
	items
	inLane
	due
	dead
	letters
	rulesets
	counts
	tables
)

// Tables lists every table.
func Tables() []Table {
	all := make([]Table, tables)
	for i := range all {
		all[i] = Table(i)
	}
	return all
}

// String is the name the table is kept under; it never changes.
func (t Table) String() string {
	return [tables]string{
		"meta", "numbers", "byNumber", "heads", "docs", "keys", "pages", "orphans", "verdicts", "summaries", "marks", "wakes",
		"items", "inLane", "due", "dead", "letters", "rulesets", "counts",
	}[t]
}

// Reader reads tables. What it answers is valid until the transaction ends and must not be changed.
type Reader interface {
	// Get answers the value, nil if there is none; an empty value may be answered as nil.
	Get(t Table, key []byte) []byte
	// Scan goes through the keys from the first that is not below from, in order. The table must not be changed
	// meanwhile.
	Scan(t Table, from []byte) iter.Seq2[[]byte, []byte]
}

// Writer changes tables. It keeps key and value, so they must not be changed afterwards. A write that fails makes the
// transaction fail.
type Writer interface {
	Put(t Table, key, value []byte)
	Delete(t Table, key []byte)
}

// Tx is a transaction that sees what it wrote.
type Tx interface {
	Reader
	Writer
}

// DB runs transactions. Both may run do more than once; the last run counts.
type DB interface {
	View(ctx context.Context, do func(Reader) error) error
	// Update keeps everything do writes, or nothing if it answers an error; nil error means it is durable.
	Update(ctx context.Context, do func(Tx) error) error
	// Close waits for what is under way; it may be called twice.
	Close() error
}

// Store is a state.Store over a DB.
type Store struct {
	db  DB
	now func() time.Time

	// Leases live and die with the process that holds the only copy of the store: one that outlived it would only
	// keep its successor waiting.
	mu     sync.Mutex
	leases map[ifsev.Partition]lease
	roster map[string]present
}

var _ state.Store = (*Store)(nil)

// New answers a store that keeps everything in db and reads the time from now. Close closes db.
func New(db DB, now func() time.Time) *Store {
	return &Store{db: db, now: now, leases: map[ifsev.Partition]lease{}, roster: map[string]present{}}
}

// Now answers the instant of the clock it was given.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, Interrupted(ctx)
	}
	return s.now().UTC(), nil
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Interrupted is the error for a context that is over while something is or was to be done.
func Interrupted(ctx context.Context) error {
	return fmt.Errorf("%w: %w", state.ErrUnavailable, context.Cause(ctx))
}

// tx is a transaction with the meaning of the tables; its methods are in the files beside this. The first damaged
// record is remembered, so that reading goes on with zero values and the whole transaction fails in the end.
type tx struct {
	Reader
	Writer
	now time.Time
	err error
}

func (s *Store) view(ctx context.Context, do func(*tx)) error {
	return s.db.View(ctx, func(r Reader) error {
		t := &tx{Reader: r, now: s.now()}
		do(t)
		return t.err
	})
}

func (s *Store) update(ctx context.Context, do func(*tx)) error {
	return s.db.Update(ctx, func(w Tx) error {
		t := &tx{Reader: w, Writer: w, now: s.now()}
		do(t)
		return t.err
	})
}

func (t *tx) damaged(what string) {
	if t.err == nil {
		t.err = fmt.Errorf("the store holds a damaged record: %s", what)
	}
}

// under goes through the keys that begin with prefix, in order.
func (t *tx) under(table Table, prefix key) iter.Seq2[[]byte, []byte] {
	return t.underFrom(table, prefix, prefix)
}

// underFrom goes through those of them that are not before from.
func (t *tx) underFrom(table Table, prefix, from key) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		for k, v := range t.Scan(table, from) {
			if !prefix.begins(k) || !yield(k, v) {
				return
			}
		}
	}
}

// next counts up the counter and answers it; the first answer is 1.
func (t *tx) next(counter string) int64 {
	k := key{}.text(counter)
	n := t.number(meta, k) + 1
	t.Put(meta, k, key{}.number(n))
	return n
}

// number answers the number kept under the key, or 0.
func (t *tx) number(table Table, k key) int64 {
	v := t.Get(table, k)
	if v == nil {
		return 0
	}
	r := reader{b: v}
	n := r.number()
	if r.bad {
		t.damaged("a number")
	}
	return n
}
