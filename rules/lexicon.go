package rules

import (
	"maps"
	"slices"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// Lexicon is what may be written in rule files under a World, for tools that help to write them. It does not change.
type Lexicon struct {
	words     *vocabulary
	catalogue catalogue
	vars      []lang.Variable
	funcs     []lang.Function
}

// Spot is a place for an expression, as far as it matters to which names are known there.
type Spot struct {
	// Events are the types under `when`; none in a rule that watches the state.
	Events []ifsev.EventType
	// Step says that it is in a step, OnError that the step stands under on_error, Each that it has `each`.
	Step, OnError, Each bool
	// Window says that the step is of a rule with a window, Roll of one with a schedule that runs once in all, Digest that
	// it tells what a budget has held back: there is something that has gathered.
	Window, Roll, Digest bool
	// Earlier are the steps with an id before it.
	Earlier []StepName
}

// StepName is the id of a step and the kind of its action.
type StepName struct{ ID, Kind string }

// NewLexicon makes the lexicon of a world.
func NewLexicon(w World) *Lexicon {
	x := &Lexicon{words: newVocabulary(&w), catalogue: newCatalogue(w.Actions)}
	if scope, err := x.words.scope(nil, nil); err == nil { // else a field has the name of a variable, and Load says so
		x.vars, x.funcs = scope.Variables(), scope.Functions()
	}
	return x
}

// Functions lists what expressions may call, by name, beside lang.Loops.
func (x *Lexicon) Functions() []lang.Function { return x.funcs }

// Variables lists the names an expression in that place may read.
func (x *Lexicon) Variables(s Spot) []lang.Variable {
	vars := append([]lang.Variable(nil), x.vars...)
	if len(s.Events) > 0 {
		vars = append(vars, eventVariable(s.Events))
	}
	if !s.Step {
		return vars
	}
	var outputs []lang.Variable
	for _, step := range s.Earlier {
		if spec := x.catalogue.byKind[step.Kind]; spec != nil {
			outputs = append(outputs, outputsVariable(step.ID, spec))
		}
	}
	vars = append(vars, stepVariables(outputs, s.OnError)...)
	vars = append(vars, gatheredVariables(s.gathered())...)
	if s.Each {
		vars = append(vars, elementVariables(lang.Any)...)
	}
	return vars
}

// gathered is under which name the steps read what has gathered.
func (s *Spot) gathered() string {
	switch {
	case s.Digest:
		return heldName
	case s.Window:
		return windowName
	case s.Roll:
		return selectedName
	}
	return ""
}

// Action answers what is known of a kind of action; nil where there is none of that name.
func (x *Lexicon) Action(kind string) *ifsev.ActionSpec { return x.catalogue.byKind[kind] }

// Actions lists the kinds of action, those inside an incident first.
func (x *Lexicon) Actions() []string { return x.catalogue.kinds }

// Names lists what an argument may name that is configured: people, rotations, roles, or the connections of the
// action's kind; nothing where it is no name.
func (x *Lexicon) Names(spec *ifsev.ActionSpec, arg ifsev.FieldSpec) []string {
	d := x.words.world.Directory
	switch arg.Names {
	case ifsev.NamesConnection:
		return connectionsOf(x.words.world, spec.Connection)
	case ifsev.NamesRotation:
		return x.Rotations()
	case ifsev.NamesRole:
		return roleNames(d)
	case ifsev.NamesTarget, ifsev.NamesPerson, ifsev.NamesRecipient:
		return everyTarget(d)
	}
	return nil
}

// Rotations lists the configured rotations, by name.
func (x *Lexicon) Rotations() []string {
	if d := x.words.world.Directory; d != nil {
		return slices.Sorted(maps.Keys(d.Rotations))
	}
	return nil
}

// Calendars lists the calendars of the configuration, by name.
func (x *Lexicon) Calendars() []string { return slices.Sorted(maps.Keys(x.words.calendars)) }

// CustomFields lists the fields the configuration declares.
func (x *Lexicon) CustomFields() []ifsev.FieldSpec { return slices.Clone(x.words.world.Fields) }
