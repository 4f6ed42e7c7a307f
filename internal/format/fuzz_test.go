package format

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ifsev/ifsev/internal/strictyaml"
)

// Whatever the text is: it is formatted without a loss and stays so, or it is no YAML.
func FuzzSource(f *testing.F) {
	for _, pattern := range []string{"testdata/*.yaml", "../../examples/rules/*.yaml", "../../rules/testdata/broken/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		once, err := Source("rules.yaml", []byte(text))
		if err != nil {
			var wrong strictyaml.Problems
			if !errors.As(err, &wrong) {
				t.Fatalf("%v\n%s", err, text)
			}
			return
		}
		twice, err := Source("rules.yaml", once)
		if err != nil || string(twice) != string(once) {
			t.Fatalf("%v\nfrom\n%s\nonce\n%s\ntwice\n%s", err, text, once, twice)
		}
	})
}
