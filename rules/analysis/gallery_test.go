package analysis

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/golden"
	"github.com/ifsev/ifsev/rules"
)

// Each file of the gallery is named after what is found in it; beside it stands all that is said. What is found is
// what the manual calls it, so that nobody is told of a code that no page explains.
func TestGallery(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/gallery/*.yaml")
	if err != nil || len(paths) < 38 {
		t.Fatalf("%d files, want at least 38: %v", len(paths), err)
	}
	manual, err := os.ReadFile("../../docs/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, errs, warnings := Load([]rules.Source{{Name: filepath.Base(path), Text: string(text)}}, testWorld())
			if len(errs)+len(warnings) == 0 {
				t.Fatal("nothing is found")
			}
			for _, p := range append(errs, warnings...) {
				if p.Code == "" || !strings.Contains(string(manual), "`"+p.Code+"`") {
					t.Errorf("the manual does not tell of %q", p.Code)
				}
			}
			said := errs.Text()
			for _, w := range strings.SplitAfter(warnings.Text(), "\n") {
				if strings.HasPrefix(w, filepath.Base(path)+":") {
					w = "warning: " + w
				}
				said += w
			}
			golden.File(t, strings.TrimSuffix(path, ".yaml")+".txt", said)
		})
	}
}
