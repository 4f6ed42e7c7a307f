package rules

import (
	"maps"
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/calendar"
	"github.com/ifsev/ifsev/rules/lang"
)

// vocabulary is every word the expressions of a set may use: what they are, and how they are read from an incident.
// It does not change once it is made.
type vocabulary struct {
	world *World
	words []word
	funcs []lang.Function
	// calendars are those of the world; the loader adds those of the files before it compiles anything.
	calendars map[string]*calendar.Calendar
}

// word is a variable and how it is read from an incident.
type word struct {
	lang.Variable
	get func(*ifsev.Incident) any
}

// The names of the hidden times open_for is made of.
const (
	openSinceName = "__open_since"
	openUntilName = "__open_until"
)

func newVocabulary(w *World) *vocabulary {
	v := &vocabulary{world: w}
	v.words = slices.Concat(incidentWords(), peopleWords(w), alertWords(), timeWords(), []word{fieldsWord(w), plannedWord(w)})
	v.calendars = map[string]*calendar.Calendar{}
	maps.Copy(v.calendars, w.Calendars)
	v.funcs = slices.Concat(directoryFunctions(w.Directory), lang.Business(v.calendars), []lang.Function{wasFunction()})
	return v
}

// scope makes the scope that conditions of state rules are checked against. The error is a *lang.DefineError where a
// define is at fault.
func (v *vocabulary) scope(defines map[string]string, zone *time.Location) (*lang.Scope, error) {
	vars := make([]lang.Variable, len(v.words))
	for i, w := range v.words {
		vars[i] = w.Variable
	}
	return lang.NewScope(vars, v.funcs, defines, zone)
}

// env is what expressions read of an incident. It is made once for each version of it and never changed.
func (v *vocabulary) env(inc *ifsev.Incident) lang.Env {
	env := make(lang.Env, len(v.words)+3)
	for _, w := range v.words {
		if w.get != nil {
			env[w.Name] = w.get(inc)
		}
	}
	env[openSinceName] = inc.OpenSince()
	env[openUntilName] = openUntil(inc)
	env[pastName] = pastEnv(inc)
	return env
}

// openUntil is when the incident was over; unset while it is active.
func openUntil(inc *ifsev.Incident) time.Time {
	switch {
	case inc.Status.Active():
		return time.Time{}
	case inc.ClosedAt.IsZero():
		return inc.UpdatedAt
	}
	return inc.ClosedAt
}

// eventEnv adds what the expressions of an event rule read of the event.
func (v *vocabulary) eventEnv(base lang.Env, ev *ifsev.Event) lang.Env {
	env := maps.Clone(base)
	if ev != nil {
		env[eventName] = eventValue(ev)
	}
	return env
}

// stepEnv adds what only steps may read: the outputs of earlier steps, the rule, the error of the step that failed
// (errorText, within on_error) and the incident's address.
func (v *vocabulary) stepEnv(base lang.Env, steps map[string]ifsev.Data, rule *Rule, errorText string) lang.Env {
	env := maps.Clone(base)
	outputs := make(map[string]any, len(steps))
	for id, data := range steps {
		outputs[id] = plainValue(map[string]any(data))
	}
	env[stepsName] = outputs
	env[ruleName] = map[string]any{"name": rule.Name, "description": rule.Description, "owner": rule.Owner}
	env[errorName] = map[string]any{"message": errorText}
	number, _ := base["number"].(int)
	env[urlName] = incidentURL(v.world.URL, &ifsev.Incident{Number: int64(number)})
	return env
}

// The names only steps know.
const (
	stepsName = "steps"
	ruleName  = "rule"
	errorName = "error"
	urlName   = "url"
	eventName = "event"
	// inputsName is known in packs alone.
	inputsName = "inputs"
)

// reservedNames are those a define may not take, because a step or an event rule means something else by them.
func reservedNames() []string {
	return []string{stepsName, ruleName, errorName, urlName, eventName, itemName, indexName, inputsName, windowName, selectedName, heldName, "now"}
}

// stepVariables are the variables of a step: outputs holds one record for each earlier step with an id.
func stepVariables(outputs []lang.Variable, inOnError bool) []lang.Variable {
	vars := []lang.Variable{
		{Name: stepsName, Doc: "the outputs of earlier steps, by id", Type: lang.Map(outputs...)},
		{Name: ruleName, Doc: "the rule that fired", Type: lang.Map(
			lang.Variable{Name: "name", Type: lang.String}, lang.Variable{Name: "description", Type: lang.String},
			lang.Variable{Name: "owner", Type: lang.String})},
		{Name: urlName, Doc: "the address of the incident for people; empty where the configuration has no url", Type: lang.String},
	}
	if inOnError {
		vars = append(vars, lang.Variable{Name: errorName, Doc: "why the step failed", Type: lang.Map(
			lang.Variable{Name: "message", Type: lang.String})})
	}
	return vars
}

// typeOf is what a declared value type is in an expression.
func typeOf(t ifsev.ValueType) lang.Type {
	switch t {
	case ifsev.TypeString:
		return lang.String
	case ifsev.TypeInt:
		return lang.Int
	case ifsev.TypeNumber:
		return lang.Float
	case ifsev.TypeBool:
		return lang.Bool
	case ifsev.TypeTime:
		return lang.Time
	case ifsev.TypeDuration:
		return lang.Duration
	case ifsev.TypeStrings:
		return lang.List(lang.String)
	}
	return lang.Any
}
