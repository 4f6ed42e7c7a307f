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

// destination is one receiver with its own concurrency, pace and breaker.
//
//	closed ── 5 failures in a row ──► open ── 10 s ──► half open ── one attempt ──► closed, or open again
//
// While it is open, or the pace says to wait, nothing is claimed, so that no attempt is used up. A receiver that has asked
// to wait for long is the exception: what waits for it is looked over from time to time, for what has grown too old.
type destination struct {
	c       *courier
	name    string
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	bell    bell

	mu    sync.Mutex
	parts map[ifsev.Partition]bool // where something may be due
	// inFlight is the room that is taken: attempts, and what is set aside for claims.
	inFlight, attempts int
	// opened is when the breaker last opened; failing is when it first did since the receiver took something.
	opened, failing time.Time
	pace            pace
	// looked is when what waits in a partition was last looked over; spared counts the claims of a delivery that were given
	// back without an attempt, which is not to bear them.
	looked map[ifsev.Partition]time.Time
	spared map[string]int

	// turn is the partition to begin with, so that each has its turn where little is claimed. Only run touches it.
	turn ifsev.Partition
}

func newDestination(c *courier, name string) *destination {
	d := &destination{
		c: c, name: name, bell: newBell(), parts: map[ifsev.Partition]bool{}, looked: map[ifsev.Partition]time.Time{}, spared: map[string]int{},
	}
	d.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, Timeout: breakerPause,
		ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= breakerFailures },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			d.turned(to, c.now())
			c.log.Warn("destination "+to.String(), "destination", name, "was", from.String())
		},
	})
	return d
}

// turned notes that the breaker is in another state.
func (d *destination) turned(to gobreaker.State, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch to {
	case gobreaker.StateOpen:
		d.opened = at
		if d.failing.IsZero() {
			d.failing = at
		}
	case gobreaker.StateClosed:
		d.failing = time.Time{}
	}
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
	for ctx.Err() == nil { // one that begins anew while all stops has forgotten what its receiver asked for
		wait, idle := d.claim(func(p ifsev.Partition, r room) {
			begin("claim", func() {
				for _, cl := range d.take(hard, p, r) {
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

// atRest reports whether nothing is in flight, and there is nothing to forget: the breaker is closed, and the receiver has
// not asked to wait of late.
func (d *destination) atRest() bool {
	d.mu.Lock()
	busy := d.inFlight > 0 || d.pace.recent(d.c.now())
	d.mu.Unlock()
	return !busy && d.breaker.State() == gobreaker.StateClosed
}

// landed makes room for another attempt; the next delivery of the lane may be due.
func (d *destination) landed(cl claimed) {
	d.mu.Lock()
	d.inFlight--
	d.attempts--
	d.mu.Unlock()
	d.poke(cl.Partition)
}

// room is what is set aside for a claim.
type room struct {
	n int
	// over is set where only what waits may be looked over, and nothing of it is attempted.
	over bool
}

// claim begins to claim what may be due, from several partitions at once, no more than can start now. It answers how
// long there is nothing to do unless the bell rings; idle means that there is nothing at all.
func (d *destination) claim(begin func(p ifsev.Partition, r room)) (wait time.Duration, idle bool) {
	wait, idle = idleDestination, true
	parts := slices.Sorted(maps.Keys(d.poked()))
	first, _ := slices.BinarySearch(parts, d.turn)
	for i, p := range slices.Concat(parts[first:], parts[:first]) {
		if !d.c.holds(p) {
			d.served(p)
			continue
		}
		r, again := d.reserve(p, len(parts)-i)
		if r.n <= 0 {
			wait, idle = min(wait, again), false
			if !r.over {
				break // nor is there for the others
			}
			continue
		}
		// It is no longer known that something is due there, unless somebody says so from here on.
		d.served(p)
		d.turn = p + 1
		begin(p, r)
	}
	return wait, idle
}

// reserve sets room aside for one of so many partitions; if there is none, it answers when it is worth asking again.
func (d *destination) reserve(p ifsev.Partition, among int) (room, time.Duration) {
	st := d.breaker.State() // it takes the lock itself when it changes
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.c.now()
	free := d.c.concurrency - d.inFlight
	switch st {
	case gobreaker.StateHalfOpen:
		free = 1 - d.inFlight
	}
	if free <= 0 {
		return room{}, idleDestination
	}
	r := room{n: max(1, free/among)}
	if wait := d.nextAttempt(st == gobreaker.StateOpen).Sub(now); wait > 0 {
		if look := d.untilLook(p, now); look > 0 {
			return room{over: true}, min(wait, look)
		}
		r.over = true
	} else {
		d.pace.last = now
		if d.pace.gap > 0 {
			r.n = 1
		}
	}
	d.inFlight += r.n
	return r, 0
}

// nextAttempt answers when the receiver may be asked again: after its pause, and that of the breaker, which half-opens
// just after it and not at it.
func (d *destination) nextAttempt(open bool) time.Time {
	next := d.pace.next()
	if half := d.opened.Add(breakerPause + time.Millisecond); open && half.After(next) {
		return half
	}
	return next
}

// trouble answers since when the receiver has taken nothing; zero if it has of late.
func (d *destination) trouble() time.Time {
	since := d.failing
	if d.pace.refused > 0 && (since.IsZero() || d.pace.since.Before(since)) {
		since = d.pace.since
	}
	return since
}

// untilLook answers how long until what waits in a partition is to be looked over.
func (d *destination) untilLook(p ifsev.Partition, now time.Time) time.Duration {
	last := d.trouble()
	if last.IsZero() {
		return idleDestination
	}
	if at := d.looked[p]; at.After(last) {
		last = at
	}
	return last.Add(lookOver).Sub(now)
}

// take claims deliveries in one partition, for which room is set aside, and gives back what room is left.
func (d *destination) take(ctx context.Context, p ifsev.Partition, r room) []claimed {
	until := d.c.now().Add(d.c.visibility)
	claims, err := d.c.store.Claim(ctx, p, d.name, r.n, d.c.visibility)
	d.settle(r, len(claims))
	switch {
	case err != nil:
		d.c.pause(ctx, claimAgain)
		d.poke(p)
	case len(claims) == r.n:
		d.poke(p) // there may be more
	default:
		d.emptied(p, r)
		d.bell.ring() // there is room again
	}
	taken := make([]claimed, len(claims))
	for i, cl := range claims {
		taken[i] = claimed{Claim: cl, until: until, over: r.over}
	}
	return taken
}

// settle gives back the room that n claims do not take.
func (d *destination) settle(r room, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inFlight -= r.n - n
	d.attempts += n
	if n == 0 {
		d.unbegun(r.over)
	}
}

// emptied notes that nothing else is due in a partition.
func (d *destination) emptied(p ifsev.Partition, r room) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.over {
		d.looked[p] = d.c.now()
	}
}

// A hold says of a claim whether it must wait, and until when: the receiver has asked for it since, or it was taken to be
// looked over.
type hold struct {
	held  bool
	until time.Time
	// idle is for how long the receiver has taken nothing; asks says that it has asked to wait in that time.
	idle time.Duration
	asks bool
}

func (d *destination) hold(cl *claimed) hold {
	open := d.breaker.State() == gobreaker.StateOpen // it takes the lock itself when it changes
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.c.now()
	h := hold{held: cl.over || now.Before(d.pace.until), until: d.nextAttempt(open), asks: d.pace.refused > 0}
	if since := d.trouble(); !since.IsZero() {
		h.idle = now.Sub(since)
	}
	return h
}

// pause answers how long the receiver wants to be left alone.
func (d *destination) pause() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return max(0, d.pace.until.Sub(d.c.now()))
}

// pausedUntil answers when the pause is over, zero if there is none.
func (d *destination) pausedUntil() time.Time {
	left := d.pause()
	if left == 0 {
		return time.Time{}
	}
	return d.c.now().Add(left)
}

// spare remembers that a claim is given back without an attempt, which its delivery is not to bear.
func (d *destination) spare(cl *claimed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.spared[cl.ID]++
	d.unbegun(cl.over)
}

// ended forgets what a delivery was spared.
func (d *destination) ended(cl *claimed, attempted bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.spared, cl.ID)
	if !attempted {
		d.unbegun(cl.over)
	}
}

// unbegun lets another begin instead of one that was let begin; none was where what waits is looked over.
func (d *destination) unbegun(over bool) {
	if !over {
		d.pace.last = time.Time{}
	}
}

// tries answers how many attempts were made with this claim, as far as this replica knows.
func (d *destination) tries(cl *claimed) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return cl.Attempt - d.spared[cl.ID]
}

// heed keeps the pace that the answer to an attempt asks for.
func (d *destination) heed(began time.Time, r ifsev.Retry, f *ifsev.Failure) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case asksToWait(f):
		if d.pace.slow(began, d.c.now(), f.RetryAfter, r, d.c.jitter) {
			d.c.log.Warn("destination asks to wait", "destination", d.name, "until", d.pace.until, "gap", d.pace.gap)
		}
	case f == nil, f.Reason == ifsev.ReasonClient, f.Reason == ifsev.ReasonAuth:
		d.pace.took(began)
	}
}

func (d *destination) served(p ifsev.Partition) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.parts, p)
}
