package lang

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// Env is what an expression reads of one version of an incident, or of whatever it is about: plain values by name. It
// is only read, so one may serve any number of evaluations at once. `now` is not part of it.
type Env map[string]any

// program is compiled code with the frames it runs in. Many goroutines may run one.
type program struct {
	code   *vm.Program
	scope  *Scope
	source string
	exact  bool
	slots  []slot
	frames sync.Pool
}

// slot is one variable the program reads.
type slot struct {
	name    string
	kind    slotKind
	running Running
}

type slotKind int

const (
	plain slotKind = iota
	instant
	running
	clock
)

func (s *Scope) slot(name string) slot {
	v := s.byName[name]
	switch {
	case v == nil: // read by a function, declared or not
		return slot{name: name}
	case name == nowName:
		return slot{name: name, kind: clock}
	case v.Running != nil:
		return slot{name: name, kind: running, running: *v.Running}
	case v.Type == Time:
		return slot{name: name, kind: instant}
	}
	return slot{name: name}
}

// frame is what one evaluation needs; it is used again, with the same slots overwritten.
type frame struct {
	machine vm.VM
	rt      Runtime
	moves   []moving
}

const (
	runtimeName = "__rt"
	tired       = maxFuel / 4 // a frame that worked this much holds much memory: let it go
)

func (p *program) frame() *frame {
	if f, ok := p.frames.Get().(*frame); ok {
		return f
	}
	f := &frame{moves: make([]moving, len(p.slots))}
	f.machine.MemoryBudget = maxElements
	f.rt.location, f.rt.exact = p.scope.location, p.exact
	f.rt.env = make(map[string]any, len(p.slots)+1)
	f.rt.env[runtimeName] = &f.rt
	return f
}

func (p *program) release(f *frame) {
	clear(f.rt.trace)
	if f.rt.fuel > maxFuel-tired && f.rt.built < maxBuilt/4 {
		p.frames.Put(f)
	}
}

// run evaluates at now. The frame is the caller's to release once it has read the next instant and the trace.
func (p *program) run(f *frame, env Env, now time.Time) (any, error) {
	rt := &f.rt
	rt.now, rt.next, rt.fuel, rt.built, rt.trace = now, time.Time{}, maxFuel, 0, rt.trace[:0]
	for i := range p.slots {
		rt.env[p.slots[i].name] = p.fill(&p.slots[i], &f.moves[i], env, now)
	}
	out, err := f.machine.Run(p.code, rt.env)
	if err != nil {
		return nil, p.explain(err)
	}
	return out, nil
}

// fill gives the value of a slot. Unset times are nil, whether the Env has nil or a zero time.
func (p *program) fill(s *slot, m *moving, env Env, now time.Time) any {
	switch s.kind {
	case clock:
		if !p.exact {
			return now
		}
		*m = moving{instant: now, isTime: true, slope: 1}
		return m
	case running:
		return p.elapsed(s, m, env, now)
	case instant:
		if t, ok := env[s.name].(time.Time); ok && t.IsZero() {
			return nil
		}
	case plain:
	}
	return env[s.name]
}

func (p *program) elapsed(s *slot, m *moving, env Env, now time.Time) any {
	start, ok := env[s.running.Start].(time.Time)
	if !ok || start.IsZero() {
		return nil
	}
	*m = moving{slope: 1}
	if end, ok := env[s.running.End].(time.Time); ok && !end.IsZero() {
		m.slope, now = 0, end
	}
	m.span = now.Sub(start)
	if !p.exact {
		return m.span
	}
	return m
}

// explain places an evaluation's failure in the source.
func (p *program) explain(err error) error {
	var fe *file.Error
	if !errors.As(err, &fe) {
		return err
	}
	message := fe.Message
	if strings.HasPrefix(message, "interface conversion") {
		message = "a value here is unset, or of another type than was declared"
	}
	return errorAt(p.source, fe.From, fe.To-fe.From, message, "")
}
