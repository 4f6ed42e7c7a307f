// Package schematest holds YAML files against a JSON Schema, as an editor does. Only tests import it.
package schematest

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// Compile answers what holds the text of a file against a schema. The error is a strictyaml.Problems if the text cannot be
// read as YAML, and else what the schema says. A schema that is none ends the test.
func Compile(t testing.TB, schema []byte) func(text string) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	const name = "schema.json"
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) error { return validate(s, text) }
}

// validate goes by way of JSON, as editors do: a date or a number is then what JSON makes of it.
func validate(s *jsonschema.Schema, text string) error {
	file, problems := strictyaml.Parse("file.yaml", []byte(text))
	if len(problems) > 0 {
		return problems
	}
	b, err := json.Marshal(file.Root().Value())
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	return s.Validate(v)
}
