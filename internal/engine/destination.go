package engine

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/ifsev/ifsev"
)

const (
	idleDestination = time.Minute            // until a destination with nothing to do is forgotten
	claimAgain      = 500 * time.Millisecond // after the store did not answer
	breakerFailures = 5                      // in a row open the breaker
	breakerPause    = 10 * time.Second       // until an open one lets one attempt through
)

// destination is one receiver with its own concurrency and breaker.
//
//	closed ── 5 failures in a row ──► open ── 10 s ──► half open ── one attempt ──► closed, or open again
//
// While it is open nothing is claimed, so that no attempt is used up.
type destination struct {
	c       *courier
	name    string
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	bell    bell

	mu       sync.Mutex
	parts    map[ifsev.Partition]bool // where something may be due
	inFlight int
	// opened is when the breaker last opened.
	opened time.Time
}

func newDestination(c *courier, name string) *destination {
	d := &destination{c: c, name: name, bell: newBell(), parts: map[ifsev.Partition]bool{}}
	d.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, Timeout: breakerPause,
		ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= breakerFailures },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				d.setOpened(c.now())
			}
			c.log.Warn("destination "+to.String(), "destination", name, "was", from.String())
		},
	})
	return d
}

func (d *destination) setOpened(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened = at
}

func (d *destination) poke(p ifsev.Partition) {
	d.mu.Lock()
	d.parts[p] = true
	d.mu.Unlock()
	d.bell.ring()
}

// poked answers the partitions where something may be due, in order.
func (d *destination) poked() map[ifsev.Partition]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.parts)
}

// run claims and delivers until there has been nothing to do for a while, or ctx ends, and waits for the attempts
// under way.
func (d *destination) run(ctx, hard context.Context) {
	var under sync.WaitGroup
	defer under.Wait()
	for {
		wait, idle := d.claim(ctx, func(cl claimed) {
			under.Add(1)
			d.c.crew.run("attempt at "+d.name, func() {
				defer under.Done()
				defer d.landed(cl)
				d.c.attempts.make(hard, d, cl)
			})
		})
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-d.bell:
			timer.Stop()
		case <-timer.C:
			if idle && d.atRest() {
				return
			}
		}
	}
}

// atRest reports whether nothing is in flight and the breaker, which would be forgotten, is closed.
func (d *destination) atRest() bool {
	d.mu.Lock()
	inFlight := d.inFlight
	d.mu.Unlock()
	return inFlight == 0 && d.breaker.State() == gobreaker.StateClosed
}

// landed makes room for another attempt; the next delivery of the lane may be due.
func (d *destination) landed(cl claimed) {
	d.mu.Lock()
	d.inFlight--
	d.mu.Unlock()
	d.poke(cl.Partition)
}

// claim takes what is due and can start now, and answers how long there is nothing to do unless the bell rings; idle
// means that there is nothing at all.
func (d *destination) claim(ctx context.Context, start func(claimed)) (wait time.Duration, idle bool) {
	for _, p := range slices.Sorted(maps.Keys(d.poked())) {
		room, wait := d.room()
		if room <= 0 {
			return wait, false
		}
		if !d.c.holds(p) {
			d.served(p)
			continue
		}
		// It is no longer known that something is due there, unless somebody says so from here on; where this takes up
		// all the room, each attempt that lands does.
		d.served(p)
		until := d.c.now().Add(d.c.visibility)
		claims, err := d.c.store.Claim(ctx, p, d.name, room, d.c.visibility)
		if err != nil {
			d.mu.Lock()
			d.parts[p] = true
			d.mu.Unlock()
			return claimAgain, false
		}
		for _, cl := range claims {
			d.mu.Lock()
			d.inFlight++
			d.mu.Unlock()
			start(claimed{Claim: cl, until: until})
		}
	}
	return idleDestination, true
}

func (d *destination) served(p ifsev.Partition) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.parts, p)
}

// room answers how many attempts can start now, and if none, when it is worth asking again.
func (d *destination) room() (int, time.Duration) {
	st := d.breaker.State() // it takes the lock itself when it changes
	d.mu.Lock()
	defer d.mu.Unlock()
	switch st {
	case gobreaker.StateOpen:
		// The breaker half-opens just after its pause, not at it.
		return 0, max(time.Millisecond, d.opened.Add(breakerPause+time.Millisecond).Sub(d.c.now()))
	case gobreaker.StateHalfOpen:
		return 1 - d.inFlight, idleDestination
	}
	return d.c.concurrency - d.inFlight, idleDestination
}
