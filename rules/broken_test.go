package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/golden"
)

// Each broken file is named after its fault; beside it stands all that Load says about it.
func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(paths) < 80 {
		t.Fatalf("%d broken files, want at least 80: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			set, errs, warnings := Load([]Source{{filepath.Base(path), string(text)}}, brokenWorld(string(text)))
			if len(errs) == 0 || set != nil {
				t.Fatal("it loads, but it is broken")
			}
			golden.File(t, strings.TrimSuffix(path, ".yaml")+".txt", errs.Text()+warnings.Text())
		})
	}
}

// brokenWorld is the full world, but for what the file's first line takes away.
func brokenWorld(text string) World {
	w := testWorld()
	if strings.HasPrefix(text, "# world: without connections of the kind") {
		w.Connections = []ifsev.Connection{{Name: "slack", Kind: "slack"}}
	}
	return w
}
