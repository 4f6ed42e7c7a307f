package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// The schemas that are kept are what the code makes today.
func TestSchemasAreUpToDate(t *testing.T) {
	t.Parallel()
	for name, want := range schemas() {
		if got, err := os.ReadFile(filepath.Join("../../docs/schema", name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/schema/%s: run go generate ./docs (%v)", name, err)
		}
	}
}

func TestWriteSchemas(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "schema")
	for _, text := range []string{"a", "b", "b"} {
		if err := writeSchemas(folder, map[string][]byte{"x.json": []byte(text)}); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(folder, "x.json")); err != nil || string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

// modeline names the schema of a file, relative to it; editors read it in the first line.
var modeline = regexp.MustCompile(`^# yaml-language-server: \$schema=(\S+)\n`)

// Every example names a schema that is there, that of its kind, and agrees with it.
func TestExamplesAgreeWithTheSchemaTheyName(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../examples/rules/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range append(files, "../../ifsev.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		named := modeline.FindSubmatch(text)
		if named == nil {
			t.Errorf("%s: the first line names no schema", file)
			continue
		}
		schema := filepath.Join(filepath.Dir(file), filepath.FromSlash(string(named[1])))
		if want := kindOf(file) + ".json"; filepath.Base(schema) != want {
			t.Errorf("%s names %s, want %s", file, schema, want)
		}
		if err := validates(t, schema, file, text); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func kindOf(file string) string {
	switch {
	case strings.HasSuffix(file, "_test.yaml"):
		return "tests"
	case filepath.Base(file) == "ifsev.yaml":
		return "config"
	}
	return "rules"
}

func validates(t *testing.T, schema, name string, text []byte) error {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(schema)
	if err != nil {
		return err
	}
	file, problems := strictyaml.Parse(name, text)
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

// An editor would mark a mistake in an example.
func TestTheKeptSchemasRefuse(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"rules": "rules:\n  a:\n    iff: severity == 1\n    then: [mitigate]\n", "tests": "tests:\n  a:\n    timelin: []\n", "config": "lisen: x\n",
	} {
		if validates(t, "../../docs/schema/"+name+".json", "x.yaml", []byte(text)) == nil {
			t.Errorf("the schema of %s takes\n%s", name, text)
		}
	}
}
