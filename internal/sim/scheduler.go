package sim

import (
	"fmt"
	"hash"
	"hash/fnv"
	"iter"
	"math/rand/v2"
	"testing/synctest"
	"time"
)

// maxSteps is how many turns a world may take before it counts as one that never comes to rest.
const maxSteps = 200_000

// scheduler gives turns to tasks, one at a time, and makes time pass when none of them can go on. It is for one
// goroutine and the coroutines it resumes.
type scheduler struct {
	rand  *rand.Rand
	began time.Time
	tasks []*task
	now   *task
	steps int
	// digest is of everything that happened, in order.
	digest hash.Hash64
	// log takes the trace, line by line; nil means that nobody reads it.
	log func(line string)
	// able is kept to be used again, and so are the coroutines of tasks that have ended: their stacks have grown already.
	able []*task
	idle []*coroutine
}

// coroutine runs one task after the other.
type coroutine struct {
	resume func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool
	fn     func()
	done   bool
}

// task is a coroutine that waits for its turn.
type task struct {
	name string
	co   *coroutine
	// ready answers whether it can go on; nil means that it can.
	ready func() bool
	// until is when it goes on all the same; zero means never.
	until time.Time
}

func newScheduler(seed uint64, log func(string)) *scheduler {
	return &scheduler{rand: rand.New(rand.NewPCG(seed, 0x1f5e7)), began: time.Now(), digest: fnv.New64a(), log: log}
}

// Go implements engine.Scheduler.
func (s *scheduler) Go(name string, fn func()) {
	co := &coroutine{}
	if n := len(s.idle); n > 0 {
		co, s.idle = s.idle[n-1], s.idle[:n-1]
	} else {
		co.resume, co.stop = iter.Pull(co.run)
	}
	co.fn, co.done = fn, false
	s.tasks = append(s.tasks, &task{name: name, co: co})
}

// run is what a coroutine does until nobody has anything to do for it any more.
func (c *coroutine) run(yield func(struct{}) bool) {
	c.yield = yield
	for {
		c.fn()
		c.fn, c.done = nil, true
		if !yield(struct{}{}) {
			return
		}
	}
}

// end ends the coroutines that have nothing to do.
func (s *scheduler) end() {
	for _, c := range s.idle {
		c.stop()
	}
	s.idle = nil
}

// Wait implements engine.Scheduler.
func (s *scheduler) Wait(d time.Duration, ready func() bool) {
	t := s.now
	t.ready, t.until = ready, time.Time{}
	if d >= 0 {
		t.until = time.Now().Add(d)
	}
	t.co.yield(struct{}{})
}

// Rand implements engine.Scheduler.
func (s *scheduler) Rand(n int64) int64 { return s.rand.Int64N(n) }

// sleep lets the others have their turns for so long.
func (s *scheduler) sleep(d time.Duration) { s.Wait(d, never) }

func never() bool { return false }

// one reports whether something that happens in so many of a thousand cases happens now.
func (s *scheduler) one(permille int) bool { return permille > 0 && s.rand.IntN(1000) < permille }

// between draws a duration.
func (s *scheduler) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.rand.Int64N(int64(most-least)+1))
}

// run gives turns until nobody waits for anything any more, or until over says so; over is asked whenever time would
// pass. The error says that it does not end.
func (s *scheduler) run(over func() bool) error {
	for {
		next := s.runnable()
		if len(s.able) == 0 {
			if next.IsZero() || over() {
				return nil
			}
			time.Sleep(time.Until(next))
			synctest.Wait() // contexts whose time is up end in goroutines of their own
			continue
		}
		if s.steps++; s.steps > maxSteps {
			return fmt.Errorf("after %d turns it is %s and nothing comes to rest: %s", s.steps, s.since(), s.names())
		}
		s.turn(s.able[s.rand.IntN(len(s.able))])
	}
}

// runnable gathers who can go on now, and answers when the first of the others can by time alone; zero for never.
func (s *scheduler) runnable() (next time.Time) {
	now := time.Now()
	s.able = s.able[:0]
	for _, t := range s.tasks {
		switch {
		case t.ready == nil || t.ready() || !t.until.IsZero() && !t.until.After(now):
			s.able = append(s.able, t)
		case !t.until.IsZero() && (next.IsZero() || t.until.Before(next)):
			next = t.until
		}
	}
	return next
}

func (s *scheduler) turn(t *task) {
	s.now = t
	_, _ = s.digest.Write([]byte(t.name))
	if t.co.resume(); !t.co.done {
		return
	}
	s.idle = append(s.idle, t.co)
	for i := range s.tasks {
		if s.tasks[i] == t {
			s.tasks = append(s.tasks[:i], s.tasks[i+1:]...)
			return
		}
	}
}

func (s *scheduler) names() (names []string) {
	for _, t := range s.tasks {
		names = append(names, t.name)
	}
	return names
}

func (s *scheduler) since() time.Duration { return time.Since(s.began) }

// tell adds a line to the trace.
func (s *scheduler) tell(who, format string, args ...any) {
	_, _ = s.digest.Write([]byte(format))
	if s.log != nil {
		s.log(fmt.Sprintf("%12s  %-14s %s", s.since().Round(time.Millisecond), who, fmt.Sprintf(format, args...)))
	}
}
