package format

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each NAME.yaml of testdata becomes NAME.want, and stays so.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := formatted(t, string(text))
			golden := strings.TrimSuffix(file, ".yaml") + ".want"
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// formatted formats a text, and again.
func formatted(t testing.TB, text string) string {
	t.Helper()
	once, err := Source("rules.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	twice, err := Source("rules.yaml", once)
	if err != nil {
		t.Fatalf("the second time: %v\n%s", err, once)
	}
	if string(twice) != string(once) {
		t.Fatalf("once\n%s\ntwice\n%s", once, twice)
	}
	return string(once)
}

// Everything there is in YAML in this repository, the broken files too, is formatted without changing what it says, or
// left alone because it is no YAML.
func TestEveryFileOfTheRepository(t *testing.T) {
	t.Parallel()
	n := 0
	err := filepath.WalkDir("../..", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if _, wrong := read(path, string(text)); wrong == nil {
			n++
			formatted(t, string(text))
		}
		return nil
	})
	if err != nil || n < 150 {
		t.Fatalf("%d files, %v", n, err)
	}
}
