package ruletest

import (
	"slices"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/triggers"
)

// World is what tests run in.
type World struct {
	Rules rules.World
	// Sources are the decoders behind /hooks/NAME, by name; their signatures are not asked for in tests.
	Sources map[string]triggers.Decoder
}

// kinds answers the spec of every kind of action by name: those inside the incident and those to the outside.
func (w *World) kinds() map[string]*ifsev.ActionSpec {
	all := map[string]*ifsev.ActionSpec{}
	for _, spec := range slices.Concat(rules.InsideActions(), w.Rules.Actions) {
		all[spec.Kind] = &spec
	}
	return all
}

// targets lists the names a page can have; none where nobody is configured.
func (w *World) targets() []string {
	if w.Rules.Directory.Empty() {
		return nil
	}
	return w.Rules.Directory.Targets()
}
