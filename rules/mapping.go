package rules

import (
	"slices"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// Mapping is a compiled expression over what a tool posted. It is safe for concurrent use.
type Mapping struct {
	expression *lang.Expression
}

// Eval answers the value; nil where it is unset. It never panics.
func (m *Mapping) Eval(env map[string]any) (any, error) {
	// Mappings that depend on time are refused when they are compiled.
	return m.expression.Eval(env, time.Time{})
}

// Source is the text it was compiled from.
func (m *Mapping) Source() string { return m.expression.Source() }

// CompileMapping compiles an expression that takes a part of an alert out of what was posted: it knows body, item,
// alert and headers, of which nothing is known before they come. The error is a *lang.Error with its place in src.
func CompileMapping(src string) (*Mapping, error) {
	return compileMapping(src, postedVariables(), lang.Any)
}

// CompileDeclares compiles the condition under which an alert opens an incident: beside what CompileMapping knows it
// knows what came out of the mapping. The error is a *lang.Error with its place in src.
func CompileDeclares(src string) (*Mapping, error) {
	return compileMapping(src, slices.Concat(postedVariables(), mappedVariables()), lang.Bool)
}

func compileMapping(src string, vars []lang.Variable, want lang.Type) (*Mapping, error) {
	scope, err := lang.NewScope(vars, nil, nil, time.UTC)
	if err != nil {
		return nil, err
	}
	e, err := scope.Expression(src, want)
	if err != nil {
		return nil, err
	}
	if e.UsesTime() {
		return nil, &lang.Error{
			Length: len([]rune(src)), Line: 1, Column: 1, Message: "what a source posts cannot depend on the time it comes",
			Hint: "leave out now, since(), until(), hour(), weekday() and between(); rules know the time",
		}
	}
	return &Mapping{e}, nil
}

func postedVariables() []lang.Variable {
	return []lang.Variable{
		{Name: "body", Doc: "all that was posted", Type: lang.Any, Optional: true},
		{Name: "item", Doc: "the element at hand", Type: lang.Any, Optional: true},
		{Name: "alert", Doc: "the alert at hand, of an Alertmanager", Type: lang.Any, Optional: true},
		{Name: "headers", Doc: "the headers of the request, by lower-case name", Type: lang.Any, Optional: true},
	}
}

func mappedVariables() []lang.Variable {
	return []lang.Variable{
		{Name: "severity", Doc: "1 (the worst) to 5; 0 where it is not known", Type: lang.Int, Max: int(ifsev.MildestSeverity)},
		{Name: "status", Doc: "firing or resolved", Type: lang.String, Values: []string{string(ifsev.AlertIsFiring), string(ifsev.AlertIsResolved)}},
		{Name: "title", Doc: "the title", Type: lang.String},
		{Name: "description", Doc: "the description", Type: lang.String},
		{Name: "service", Doc: "the service", Type: lang.String},
		{Name: "key", Doc: "the dedup key", Type: lang.String},
		{Name: "tags", Doc: "the tags", Type: lang.List(lang.String)},
		{Name: "labels", Doc: "the labels, by name", Type: lang.Any, Optional: true},
		{Name: "fields", Doc: "the custom fields, by name", Type: lang.Any, Optional: true},
	}
}
