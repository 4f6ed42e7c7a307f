package rules

import (
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// packOnlyKeys are the keys of a pack that a file of rules has not.
func packOnlyKeys() []key {
	return slices.DeleteFunc(packKeys(), func(k key) bool {
		return slices.ContainsFunc(fileKeys(), func(f key) bool { return f.Name == k.Name })
	})
}

// orInput is a value, or the input of a pack that is one.
func orInput(s *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, {Type: "string", Pattern: inputPattern}}}
}

func inputsSchema() *jsonschema.Schema {
	var types []any
	for _, name := range typeNames() {
		types = append(types, name)
	}
	s := keyed(inputKeys(), map[string]*jsonschema.Schema{
		"type": {Enum: types}, "default": {}, "description": scalarText(), "kind": scalarText(),
		"values": {AnyOf: []*jsonschema.Schema{scalarText(), {Type: "array", Items: scalarText()}}},
		"min":    {AnyOf: []*jsonschema.Schema{{Type: "number"}, ref("duration")}}, "max": {AnyOf: []*jsonschema.Schema{{Type: "number"}, ref("duration")}},
	})
	s.Required = []string{"type"}
	return &jsonschema.Schema{Type: "object", PropertyNames: &jsonschema.Schema{Pattern: definePattern.String()}, AdditionalProperties: s}
}

// UsesSchema is the JSON Schema of `use`, in rule files and in those of their tests.
func UsesSchema() *jsonschema.Schema {
	s := keyed(useKeys(), map[string]*jsonschema.Schema{"pack": {Type: "string", MinLength: jsonschema.Ptr(1)}, "with": {Type: "object"}})
	s.Required = []string{"pack"}
	return &jsonschema.Schema{
		Type: "object", PropertyNames: &jsonschema.Schema{Pattern: namePattern.String(), MaxLength: jsonschema.Ptr(maxNameLength)}, AdditionalProperties: s,
	}
}
