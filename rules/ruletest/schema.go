package ruletest

import (
	"encoding/json"
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules"
)

// Schema answers the JSON Schema (2020-12) of test files, indented, for editors. What it refuses Read refuses too; names
// of rules, people and fields are for Read alone.
func Schema() []byte {
	s := object(fileKeys(), map[string]*jsonschema.Schema{
		"rules":  oneOrMany(&jsonschema.Schema{Type: "string"}),
		"config": {Type: "string"},
		"use":    rules.UsesSchema(),
		"tests":  {Type: "object", MinProperties: jsonschema.Ptr(1), AdditionalProperties: ref("test")},
	})
	s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", "ifsev rule tests"
	s.Required = []string{"tests"}
	s.Defs = map[string]*jsonschema.Schema{
		"duration": {Description: "Such as 90s, 20m, 1h30m, 2d or 1w.", Type: "string", Pattern: `^([0-9]+(w|d|h|ms|m|s))+$`},
		"test":     testSchema(), "incident": incidentSchema(), "mock": mockSchema(), "entry": entrySchema(), "post": postSchema(), "act": actSchema(),
		"action": {Description: "An action and what it is about, such as page secondary; or a step.", AnyOf: []*jsonschema.Schema{
			{Type: "string"}, {Type: "object", MinProperties: jsonschema.Ptr(1), MaxProperties: jsonschema.Ptr(1)},
		}},
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("ifsev: %v", err)) // the tables are the package's own
	}
	return append(b, '\n')
}

func ref(name string) *jsonschema.Schema { return &jsonschema.Schema{Ref: "#/$defs/" + name} }

// scalar is text as Read takes it: any scalar, as it is written.
func scalar() *jsonschema.Schema {
	return &jsonschema.Schema{Types: []string{"string", "number", "boolean"}}
}

func oneOrMany(one *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{one, {Type: "array", Items: one}}}
}

// listed is oneOrMany, or nothing, which means none.
func listed(one *jsonschema.Schema) *jsonschema.Schema {
	s := oneOrMany(one)
	s.AnyOf = append(s.AnyOf, &jsonschema.Schema{Type: "null"})
	return s
}

// object is a map with exactly these keys, each with the documentation of the table.
func object(keys []key, schemas map[string]*jsonschema.Schema) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}, PropertyOrder: keyNames(keys), AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}}}
	for _, k := range keys {
		of := schemas[k.name]
		if of == nil {
			of = scalar()
		}
		of.Description = k.doc
		s.Properties[k.name] = of
	}
	return s
}

func testSchema() *jsonschema.Schema {
	s := object(testKeys(), map[string]*jsonschema.Schema{
		"start": {Type: "string"}, "only": oneOrMany(scalar()), "incident": orNothing(ref("incident")),
		"incidents": {Type: "object", AdditionalProperties: orNothing(ref("incident"))},
		"mock":      {Type: "object", AdditionalProperties: orNothing(ref("mock"))},
		"timeline":  {Type: "array", Items: ref("entry")},
	})
	s.Required = []string{"timeline"}
	return s
}

func orNothing(s *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, {Type: "null"}}}
}

func incidentSchema() *jsonschema.Schema {
	return object(incidentKeys(), map[string]*jsonschema.Schema{
		"severity": {Types: []string{"integer", "string"}}, "tags": listed(scalar()), "subscribers": listed(scalar()),
		"fields": {Type: "object"}, "at": ref("duration"),
	})
}

func mockSchema() *jsonschema.Schema {
	var reasons []any
	for _, r := range ifsev.FailureReasons()[1:] {
		reasons = append(reasons, string(r))
	}
	return object(mockKeys(), map[string]*jsonschema.Schema{
		"permanent": {Type: "boolean"}, "times": {Type: "integer"}, "reason": {Type: "string", Enum: reasons}, "outputs": {Type: "object"},
	})
}

func entrySchema() *jsonschema.Schema {
	s := object(lineKeys(), map[string]*jsonschema.Schema{
		"at": ref("duration"), "do": oneOrMany(ref("act")), "post": ref("post"), "fired": listed(scalar()),
		"actions": listed(ref("action")), "all_actions": listed(ref("action")),
		"expect": {AnyOf: []*jsonschema.Schema{{Type: "object"}, oneOrMany(&jsonschema.Schema{Types: []string{"string", "boolean"}})}},
	})
	s.Required = []string{"at"}
	return s
}

func postSchema() *jsonschema.Schema {
	s := object(postKeys(), map[string]*jsonschema.Schema{"body": {}, "headers": {Type: "object"}})
	s.Required = []string{"source"}
	s.OneOf = []*jsonschema.Schema{{Required: []string{"file"}}, {Required: []string{"body"}}}
	return s
}

// actSchema knows the names of all acts; their arguments are for Read alone.
func actSchema() *jsonschema.Schema {
	keys := []key{{"ack", "Acknowledges, in this person's name."}, {"by", "Who does it."}, {"task_done", "Marks a task as done."}}
	arguments := map[string]*jsonschema.Schema{"ack": orNothing(scalar())}
	for _, spec := range rules.InsideActions() {
		if spec.Kind != "wait" {
			keys = append(keys, key{spec.Kind, spec.Doc})
			arguments[spec.Kind] = &jsonschema.Schema{}
		}
	}
	return object(keys, arguments)
}
