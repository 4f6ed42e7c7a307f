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

	mu    sync.Mutex
	parts map[ifsev.Partition]bool // where something may be due
	// inFlight is the room that is taken: attempts, and what is set aside for claims.
	inFlight, attempts int
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

// run claims and delivers until there has been nothing to do for a while, or ctx ends, and waits for the claims and
// attempts under way, which have until hard ends.
func (d *destination) run(ctx, hard context.Context) {
	under := group{turns: d.c.turns}
	defer under.wait()
	begin := func(what string, do func()) {
		under.add()
		d.c.crew.run(what+" at "+d.name, func() {
			defer under.done()
			do()
		})
	}
	for {
		wait, idle := d.claim(func(p ifsev.Partition, n int) {
			begin("claim", func() {
				for _, cl := range d.take(hard, p, n) {
					begin("attempt", func() {
						defer d.landed(cl)
						d.c.attempts.make(hard, d, cl)
					})
				}
			})
		})
		_, rings := receive(ctx, d.c.turns, d.bell, wait)
		if ctx.Err() != nil || !rings && idle && d.atRest() {
			return
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
	d.attempts--
	d.mu.Unlock()
	d.poke(cl.Partition)
}

// claim begins to claim what may be due, from several partitions at once, no more than can start now. It answers how
// long there is nothing to do unless the bell rings; idle means that there is nothing at all.
func (d *destination) claim(begin func(p ifsev.Partition, n int)) (wait time.Duration, idle bool) {
	parts := slices.Sorted(maps.Keys(d.poked()))
	for i, p := range parts {
		if !d.c.holds(p) {
			d.served(p)
			continue
		}
		n, wait := d.reserve(len(parts) - i)
		if n <= 0 {
			return wait, false
		}
		// It is no longer known that something is due there, unless somebody says so from here on.
		d.served(p)
		begin(p, n)
	}
	return idleDestination, true
}

// reserve sets room aside for one of so many partitions, and answers how much; if there is none, when it is worth
// asking again.
func (d *destination) reserve(among int) (int, time.Duration) {
	st := d.breaker.State() // it takes the lock itself when it changes
	d.mu.Lock()
	defer d.mu.Unlock()
	room := d.c.concurrency - d.inFlight
	switch st {
	case gobreaker.StateOpen:
		// The breaker half-opens just after its pause, not at it.
		return 0, max(time.Millisecond, d.opened.Add(breakerPause+time.Millisecond).Sub(d.c.now()))
	case gobreaker.StateHalfOpen:
		room = 1 - d.inFlight
	}
	if room <= 0 {
		return 0, idleDestination
	}
	n := max(1, room/among)
	d.inFlight += n
	return n, 0
}

// take claims up to n deliveries in one partition, for which room is set aside, and gives back what room is left.
func (d *destination) take(ctx context.Context, p ifsev.Partition, n int) []claimed {
	until := d.c.now().Add(d.c.visibility)
	claims, err := d.c.store.Claim(ctx, p, d.name, n, d.c.visibility)
	d.mu.Lock()
	d.inFlight -= n - len(claims)
	d.attempts += len(claims)
	d.mu.Unlock()
	switch {
	case err != nil:
		d.c.pause(ctx, claimAgain)
		d.poke(p)
	case len(claims) == n:
		d.poke(p) // there may be more
	default:
		d.bell.ring() // there is room again
	}
	taken := make([]claimed, len(claims))
	for i, cl := range claims {
		taken[i] = claimed{Claim: cl, until: until}
	}
	return taken
}

func (d *destination) served(p ifsev.Partition) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.parts, p)
}
