package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/ifsev/ifsev/mixin"
)

func TestRun(t *testing.T) {
	t.Parallel()
	if err := run(nil); err == nil {
		t.Error("no folder was named, and it ran")
	}
	dir := t.TempDir()
	for range 2 { // the second time everything is right already
		if err := run([]string{dir}); err != nil {
			t.Fatal(err)
		}
	}
	files, err := mixin.Files()
	if err != nil || len(files) != 4 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for path, want := range files {
		if got, err := os.ReadFile(filepath.Join(dir, path)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := run([]string{filepath.Join(dir, "mixin", "alerts.yaml")}); err == nil {
		t.Error("a file was taken for the folder")
	}
}
