package statetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// Fault is what happens to one call on a faulty store.
type Fault int

// The faults.
const (
	// None lets the call through.
	None Fault = iota
	// Before answers state.ErrUnavailable, and nothing was done.
	Before
	// After does the call and answers state.ErrUnavailable, so that the caller does not know the outcome.
	After
	// Conflicting does not do a Commit and answers Conflict with what is kept; other calls are let through.
	Conflicting
	// Delayed waits for the delay given to Faulty, then does the call.
	Delayed
)

// ErrInjected is wrapped, beside state.ErrUnavailable, by what a faulty store answers by itself.
var ErrInjected = errors.New("injected by the test")

// Plan says what happens to the next call; op is the method's name. It is called once for each call, by one goroutine
// at a time.
type Plan func(op string) Fault

// Rates are how likely each fault is, from 0 to 1; together at most 1.
type Rates struct{ Before, After, Conflicting, Delayed float64 }

// Seeded is a plan that draws faults, the same ones for the same seed and order of calls.
func Seeded(seed uint64, rates Rates) Plan {
	r := rand.New(rand.NewPCG(seed, 0))
	return func(string) Fault {
		x := r.Float64()
		for _, f := range []struct {
			fault Fault
			rate  float64
		}{{Before, rates.Before}, {After, rates.After}, {Conflicting, rates.Conflicting}, {Delayed, rates.Delayed}} {
			if x -= f.rate; x < 0 {
				return f.fault
			}
		}
		return None
	}
}

// FaultyStore is a store some of whose calls fail by plan. It is safe for concurrent use.
type FaultyStore struct {
	inner  state.Store
	delay  func(ctx context.Context, op string)
	healed atomic.Bool
	mu     sync.Mutex
	plan   Plan
	counts map[Fault]int
}

var _ state.Store = (*FaultyStore)(nil)

// Faulty answers a store that hands every call on to inner, unless plan says otherwise. A delayed call waits until
// delay returns; nil means that there is no wait. Close is always handed on.
func Faulty(inner state.Store, plan Plan, delay func(ctx context.Context, op string)) *FaultyStore {
	if delay == nil {
		delay = func(context.Context, string) {}
	}
	return &FaultyStore{inner: inner, plan: plan, delay: delay, counts: map[Fault]int{}}
}

// Heal ends all faults.
func (f *FaultyStore) Heal() { f.healed.Store(true) }

// Count answers how often the fault has happened.
func (f *FaultyStore) Count(fault Fault) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts[fault]
}

func (f *FaultyStore) next(op string) Fault {
	if f.healed.Load() {
		return None
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	fault := f.plan(op)
	f.counts[fault]++
	return fault
}

// through does the call as the plan wants it.
func through[T any](ctx context.Context, f *FaultyStore, op string, do func() (T, error)) (T, error) {
	return as(ctx, f, f.next(op), op, do)
}

func as[T any](ctx context.Context, f *FaultyStore, fault Fault, op string, do func() (T, error)) (T, error) {
	var none T
	switch fault {
	case Before:
		return none, fmt.Errorf("%s: %w: %w before it was done", op, state.ErrUnavailable, ErrInjected)
	case After:
		if _, err := do(); err != nil {
			return none, err
		}
		return none, fmt.Errorf("%s: %w: %w after it was done", op, state.ErrUnavailable, ErrInjected)
	case Delayed:
		f.delay(ctx, op)
	case None, Conflicting:
	}
	return do()
}

// plain is through for methods that answer nothing but an error.
func plain(ctx context.Context, f *FaultyStore, op string, do func() error) error {
	_, err := through(ctx, f, op, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

// Commit may also answer a conflict that is none.
func (f *FaultyStore) Commit(ctx context.Context, c state.Commit) (state.Result, error) {
	fault := f.next("Commit")
	if fault == Conflicting && c.ID != "" {
		rec, err := f.inner.Load(ctx, state.Ref{ID: c.ID})
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			return state.Result{}, err
		}
		return state.Result{Status: state.Conflict, Record: rec}, nil
	}
	return as(ctx, f, fault, "Commit", func() (state.Result, error) { return f.inner.Commit(ctx, c) })
}

// Load hands on to the inner store, as do all that follow.
func (f *FaultyStore) Load(ctx context.Context, ref state.Ref) (state.Record, error) {
	return through(ctx, f, "Load", func() (state.Record, error) { return f.inner.Load(ctx, ref) })
}

// Number implements state.Incidents.
func (f *FaultyStore) Number(ctx context.Context, id string) (int64, error) {
	return through(ctx, f, "Number", func() (int64, error) { return f.inner.Number(ctx, id) })
}

// List implements state.Incidents.
func (f *FaultyStore) List(ctx context.Context, q state.Query) ([]state.Summary, error) {
	return through(ctx, f, "List", func() ([]state.Summary, error) { return f.inner.List(ctx, q) })
}

// Timeline implements state.Incidents.
func (f *FaultyStore) Timeline(ctx context.Context, id string, after int64, limit int) ([]state.Page, error) {
	return through(ctx, f, "Timeline", func() ([]state.Page, error) { return f.inner.Timeline(ctx, id, after, limit) })
}

// Verdicts implements state.Incidents.
func (f *FaultyStore) Verdicts(ctx context.Context, id string) (map[string][]byte, error) {
	return through(ctx, f, "Verdicts", func() (map[string][]byte, error) { return f.inner.Verdicts(ctx, id) })
}

// Due implements state.Queue.
func (f *FaultyStore) Due(ctx context.Context, parts []ifsev.Partition, limit int) (state.Due, error) {
	return through(ctx, f, "Due", func() (state.Due, error) { return f.inner.Due(ctx, parts, limit) })
}

// Claim implements state.Queue.
func (f *FaultyStore) Claim(ctx context.Context, p ifsev.Partition, destination string, limit int, visibility time.Duration) ([]state.Claim, error) {
	return through(ctx, f, "Claim", func() ([]state.Claim, error) { return f.inner.Claim(ctx, p, destination, limit, visibility) })
}

// Retry implements state.Queue.
func (f *FaultyStore) Retry(ctx context.Context, c state.Claim, at time.Time, failure string) (bool, error) {
	return through(ctx, f, "Retry", func() (bool, error) { return f.inner.Retry(ctx, c, at, failure) })
}

// Lease implements state.Queue.
func (f *FaultyStore) Lease(ctx context.Context, owner string, parts []ifsev.Partition, ttl time.Duration) ([]ifsev.Partition, error) {
	return through(ctx, f, "Lease", func() ([]ifsev.Partition, error) { return f.inner.Lease(ctx, owner, parts, ttl) })
}

var _ state.Roster = (*FaultyStore)(nil)

// Enroll implements state.Roster; where the inner store has none, the replica is alone.
func (f *FaultyStore) Enroll(ctx context.Context, r state.Replica, ttl time.Duration) ([]state.Replica, error) {
	roster, ok := f.inner.(state.Roster)
	if !ok {
		return []state.Replica{r}, nil
	}
	return through(ctx, f, "Enroll", func() ([]state.Replica, error) { return roster.Enroll(ctx, r, ttl) })
}

// Deliveries implements state.Outbox.
func (f *FaultyStore) Deliveries(ctx context.Context, q state.DeliveryQuery) ([]state.Letter, error) {
	return through(ctx, f, "Deliveries", func() ([]state.Letter, error) { return f.inner.Deliveries(ctx, q) })
}

// Revive implements state.Outbox.
func (f *FaultyStore) Revive(ctx context.Context, id string, p ifsev.Partition) error {
	return plain(ctx, f, "Revive", func() error { return f.inner.Revive(ctx, id, p) })
}

// Drop implements state.Outbox.
func (f *FaultyStore) Drop(ctx context.Context, id string, p ifsev.Partition) error {
	return plain(ctx, f, "Drop", func() error { return f.inner.Drop(ctx, id, p) })
}

// PutRuleSet implements state.RuleSets.
func (f *FaultyStore) PutRuleSet(ctx context.Context, hash string, body []byte) (int64, error) {
	return through(ctx, f, "PutRuleSet", func() (int64, error) { return f.inner.PutRuleSet(ctx, hash, body) })
}

// RuleSet implements state.RuleSets.
func (f *FaultyStore) RuleSet(ctx context.Context, epoch int64) (state.RuleSet, error) {
	return through(ctx, f, "RuleSet", func() (state.RuleSet, error) { return f.inner.RuleSet(ctx, epoch) })
}

// Now implements state.Store.
func (f *FaultyStore) Now(ctx context.Context) (time.Time, error) {
	return through(ctx, f, "Now", func() (time.Time, error) { return f.inner.Now(ctx) })
}

// Stats implements state.Store.
func (f *FaultyStore) Stats(ctx context.Context) (state.Stats, error) {
	return through(ctx, f, "Stats", func() (state.Stats, error) { return f.inner.Stats(ctx) })
}

var _ state.Remover = (*FaultyStore)(nil)

// Remove implements state.Remover; where the inner store is none, everything stays.
func (f *FaultyStore) Remove(ctx context.Context, id string, expect state.Rev) (state.Removal, error) {
	remover, ok := f.inner.(state.Remover)
	if !ok {
		return state.Removal(0), errors.ErrUnsupported
	}
	return through(ctx, f, "Remove", func() (state.Removal, error) { return remover.Remove(ctx, id, expect) })
}

// Close closes the inner store.
func (f *FaultyStore) Close() error { return f.inner.Close() }
