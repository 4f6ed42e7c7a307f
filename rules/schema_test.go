package rules

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/schematest"
)

func fileText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The schema takes every file that Load takes, with and without the fields of a configuration.
func TestSchemaTakesGoodFiles(t *testing.T) {
	t.Parallel()
	bare := testWorld()
	bare.Fields = nil
	for _, w := range []World{testWorld(), bare} {
		s := schematest.Compile(t, Schema(w))
		for _, pattern := range []string{"testdata/good/*.yaml", "../examples/rules/*.yaml", "../examples/packs/*.yaml"} {
			paths, err := filepath.Glob(pattern)
			if err != nil || len(paths) == 0 {
				t.Fatalf("%s: %v", pattern, err)
			}
			for _, path := range paths {
				if strings.HasSuffix(path, "_test.yaml") {
					continue // rule tests have a shape of their own
				}
				if err := s(fileText(t, path)); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
		}
	}
}

// What can be seen without knowing expressions and names, the schema sees too. For the others it is enough that it
// does not mind.
func TestSchemaRefusesBrokenFiles(t *testing.T) {
	t.Parallel()
	s := schematest.Compile(t, Schema(testWorld()))
	expressions := map[string]bool{
		"arg-template-type": true, "define-broken": true, "define-cycle": true, "file-timezone": true, "names-connection": true, "names-target": true,
		"world-no-connection": true, "arg-text-twice": true, "step-if": true, "step-on-error": true,
		"calendar-overlap": true, "calendar-never": true, "calendar-timezone": true,
	}
	paths, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		if expressions[name] || strings.HasPrefix(name, "if-") && name != "if-empty" || strings.HasPrefix(name, "template-") || name == "yaml-hash-cut" {
			continue
		}
		if err := s(fileText(t, path)); err == nil {
			t.Errorf("%s: the schema takes it", name)
		}
	}
}

// Every key of the tables and every action is in the schema, with its documentation.
func TestSchemaIsComplete(t *testing.T) {
	t.Parallel()
	var s struct {
		Properties map[string]any `json:"properties"`
		Defs       map[string]struct {
			Description string                                  `json:"description"`
			Properties  map[string]struct{ Description string } `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(testWorld()), &s); err != nil {
		t.Fatal(err)
	}
	for _, k := range fileKeys() {
		if s.Properties[k.Name] == nil {
			t.Errorf("the key %s of a file is missing", k.Name)
		}
	}
	for _, k := range ruleKeys() {
		if s.Defs["rule"].Properties[k.Name].Description == "" {
			t.Errorf("the key %s of a rule is missing or has no description", k.Name)
		}
	}
	for _, kind := range newCatalogue(testActions()).kinds {
		if s.Defs[kind].Description == "" {
			t.Errorf("the action %s is missing or has no description", kind)
		}
	}
}

// The tables hold exactly the keys the readers take: each key of a table is taken, and none is unknown.
func TestTablesHoldTheKeysThatAreRead(t *testing.T) {
	t.Parallel()
	for _, k := range ruleKeys() {
		_, errs, _ := Load([]Source{{"r.yaml", "rules:\n  r:\n    " + k.Name + ": [[]]\n"}}, testWorld())
		if strings.Contains(errs.Text(), "has no key") {
			t.Errorf("the key %s of the table is not read:\n%s", k.Name, errs.Text())
		}
	}
	for _, k := range stepKeys() {
		_, errs, _ := Load([]Source{{"r.yaml", "rules:\n  r:\n    if: severity == 1\n    then:\n      - page: alice\n        " + k.Name + ": [[]]\n"}}, testWorld())
		if strings.Contains(errs.Text(), "has no key") {
			t.Errorf("the key %s of a step is not read:\n%s", k.Name, errs.Text())
		}
	}
}
