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
