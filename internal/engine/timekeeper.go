package engine

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

const (
	dueLimit = 256 // wakes and destinations of a partition at once
	maxWakes = 512 // incidents looked at at once

	idleAsk = time.Second // between two looks at the store's clock alone

	// How long a wake that could not be dealt with is left alone, at first and at most; at most while it is the store's
	// fault, which ends for all of them at once and is no incident's own.
	firstRest    = time.Second
	maxRest      = time.Minute
	maxStoreRest = 2 * time.Second
)

// timekeeper asks the store what is due, has incidents looked at when their instant has come, and tells the courier
// where something can be claimed. It never sets a timer for an incident: the store's index of wakes is the only one.
type timekeeper struct {
	turns
	store   state.Store
	leases  *leases
	poll    time.Duration
	now     func() time.Time
	skew    *skew
	look    func(id string, it *item, then func(answer))
	deliver func(p ifsev.Partition, destination string)
	log     *slog.Logger
	bell    bell
	// next is when it looks again, as nanoseconds; what is due earlier must ring the bell.
	next atomic.Int64

	mu      sync.Mutex
	inHand  map[string]bool
	resting map[string]rest
	// more means that something due was left because too much was in hand.
	more bool
	away bool // the store did not answer last time
}

// rest is how long a wake that could not be dealt with is left alone.
type rest struct {
	until time.Time
	pause time.Duration
}

// run looks at what is due until ctx ends.
func (t *timekeeper) run(ctx context.Context) {
	for ctx.Err() == nil {
		wait := t.once(ctx)
		t.next.Store(t.now().Add(wait).UnixNano())
		receive(ctx, t.turns, t.bell, wait)
	}
}

// expect rings the bell if the instant comes before the next look.
func (t *timekeeper) expect(at time.Time) {
	if at.Add(-t.skew.get()).UnixNano() < t.next.Load() {
		t.bell.ring()
	}
}

// once looks at what is due and answers how long to wait before looking again.
func (t *timekeeper) once(ctx context.Context) time.Duration {
	parts := t.leases.held()
	if len(parts) == 0 {
		return t.idle(ctx)
	}
	// What is committed from here on may be missing in the answer, however late it is due.
	t.next.Store(math.MaxInt64)
	asked := t.now()
	due, err := t.store.Due(ctx, parts, dueLimit)
	if err != nil {
		return t.unanswered(ctx, err)
	}
	t.answered()
	t.skew.learn(asked, due.Now, t.now())
	for _, d := range due.Destinations {
		t.deliver(d.Partition, d.Destination)
	}
	for _, w := range due.Wakes {
		t.wake(w)
	}
	if due.Next.IsZero() {
		return t.poll
	}
	return max(time.Millisecond, min(t.poll, due.Next.Sub(due.Now)))
}

// idle is what there is to do while nothing is leased: to know what time it is.
func (t *timekeeper) idle(ctx context.Context) time.Duration {
	if err := t.skew.ask(ctx, t.now, t.store.Now); err != nil {
		return t.unanswered(ctx, err)
	}
	t.answered()
	return max(t.poll, idleAsk)
}

func (t *timekeeper) unanswered(ctx context.Context, err error) time.Duration {
	t.mu.Lock()
	first := !t.away
	t.away = true
	t.mu.Unlock()
	if first && ctx.Err() == nil {
		t.log.Error("what is due cannot be read; trying again", "error", err)
	}
	return max(t.poll, 200*time.Millisecond)
}

func (t *timekeeper) answered() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.away {
		t.away = false
		t.log.Info("what is due can be read again")
	}
}

// wake has an incident looked at, unless that is under way, or failed a moment ago.
func (t *timekeeper) wake(w state.Wake) {
	t.mu.Lock()
	full := len(t.inHand) >= maxWakes
	if t.inHand[w.ID] || full || t.now().Before(t.resting[w.ID].until) {
		t.more = t.more || full
		t.mu.Unlock()
		return
	}
	t.inHand[w.ID] = true
	t.mu.Unlock()
	t.look(w.ID, &item{wake: w.At}, func(a answer) { t.woken(w, a.err) })
}

func (t *timekeeper) woken(w state.Wake, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.inHand, w.ID)
	if t.more && len(t.inHand) < maxWakes/2 {
		t.more = false
		t.bell.ring()
	}
	if err == nil {
		delete(t.resting, w.ID)
		return
	}
	r, again := t.resting[w.ID]
	longest := maxRest
	if errors.Is(err, state.ErrUnavailable) || errors.Is(err, state.ErrFull) {
		longest = maxStoreRest
	}
	r.pause = min(max(firstRest, 2*r.pause), longest)
	r.until = t.now().Add(r.pause)
	t.resting[w.ID] = r
	if errors.Is(err, state.ErrNotFound) && !again {
		return // it has left the store between the question what is due and now
	}
	t.log.Error("a deadline could not be dealt with; trying again", "incident", w.ID, "due", w.At, "again_in", r.pause, "error", err)
}
