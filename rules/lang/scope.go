package lang

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/types"
)

// Variable is one name an expression may read.
type Variable struct {
	Name, Doc string
	// Type is what it holds; nil is Any.
	Type Type
	// Values closes the set of texts it may hold (of a list: its elements), so that a comparison with any other is
	// found at load. Nil leaves it open.
	Values []string
	// Min and Max bound an Int; both zero leave it unbounded.
	Min, Max int
	// Optional says that it may be unset: nil, a missing key or a zero time.
	Optional bool
	// Running makes a Duration that grows with time. Its own value is then not read from the Env.
	Running *Running
}

// Running names the time variables a running duration is made of: its value is End (now, while End is unset) minus
// Start, and it is unset while Start is. They need not be declared and may begin with `__`.
type Running struct{ Start, End string }

func (v *Variable) kind() Type {
	if v.Type == nil {
		return Any
	}
	return v.Type
}

// Scope is the typed world expressions are checked against. It does not change after NewScope and may be used by any
// number of goroutines.
type Scope struct {
	vars      []Variable
	byName    map[string]*Variable
	functions map[string]*Function
	defines   map[string]*define
	location  *time.Location
	env       types.Map
	callable  conf.FunctionsTable
	disabled  map[string]bool
	// inputs are known where a pack's rules are read; outer is then the scope their conditions are written in.
	inputs map[string]*putIn
	outer  *Scope
}

// define is a named condition as it was parsed; it is resolved anew wherever it is used.
type define struct {
	source string
	node   ast.Node
}

// nowName is the variable that holds the instant of the evaluation. It is not part of an Env.
const nowName = "now"

// NewScope checks the names and the named conditions. A nil location is UTC. A mistake in a named condition is a
// *DefineError with the position in that condition.
func NewScope(vars []Variable, funcs []Function, defines map[string]string, location *time.Location) (*Scope, error) {
	if location == nil {
		location = time.UTC
	}
	s := &Scope{functions: map[string]*Function{}, defines: map[string]*define{}, location: location}
	now := Variable{Name: nowName, Type: Time, Doc: "the instant of the evaluation"}
	if err := s.declare(append([]Variable{now}, vars...)); err != nil {
		return nil, err
	}
	known := builtins()
	if s.hasSeverity() {
		known = append(known, severityFunctions()...)
	}
	for _, f := range append(known, funcs...) {
		if err := s.provide(f); err != nil {
			return nil, err
		}
	}
	s.tables()
	if err := s.define(defines); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Scope) declare(vars []Variable) error {
	s.vars, s.byName, s.env = nil, map[string]*Variable{}, types.Map{}
	for _, v := range vars {
		if _, twice := s.byName[v.Name]; twice {
			return fmt.Errorf("the variable %s is declared twice", v.Name)
		}
		s.vars = append(s.vars, v)
		s.byName[v.Name] = &v
		s.env[v.Name] = v.kind().checked()
	}
	s.env[unclear] = Any.checked()
	return nil
}

func (s *Scope) provide(f Function) error {
	if _, taken := s.byName[f.Name]; taken {
		return fmt.Errorf("the function %s has the name of a variable", f.Name)
	}
	if err := f.prepare(); err != nil {
		return err
	}
	s.functions[f.Name] = &f
	return nil
}

// define parses every named condition first, because they may use one another, then compiles each.
func (s *Scope) define(sources map[string]string) error {
	names := slices.Sorted(maps.Keys(sources))
	for _, name := range names {
		if s.Means(name) {
			return &DefineError{name, errorAt(sources[name], 0, 1, name+" is already a variable or a function", "choose another name")}
		}
		s.defines[name] = &define{source: sources[name]}
	}
	for _, name := range names {
		node, err := s.parse(sources[name], s.config())
		if err != nil {
			return &DefineError{name, err}
		}
		s.defines[name].node = node
	}
	for _, name := range names {
		if _, err := s.condition(sources[name], name); err != nil {
			return &DefineError{name, err}
		}
	}
	return nil
}

// With gives a copy that also knows vars; one with a known name takes its place.
func (s *Scope) With(vars ...Variable) *Scope {
	wider := *s
	all := make([]Variable, 0, len(s.vars)+len(vars))
	for _, v := range s.vars {
		if !slices.ContainsFunc(vars, func(w Variable) bool { return w.Name == v.Name }) {
			all = append(all, v)
		}
	}
	for i, v := range vars {
		last := !slices.ContainsFunc(vars[i+1:], func(w Variable) bool { return w.Name == v.Name })
		if last {
			all = append(all, v)
		}
	}
	_ = wider.declare(all) // cannot fail: every name is there once
	return &wider
}

// Variables lists what can be read, in the order of declaration, for reference pages.
func (s *Scope) Variables() []Variable { return slices.Clone(s.vars) }

// Functions lists what can be called, by name, for reference pages. The loops over lists (any, all, none, one, filter,
// map, count, find) are part of the language and not among them.
func (s *Scope) Functions() []Function {
	all := make([]Function, 0, len(s.functions))
	for _, name := range slices.Sorted(maps.Keys(s.functions)) {
		all = append(all, *s.functions[name])
	}
	return all
}

// Location is the zone in which calendar functions count and times are written.
func (s *Scope) Location() *time.Location { return s.location }

// Means tells whether a name is that of a variable or a function, so that no define can have it.
func (s *Scope) Means(name string) bool {
	return s.byName[name] != nil || s.functions[name] != nil || loops[name]
}

func (s *Scope) names() []string {
	names := slices.Collect(maps.Keys(s.byName))
	names = slices.AppendSeq(names, maps.Keys(s.functions))
	names = slices.AppendSeq(names, maps.Keys(s.defines))
	return slices.AppendSeq(names, maps.Keys(loops))
}
