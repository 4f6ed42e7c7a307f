package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/golden"
)

func testEnv(name string) (string, bool) {
	v, ok := map[string]string{"TOKEN": "s3cret-from-env", "REDIS_PASSWORD": "s3cret-redis", "EMPTY": "", "WHSEC": "whsec_*"}[name]
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
			got := problems.Text()
			golden.File(t, strings.TrimSuffix(file, ".yaml")+".txt", got)
			if strings.Contains(got, "planted") || strings.Contains(got, "s3cret") {
				t.Errorf("a message shows a secret:\n%s", got)
			}
		})
	}
}
