package rules

import (
	"os"
	"path/filepath"
	"testing"
)

// Every good file loads in the full world without an error or a warning, and in an empty one without an error.
func TestGoodFilesLoad(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no good files: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			set, errs, warnings := Load([]Source{{filepath.Base(path), string(text)}}, testWorld())
			if errs != nil || warnings != nil {
				t.Fatalf("errors:\n%swarnings:\n%s", errs.Text(), warnings.Text())
			}
			if len(set.Rules) == 0 || set.Hash == "" {
				t.Errorf("%d rules, hash %q", len(set.Rules), set.Hash)
			}
		})
	}
}

// The example of every inside action is a step that loads, with nobody configured.
func TestInsideExamplesLoad(t *testing.T) {
	t.Parallel()
	for _, spec := range InsideActions() {
		text := "rules:\n  r:\n    if: severity == 1\n    then:\n      - " + spec.Example + "\n"
		if _, errs, _ := Load([]Source{{spec.Kind, text}}, World{}); errs != nil {
			t.Errorf("%s:\n%s", spec.Kind, errs.Text())
		}
	}
}

// A set of no files, and of files that say nothing, is empty.
func TestEmptyFilesLoad(t *testing.T) {
	t.Parallel()
	for _, files := range [][]Source{nil, {{"a", ""}}, {{"a", "# nothing\n"}, {"b", "rules:\n"}}, {{"c", "timezone: UTC\n"}}} {
		set, errs, warnings := Load(files, World{})
		if errs != nil || warnings != nil || len(set.Rules) != 0 {
			t.Errorf("%v: %v %v", files, errs, warnings)
		}
	}
}
