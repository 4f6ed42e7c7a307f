package statetest

import (
	"sync"
	"time"
)

// Clock is a clock that moves only when it is told to. It is safe for concurrent use.
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	hooks []func(time.Time)
}

// NewClock answers a clock that stands at the instant.
func NewClock(at time.Time) *Clock { return &Clock{now: at.UTC()} }

// Now answers where the clock stands, UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on and tells those who asked by OnChange.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	now, hooks := c.now, c.hooks
	c.mu.Unlock()
	for _, hook := range hooks {
		hook(now)
	}
}

// OnChange calls hook with the instant now and after each Advance, for servers whose clock is set from outside.
func (c *Clock) OnChange(hook func(now time.Time)) {
	c.mu.Lock()
	c.hooks = append(c.hooks, hook)
	now := c.now
	c.mu.Unlock()
	hook(now)
}
