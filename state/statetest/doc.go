// Package statetest is the conformance suite of the stores: one subtest for each promise that package state makes, a
// model-based test that compares a store with a plain reference over random steps, and a store that fails on purpose.
//
// A backend's test calls Run with a function that opens an empty store; it may import nothing of the backend, so what
// it knows about a store is what the interfaces promise:
//
//	func TestConformance(t *testing.T) {
//		statetest.Run(t, func(t *testing.T, clock *statetest.Clock) state.Store { return memstate.New(clock.Now) })
//	}
//
// A new promise is first a new subtest here.
package statetest
