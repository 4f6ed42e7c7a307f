package engine

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Scheduler lets a simulation say whose turn it is: with one, nothing of the engine runs beside anything else, and what
// is drawn by lot is drawn by it. Its methods are called by what it runs, and by who calls the engine.
type Scheduler interface {
	// Go has fn called beside its caller; the name is for people.
	Go(name string, fn func())
	// Wait returns when ready answers true or d is over, which a negative d never is. Others have their turn meanwhile.
	Wait(d time.Duration, ready func() bool)
	// Rand answers a number of at least 0 and less than n.
	Rand(n int64) int64
}

// turns is how everything in the engine begins something beside itself, waits, and draws lots. Without a Scheduler
// these are goroutines, channels and chance.
type turns struct{ by Scheduler }

// begin calls fn in a goroutine of its own.
func (t turns) begin(name string, fn func()) {
	if t.by != nil {
		t.by.Go(name, fn)
		return
	}
	go fn()
}

// jitter answers a random duration of at least 0 and less than d.
func (t turns) jitter(d time.Duration) time.Duration {
	if t.by != nil {
		return time.Duration(t.by.Rand(int64(d)))
	}
	return rand.N(d)
}

// pause waits for d, or until ctx ends, and reports whether it has not.
func (t turns) pause(ctx context.Context, d time.Duration) bool {
	receive[struct{}](ctx, t, nil, d)
	return ctx.Err() == nil
}

// forever is a wait that only ctx or what is waited for ends.
const forever = time.Duration(-1)

// receive waits for what comes through ch, for the end of ctx, or for d to be over, and reports whether something came.
// Nothing may close ch.
func receive[T any](ctx context.Context, t turns, ch <-chan T, d time.Duration) (v T, ok bool) {
	if t.by != nil {
		t.by.Wait(d, func() bool { return len(ch) > 0 || ctx.Err() != nil })
		select {
		case v = <-ch:
			return v, true
		default:
			return v, false
		}
	}
	var over <-chan time.Time
	if d >= 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case v = <-ch:
		return v, true
	case <-ctx.Done():
	case <-over:
	}
	return v, false
}

// enter waits for room in ch, or for the end of ctx, and reports whether it took room.
func enter(ctx context.Context, t turns, ch chan<- struct{}) bool {
	if t.by != nil {
		t.by.Wait(forever, func() bool { return len(ch) < cap(ch) || ctx.Err() != nil })
		if ctx.Err() != nil {
			return false
		}
	}
	select {
	case ch <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// group waits for what was begun in it.
type group struct {
	turns
	n  atomic.Int64
	wg sync.WaitGroup
}

// add says that something begins, and done that it has ended.
func (g *group) add() {
	g.n.Add(1)
	g.wg.Add(1)
}

func (g *group) done() {
	g.n.Add(-1)
	g.wg.Done()
}

// wait returns when all of it has ended.
func (g *group) wait() {
	if g.by != nil {
		g.by.Wait(forever, func() bool { return g.n.Load() == 0 })
	}
	g.wg.Wait()
}
