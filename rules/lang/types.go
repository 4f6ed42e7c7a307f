package lang

import (
	"reflect"
	"time"

	"github.com/expr-lang/expr/checker/nature"
	"github.com/expr-lang/expr/types"
)

// Type is what a variable holds: one of the basic types, a List or a Map.
type Type interface {
	// String names the type as messages and reference pages do.
	String() string

	checked() types.Type
}

// Basic is a type without parts.
type Basic int

// The basic types. In an Env they are int, float64, string, bool, time.Time and time.Duration; Any is whatever a
// webhook body may hold (also map[string]any and []any).
const (
	Any Basic = iota
	Int
	Float
	String
	Bool
	Time
	Duration
)

var _, _, _ Type = Any, list{}, record{}

// String names the type.
func (b Basic) String() string {
	return [...]string{"any value", "a whole number", "a number", "text", "true or false", "a time", "a duration"}[b]
}

func (b Basic) checked() types.Type {
	switch b {
	case Int:
		return types.Int
	case Float:
		return types.Float64
	case String:
		return types.String
	case Bool:
		return types.Bool
	case Time:
		return types.TypeOf(time.Time{})
	case Duration:
		return types.TypeOf(time.Duration(0))
	case Any:
	}
	return types.Any
}

type list struct{ elem Type }

// List is a list of elem: in an Env []string or []any, or any other slice.
func List(elem Type) Type { return list{elem} }

// String names the type.
func (list) String() string { return "a list" }

func (l list) checked() types.Type {
	if l.elem == String {
		return types.TypeOf([]string{})
	}
	return types.Array(l.elem.checked())
}

type record struct{ fields []Variable }

// Map is a record with exactly these fields, each with its own values, range and optionality: in an Env
// map[string]any, where a missing key is an unset field.
func Map(fields ...Variable) Type { return record{fields} }

// String names the type.
func (record) String() string { return "a record" }

func (r record) checked() types.Type {
	m := types.Map{}
	for _, f := range r.fields {
		m[f.Name] = f.kind().checked()
	}
	return m
}

func (r record) field(name string) *Variable {
	for i := range r.fields {
		if r.fields[i].Name == name {
			return &r.fields[i]
		}
	}
	return nil
}

// basicOf gives the nearest Basic of a checked node; lists and records are Any and false.
func basicOf(n *nature.Nature) (Basic, bool) {
	switch {
	case n.IsInteger:
		return Int, true
	case n.IsFloat:
		return Float, true
	case n.IsTime():
		return Time, true
	case n.IsDuration():
		return Duration, true
	case n.Kind == reflect.String:
		return String, true
	case n.Kind == reflect.Bool:
		return Bool, true
	}
	return Any, false
}

// describe names what a checked node holds.
func describe(n *nature.Nature) string {
	if b, ok := basicOf(n); ok {
		return b.String()
	}
	switch {
	case n.Nil:
		return "nil"
	case n.IsArray():
		return "a list"
	case n.IsMap():
		return "a record"
	}
	return "any value"
}

func describeType(t reflect.Type) string {
	if t == nil {
		return "nil"
	}
	n := nature.FromType(t)
	return describe(&n)
}

func isTemporal(n *nature.Nature) bool { return n.IsTime() || n.IsDuration() }
