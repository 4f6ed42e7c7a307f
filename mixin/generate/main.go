// Command generate writes the files that are made from package mixin, below the folder it is told: those of the mixin
// and those of the Helm chart. It is run by `go generate ./mixin`.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ifsev/ifsev/mixin"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("name the folder of the project")
	}
	files, err := mixin.Files()
	if err != nil {
		return err
	}
	for path, want := range files {
		if err := write(filepath.Join(args[0], filepath.FromSlash(path)), want); err != nil {
			return err
		}
	}
	return nil
}

// write leaves a file alone that is right already.
func write(path string, want []byte) error {
	if got, err := os.ReadFile(path); err == nil && bytes.Equal(got, want) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // for everybody to read
		return err
	}
	return os.WriteFile(path, want, 0o644) //nolint:gosec // for everybody to read
}
