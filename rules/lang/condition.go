package lang

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Condition is a compiled expression that is true or false, and knows when time changes it. It may be used by any
// number of goroutines.
type Condition struct {
	source   string
	scope    *Scope
	program  *program
	reads    []string
	usesTime bool
	// needs are what it cannot hold without, if that is known.
	needs      []Need
	needsKnown bool
	traces     func() (*tracer, error)
}

// tracer is the second program of a condition, which records the value of every part.
type tracer struct {
	program *program
	atoms   []Atom
}

// Outcome is what a condition says at one instant. Next is the earliest later instant at which it can say otherwise
// if nothing else changes, exact to the nanosecond and never too late; zero is never.
type Outcome struct {
	Value bool
	Next  time.Time
}

// Condition compiles src. Every mistake is an *Error.
func (s *Scope) Condition(src string) (*Condition, error) { return s.condition(src) }

func (s *Scope) condition(src string, defines ...string) (*Condition, error) {
	p, c, err := s.compile(src, mode{exact: true}, defines...)
	if err != nil {
		return nil, err
	}
	return &Condition{
		source: src, scope: s, program: p, reads: c.readNames(), usesTime: c.usesTime, needs: c.needs, needsKnown: c.needsKnown,
		traces: sync.OnceValues(func() (*tracer, error) {
			p, c, err := s.compile(src, mode{exact: true, traced: true}, defines...)
			if err != nil {
				return nil, err
			}
			return &tracer{p, c.atoms}, nil
		}),
	}, nil
}

// readNames lists the variables that are read, without now.
func (c *compilation) readNames() []string {
	names := make([]string, 0, len(c.reads))
	for name := range c.reads {
		if name != nowName {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Source is the text it was compiled from.
func (c *Condition) Source() string { return c.source }

// Reads lists the variables it depends on, sorted: of a record, the record. `now` is not among them.
func (c *Condition) Reads() []string { return slices.Clone(c.reads) }

// UsesTime tells whether it can change while nothing but time does.
func (c *Condition) UsesTime() bool { return c.usesTime }

// Eval says whether it holds at now. An error means that it cannot be said: a value of another type than was declared,
// or too much work.
func (c *Condition) Eval(env Env, now time.Time) (Outcome, error) {
	f := c.program.frame()
	defer c.program.release(f)
	return c.program.decide(f, env, now)
}

func (p *program) decide(f *frame, env Env, now time.Time) (Outcome, error) {
	v, err := p.run(f, env, now)
	if err != nil {
		return Outcome{}, err
	}
	value, ok := v.(bool)
	if !ok {
		return Outcome{}, fmt.Errorf("a condition gave %s", describeValue(v))
	}
	return Outcome{Value: value, Next: f.rt.next}, nil
}

// NextFlip gives the first instant after now, up to and including horizon, at which the value really differs from
// what it is at now; false where there is none. It goes from candidate to candidate. After 2000 of them it gives the
// one it has reached: to wake there and look again does no harm, and nothing is missed.
func (c *Condition) NextFlip(env Env, now, horizon time.Time) (time.Time, bool, error) {
	f := c.program.frame()
	defer c.program.release(f)
	first, err := c.program.decide(f, env, now)
	if err != nil {
		return time.Time{}, false, err
	}
	at := first.Next
	for range maxCandidates {
		if at.IsZero() || at.After(horizon) {
			return time.Time{}, false, nil
		}
		there, err := c.program.decide(f, env, at)
		if err != nil {
			return time.Time{}, false, err
		}
		if there.Value != first.Value {
			return at, true, nil
		}
		at = there.Next
	}
	return at, !at.IsZero() && !at.After(horizon), nil
}

// Atoms lists its parts in the order of the source, none of them evaluated.
func (c *Condition) Atoms() ([]Atom, error) {
	t, err := c.traces()
	if err != nil {
		return nil, err
	}
	return new(Runtime).story(t.atoms), nil
}

// Trace evaluates and tells the value of every part, in the order of the source. The traced program is compiled when
// it is first asked for.
func (c *Condition) Trace(env Env, now time.Time) (Outcome, []Atom, error) {
	t, err := c.traces()
	if err != nil {
		return Outcome{}, nil, err
	}
	f := t.program.frame()
	defer t.program.release(f)
	outcome, err := t.program.decide(f, env, now)
	return outcome, f.rt.story(t.atoms), err
}
