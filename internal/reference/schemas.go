package main

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/rules/ruletest"
)

// schemas are the JSON Schemas that are kept beside the pages, by file, so that an editor finds them in a clone.
func schemas() map[string][]byte {
	return map[string][]byte{"rules.json": daemon.RuleSchema(), "tests.json": ruletest.Schema(), "config.json": daemon.ConfigSchema()}
}

// writeSchemas writes the schemas into a folder. Files that are right already are not touched.
func writeSchemas(folder string, made map[string][]byte) error {
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // schemas are for everybody to read
		return err
	}
	for name, text := range made {
		path := filepath.Join(folder, name)
		if before, err := os.ReadFile(path); err == nil && bytes.Equal(before, text) {
			continue
		}
		if err := os.WriteFile(path, text, 0o644); err != nil { //nolint:gosec // schemas are for everybody to read
			return err
		}
	}
	return nil
}
