package config

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden messages anew")

func testEnv(name string) (string, bool) {
	v, ok := map[string]string{"TOKEN": "s3cret-from-env", "REDIS_PASSWORD": "s3cret-redis", "EMPTY": ""}[name]
	return v, ok
}

func testFiles(path string) ([]byte, error) {
	if path == "/run/secrets/admin" {
		return []byte("s3cret-from-file\n"), nil
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("no such file or directory")}
}

// TestGallery reads broken files, each named after its fault; the messages stand beside them.
func TestGallery(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, problems := Parse("ifsev.yaml", text, testEnv, testFiles)
			if c != nil || len(problems) == 0 {
				t.Fatal("no problem was found")
			}
			got, golden := problems.Text(), strings.TrimSuffix(file, ".yaml")+".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(got, "planted") || strings.Contains(got, "s3cret") {
				t.Errorf("a message shows a secret:\n%s", got)
			}
		})
	}
}
