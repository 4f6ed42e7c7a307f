package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// courier has one goroutine for each destination with something to deliver, so that a receiver that hangs holds up
// nobody else's deliveries.
type courier struct {
	turns
	store       state.Queue
	holds       func(ifsev.Partition) bool
	crew        *crew
	attempts    *attempts
	now         func() time.Time
	concurrency int
	visibility  time.Duration
	log         *slog.Logger
	bell        bell

	mu    sync.Mutex
	dests map[string]*destination
	fresh []*destination // without a goroutine yet
}

// poke says that something may be due at a destination. Partitions leased by others are theirs to look after.
func (c *courier) poke(p ifsev.Partition, name string) {
	if !c.holds(p) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.dests[name]
	if d == nil {
		d = newDestination(c, name)
		c.dests[name] = d
		c.fresh = append(c.fresh, d)
		c.bell.ring()
	}
	d.poke(p)
}

// run starts a goroutine for each new destination, until ctx ends. Attempts run under hard, which outlives ctx.
func (c *courier) run(ctx, hard context.Context) {
	for {
		if _, rings := receive(ctx, c.turns, c.bell, forever); !rings {
			return
		}
		c.mu.Lock()
		fresh := c.fresh
		c.fresh = nil
		c.mu.Unlock()
		for _, d := range fresh {
			c.crew.run("destination "+d.name, func() {
				defer c.forget(d)
				d.run(ctx, hard)
			})
		}
	}
}

// forget ends a destination; one that was poked meanwhile begins anew.
func (c *courier) forget(d *destination) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.dests, d.name)
	for p := range d.poked() {
		// The courier's own lock is held: begin anew by hand.
		again := c.dests[d.name]
		if again == nil {
			again = newDestination(c, d.name)
			c.dests[d.name] = again
			c.fresh = append(c.fresh, again)
			c.bell.ring()
		}
		again.poke(p)
	}
}
