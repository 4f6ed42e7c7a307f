package rules

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/calendar"
)

// Schema answers the JSON Schema (2020-12) of rule files, indented, for editors. It is made of the tables that Load
// reads with: what it refuses Load refuses too. Expressions, names and templates are for Load alone.
func Schema(w World) []byte {
	b, err := json.MarshalIndent(fileSchema(w), "", "  ")
	if err != nil {
		panic(fmt.Sprintf("ifsev: %v", err)) // the tables are the package's own
	}
	return append(b, '\n')
}

const (
	durationPattern = `^(([0-9]+(w|d|h|ms|m|s))+|\s*\$\{\s*inputs\..*\}\s*)$`
	templatePattern = `\$\{`
	inputPattern    = `^\s*\$\{\s*inputs\..*\}\s*$`
)

func fileSchema(w World) *jsonschema.Schema {
	c := newCatalogue(w.Actions)
	s := keyed(append(fileKeys(), packOnlyKeys()...), map[string]*jsonschema.Schema{
		"pack":        {Type: "string", Pattern: namePattern.String()},
		"description": scalarText(),
		"inputs":      inputsSchema(),
		"use":         UsesSchema(),
		"timezone":    {Type: "string"},
		"calendars":   calendar.Schema(),
		"define": {
			Type: "object", PropertyNames: &jsonschema.Schema{Pattern: definePattern.String()}, AdditionalProperties: ref("condition"),
		},
		"rules": {
			Type: "object", PropertyNames: &jsonschema.Schema{Pattern: namePattern.String(), MaxLength: jsonschema.Ptr(maxNameLength)},
			AdditionalProperties: ref("rule"),
		},
		"silences": {Type: "array", MaxItems: jsonschema.Ptr(MaxSilences), Items: silenceSchema()},
	})
	s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", "ifsev rules"
	s.Defs = map[string]*jsonschema.Schema{
		"condition": {Description: "An expression, or a list of which all must hold.", AnyOf: []*jsonschema.Schema{
			expression(), {Type: "array", MinItems: jsonschema.Ptr(1), Items: expression()},
		}},
		"duration": {Description: "Such as 90s, 20m, 1h30m, 2d or 1w.", Type: "string", Pattern: durationPattern},
		"rule":     ruleSchema(),
		"steps":    {Type: "array", MinItems: jsonschema.Ptr(1), MaxItems: jsonschema.Ptr(MaxSteps), Items: ref("step")},
		"step":     stepSchema(&c),
	}
	for _, kind := range c.kinds {
		s.Defs[kind] = actionSchema(c.byKind[kind], w.Fields)
	}
	return s
}

func ref(name string) *jsonschema.Schema { return &jsonschema.Schema{Ref: "#/$defs/" + name} }

// expression is what YAML may make of one: `if: true` is one too.
func expression() *jsonschema.Schema { return &jsonschema.Schema{Types: []string{"string", "boolean"}} }

// keyed is a map with exactly these keys, in their order, each with the documentation of the table.
func keyed(keys []key, schemas map[string]*jsonschema.Schema) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}, PropertyOrder: keyNames(keys), AdditionalProperties: never()}
	for _, k := range keys {
		of := schemas[k.Name]
		if of == nil {
			panic("ifsev: no schema for the key " + k.Name) // a test makes every schema
		}
		of.Description = k.Doc
		s.Properties[k.Name] = of
	}
	return s
}

func never() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

func ruleSchema() *jsonschema.Schema {
	var types []any
	for _, t := range ifsev.EventTypes() {
		types = append(types, string(t))
	}
	event := &jsonschema.Schema{Type: "string", Enum: types}
	s := keyed(ruleKeys(), map[string]*jsonschema.Schema{
		"if":          ref("condition"),
		"when":        {AnyOf: []*jsonschema.Schema{event, {Type: "array", MinItems: jsonschema.Ptr(1), UniqueItems: true, Items: event}, whenSchema()}},
		"for":         ref("duration"),
		"then":        ref("steps"),
		"after":       {Type: "object", MinProperties: jsonschema.Ptr(1), PropertyNames: ref("duration"), AdditionalProperties: ref("steps")},
		"otherwise":   ref("steps"),
		"every":       ref("duration"),
		"max":         orInput(&jsonschema.Schema{Type: "integer", Minimum: jsonschema.Ptr(1.0)}),
		"rearm":       orInput(&jsonschema.Schema{Type: "string", Enum: []any{string(RearmEpisode), string(RearmWhenFalse), string(RearmNever)}}),
		"cooldown":    ref("duration"),
		"window":      windowSchema(),
		"budget":      budgetSchema(),
		"backfill":    orInput(&jsonschema.Schema{Type: "boolean"}),
		"mode":        orInput(&jsonschema.Schema{Type: "string", Enum: []any{string(ModeQueue), string(ModeSkip), string(ModeRestart)}}),
		"shadow":      orInput(&jsonschema.Schema{Type: "boolean"}),
		"description": scalarText(),
		"owner":       scalarText(),
		"labels":      {Type: "object", AdditionalProperties: scalarText()},
		"runbook":     scalarText(),
		"enabled":     orInput(&jsonschema.Schema{Type: "boolean"}),
	})
	s.AllOf = []*jsonschema.Schema{{AnyOf: oneRequired("if", "when")}, {AnyOf: oneRequired("then", "after")}}
	s.DependentRequired = map[string][]string{"max": {"every"}, "every": {"then"}}
	state := &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{}}
	for _, name := range []string{"for", "after", "otherwise", "every", "max", "rearm", "backfill"} {
		state.Properties[name] = never()
	}
	s.DependentSchemas = map[string]*jsonschema.Schema{"when": state}
	return s
}

// whenSchema is `when` where it is no event type.
func whenSchema() *jsonschema.Schema {
	s := keyed(whenKeys(), map[string]*jsonschema.Schema{"each": orInput(&jsonschema.Schema{Type: "boolean"}), "schedule": orInput(&jsonschema.Schema{Type: "string", Pattern: `^\s*(\S+\s+){4}\S+\s*$`})})
	s.Required = []string{"schedule"}
	return s
}

func windowSchema() *jsonschema.Schema {
	s := keyed(windowKeys(), map[string]*jsonschema.Schema{"by": {Type: "string"}, "last": ref("duration"), "count": from(2, maxWindowCount)})
	s.Required = []string{"last", "count"}
	return s
}

func budgetSchema() *jsonschema.Schema {
	per := []any{string(PerIncident), string(PerRule), string(PerTarget)}
	s := keyed(budgetKeys(), map[string]*jsonschema.Schema{
		"firings": from(1, maxBudget), "deliveries": from(1, maxBudget), "in": ref("duration"), "per": orInput(&jsonschema.Schema{Type: "string", Enum: per}), "digest": ref("steps"),
	})
	s.Required, s.OneOf = []string{"in"}, oneRequired("firings", "deliveries")
	return s
}

// from is a number from least to most.
func from(least, most float64) *jsonschema.Schema {
	return orInput(&jsonschema.Schema{Type: "integer", Minimum: &least, Maximum: &most})
}

func silenceSchema() *jsonschema.Schema {
	name := &jsonschema.Schema{Type: "string", Pattern: namePattern.String()}
	s := keyed(silenceKeys(), map[string]*jsonschema.Schema{
		"if": ref("condition"), "until": {Type: "string", Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}`}, "reason": scalarText(),
		"rules": {AnyOf: []*jsonschema.Schema{name, {Type: "array", MinItems: jsonschema.Ptr(1), Items: name}}},
	})
	s.Required = []string{"if", "until"}
	return s
}

func oneRequired(names ...string) []*jsonschema.Schema {
	var each []*jsonschema.Schema
	for _, n := range names {
		each = append(each, &jsonschema.Schema{Required: []string{n}})
	}
	return each
}

// scalarText is text as Load reads it: any scalar, as it is written.
func scalarText() *jsonschema.Schema {
	return &jsonschema.Schema{Types: []string{"string", "number", "boolean"}}
}

func stepSchema(c *catalogue) *jsonschema.Schema {
	s := keyed(stepKeys(), map[string]*jsonschema.Schema{
		"id":       {Type: "string", Pattern: definePattern.String()},
		"each":     {Type: "string"},
		"if":       ref("condition"),
		"retry":    retrySchema(),
		"timeout":  ref("duration"),
		"on_error": ref("steps"),
		"text":     scalarText(),
		"continue": orInput(&jsonschema.Schema{Type: "boolean"}),
	})
	var bare []any
	for _, kind := range c.kinds {
		spec := c.byKind[kind]
		s.Properties[kind] = ref(kind)
		s.PropertyOrder = append(s.PropertyOrder, kind)
		if !slices.ContainsFunc(spec.Args, func(a ifsev.FieldSpec) bool { return a.Required }) {
			bare = append(bare, kind)
		}
	}
	s.OneOf = oneRequired(c.kinds...)
	s.DependentSchemas = map[string]*jsonschema.Schema{"each": {Properties: map[string]*jsonschema.Schema{"id": never()}}}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string", Enum: bare}, s}}
}

func retrySchema() *jsonschema.Schema {
	return keyed(retryKeys(), map[string]*jsonschema.Schema{
		"min": ref("duration"), "max": ref("duration"), "max_age": ref("duration"), "attempts": orInput(&jsonschema.Schema{Type: "integer", Minimum: jsonschema.Ptr(1.0)}),
	})
}

// actionSchema is what may stand behind the name of an action: its arguments, its short form, or nothing.
func actionSchema(spec *ifsev.ActionSpec, fields []ifsev.FieldSpec) *jsonschema.Schema {
	args := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}, PropertyOrder: argumentNames(spec), AdditionalProperties: never()}
	nothing := true
	for _, a := range spec.Args {
		args.Properties[a.Name] = argumentSchema(a)
		if isFields(spec, a) {
			args.Properties[a.Name] = fieldsSchema(fields)
			continue
		}
		// The text may stand beside the action.
		if a.Required && a.Name != "text" {
			args.Required = append(args.Required, a.Name)
			nothing = false
		}
	}
	if spec.Open {
		for _, f := range fields {
			f.Required = false
			args.Properties["fields."+f.Name] = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{argumentSchema(f), {Type: "null"}}}
		}
		if len(fields) == 0 { // the fields are not known here: any may be meant
			args.PatternProperties = map[string]*jsonschema.Schema{`^fields\.`: {}}
		}
	}
	s := &jsonschema.Schema{Description: spec.Doc, AnyOf: []*jsonschema.Schema{args}}
	if spec.Example != "" {
		s.Examples = []any{spec.Example}
	}
	if short, ok := spec.Arg(spec.Short); ok {
		s.AnyOf = append(s.AnyOf, argumentSchema(short))
	}
	if nothing {
		s.AnyOf = append(s.AnyOf, &jsonschema.Schema{Type: "null"})
	}
	return s
}

// fieldsSchema is a map of custom fields; where none is known, of any.
func fieldsSchema(fields []ifsev.FieldSpec) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Description: "Custom fields by name."}
	if len(fields) == 0 {
		return s
	}
	s.Properties, s.AdditionalProperties = map[string]*jsonschema.Schema{}, never()
	for _, f := range fields {
		s.Properties[f.Name] = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{argumentSchema(f), {Type: "null"}}}
	}
	return s
}

// argumentSchema is one argument: a value of its type, or a template where there may be one.
func argumentSchema(a ifsev.FieldSpec) *jsonschema.Schema {
	s := valueSchema(a)
	template := &jsonschema.Schema{Type: "string", Pattern: templatePattern}
	// Any text may be a template already where nothing narrows it.
	open := (a.Type == ifsev.TypeString || a.Type == ifsev.TypeStrings) && len(a.Values) == 0 || a.Type == ifsev.TypeAny
	if !a.Fixed && !open {
		s = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, template}}
	}
	s.Description = a.Doc
	return s
}

func valueSchema(a ifsev.FieldSpec) *jsonschema.Schema {
	var values []any
	for _, v := range a.Values {
		values = append(values, v)
	}
	switch a.Type {
	case ifsev.TypeString:
		if values != nil {
			return &jsonschema.Schema{Enum: values}
		}
		return scalarText()
	case ifsev.TypeInt:
		s := &jsonschema.Schema{Type: "integer"}
		if a.Name == severityArg {
			s.Minimum, s.Maximum = jsonschema.Ptr(float64(ifsev.WorstSeverity)), jsonschema.Ptr(float64(ifsev.MildestSeverity))
		}
		return s
	case ifsev.TypeNumber:
		return &jsonschema.Schema{Type: "number"}
	case ifsev.TypeBool:
		return &jsonschema.Schema{Type: "boolean"}
	case ifsev.TypeTime:
		return &jsonschema.Schema{Type: "string"}
	case ifsev.TypeDuration:
		return ref("duration")
	case ifsev.TypeStrings:
		one := valueSchema(ifsev.FieldSpec{Type: ifsev.TypeString, Values: a.Values})
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{one, {Type: "array", Items: one}}}
	case ifsev.TypeMap:
		return &jsonschema.Schema{Type: "object"}
	}
	return &jsonschema.Schema{}
}
