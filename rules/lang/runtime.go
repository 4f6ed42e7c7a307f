package lang

import (
	"errors"
	"time"
)

// Runtime is what a Function may ask of the evaluation it is called in. It is good for that call only.
type Runtime struct {
	now      time.Time
	exact    bool // of a condition, in which running durations keep their slope
	next     time.Time
	location *time.Location
	env      map[string]any
	fuel     int
	built    int
	trace    []traced
}

// Now is the instant of the evaluation. Only a Stepwise function may let it into its result.
func (rt *Runtime) Now() time.Time { return rt.now }

// Location is the zone of the Scope.
func (rt *Runtime) Location() *time.Location { return rt.location }

// Value gives a variable that the function declared in Reads; nil where it is unset.
func (rt *Runtime) Value(name string) any {
	if m, ok := rt.env[name].(*moving); ok {
		return m.still()
	}
	return rt.env[name]
}

// Note says that the function's result can change at next, and not before. Zero or past instants mean that it does
// not.
func (rt *Runtime) Note(next time.Time) {
	if next.IsZero() || !next.After(rt.now) {
		return
	}
	if rt.next.IsZero() || next.Before(rt.next) {
		rt.next = next
	}
}

var (
	errFuel  = errors.New("this costs too much to evaluate: it goes through too many elements or too long texts")
	errBuilt = errors.New("this builds more than 256 KiB of text")
)

// spend takes fuel, some 20 ns a unit.
func (rt *Runtime) spend(units int) error {
	if rt.fuel -= units; rt.fuel < 0 {
		return errFuel
	}
	return nil
}

// build accounts for text of n bytes that is about to be made.
func (rt *Runtime) build(n int) error {
	if rt.built += n; rt.built > maxBuilt {
		return errBuilt
	}
	return rt.spend(n / 64)
}
