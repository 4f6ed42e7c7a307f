package engine

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// restartPause keeps a loop that fails at once from doing nothing else.
const restartPause = time.Second

// crew starts goroutines under a name, keeps loops alive, and waits for all of them.
type crew struct {
	turns
	log       *slog.Logger
	restarted func(loop string)

	mu      sync.Mutex
	running map[string]int
	empty   []chan struct{} // told when nothing runs
}

func newCrew(t turns, log *slog.Logger, restarted func(loop string)) *crew {
	return &crew{turns: t, log: log, restarted: restarted, running: map[string]int{}}
}

// run calls fn in a goroutine of its own. A panic in it is logged and counted.
func (c *crew) run(name string, fn func()) {
	c.enter(name)
	c.begin(name, func() {
		defer c.leave(name)
		c.guard(name, fn)
	})
}

// loop calls fn until ctx ends; one that returns or panics before that is called again after a pause.
func (c *crew) loop(ctx context.Context, name string, fn func(context.Context)) {
	c.run(name, func() {
		for ctx.Err() == nil {
			c.guard(name, func() { fn(ctx) })
			c.pause(ctx, restartPause)
		}
	})
}

// guard calls fn and answers whether it returned by itself.
func (c *crew) guard(name string, fn func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("a fault in ifsev; it goes on", "in", name, "fault", fmt.Sprint(p), "stack", string(debug.Stack()))
			c.restarted(loopOf(name))
		}
	}()
	fn()
	return true
}

// loopOf is the metric label of a name: its first word.
func loopOf(name string) string {
	word, _, _ := strings.Cut(name, " ")
	return word
}

func (c *crew) enter(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running[name]++
}

func (c *crew) leave(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[name]--; c.running[name] == 0 {
		delete(c.running, name)
	}
	if len(c.running) > 0 {
		return
	}
	for _, ch := range c.empty {
		ch <- struct{}{}
	}
	c.empty = nil
}

// wait returns when nothing runs, or an error that names what does when ctx ends.
func (c *crew) wait(ctx context.Context) error {
	c.mu.Lock()
	if len(c.running) == 0 {
		c.mu.Unlock()
		return nil
	}
	done := make(chan struct{}, 1)
	c.empty = append(c.empty, done)
	c.mu.Unlock()
	if _, ok := receive(ctx, c.turns, done, forever); !ok {
		return fmt.Errorf("still running: %s", strings.Join(c.names(), ", "))
	}
	return nil
}

// names lists what runs, sorted.
func (c *crew) names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for name := range c.running {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// runs reports whether something runs under the name.
func (c *crew) runs(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running[name] > 0
}

// bell tells one goroutine that there is something to look at; ringing it twice is as good as once.
type bell chan struct{}

func newBell() bell { return make(bell, 1) }

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default: // it rings already
	}
}
