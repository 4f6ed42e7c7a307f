package lang

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/expr-lang/expr/checker/nature"
)

// Expression is a compiled expression of any type, evaluated at one instant: time may be used in any way. It may be
// used by any number of goroutines.
type Expression struct {
	source  string
	program *program
	reads   []string
	kind    nature.Nature
	want    Type

	usesTime bool
}

// Expression compiles src and checks that it gives want; Any (or nil) takes what comes. What is known only when it is
// evaluated is checked then. Every mistake is an *Error.
func (s *Scope) Expression(src string, want Type) (*Expression, error) {
	p, c, err := s.compile(src, mode{want: want})
	if err != nil {
		return nil, err
	}
	return &Expression{source: src, program: p, reads: c.readNames(), kind: c.kind, want: want, usesTime: c.usesTime}, nil
}

// Source is the text it was compiled from.
func (e *Expression) Source() string { return e.source }

// Reads lists the variables it depends on, sorted.
func (e *Expression) Reads() []string { return slices.Clone(e.reads) }

// UsesTime tells whether what it gives depends on the instant it is evaluated at.
func (e *Expression) UsesTime() bool { return e.usesTime }

// Type is what it gives as far as is known at load: a Basic, or Any; lists are List(Any), records Any.
func (e *Expression) Type() Type {
	if b, ok := basicOf(&e.kind); ok {
		return b
	}
	if e.kind.IsArray() {
		return List(Any)
	}
	return Any
}

// Element is what the elements of the list it gives are as far as is known at load: a Basic, Any where that is not
// known.
func (e *Expression) Element() Type {
	if !e.kind.IsArray() {
		return Any
	}
	elem := e.kind.Elem(new(nature.Cache))
	b, _ := basicOf(&elem)
	return b
}

// Eval gives the value at now; nil where it is unset.
func (e *Expression) Eval(env Env, now time.Time) (any, error) {
	f := e.program.frame()
	defer e.program.release(f)
	v, err := e.program.run(f, env, now)
	if err != nil {
		return nil, err
	}
	if weigh(v, maxElements) >= maxElements {
		return nil, errorAt(e.source, 0, 1, "this makes too large a value", "")
	}
	return e.wanted(v)
}

// wanted holds a value whose type was not known at load against what was wanted.
func (e *Expression) wanted(v any) (any, error) {
	if e.want == nil || e.want == Any || v == nil {
		return v, nil
	}
	if n, ok := v.(int); ok && e.want == Float {
		return float64(n), nil
	}
	if f, ok := v.(float64); ok && e.want == Int && f == float64(int(f)) {
		return int(f), nil // every number of a JSON body is a float
	}
	got, want := nature.FromType(reflect.TypeOf(v)), e.want.checked().Nature()
	if !suits(&got, &want) {
		return nil, errorAt(e.source, 0, 1, fmt.Sprintf("this must be %s, but it is %s", e.want, describeValue(v)), "")
	}
	return v, nil
}
