package config

import (
	"os"
	"strings"
	"testing"
)

func TestExpandOutsideOfAFile(t *testing.T) {
	t.Parallel()
	readFile := func(path string) ([]byte, error) {
		if path == "/run/secrets/redis" {
			return []byte("from-file\n"), nil
		}
		return nil, os.ErrNotExist
	}
	for text, want := range map[string]string{
		"redis://h/0":                           "redis://h/0",
		"redis://:${env:TOKEN}@h/0":             "redis://:s3cret-from-env@h/0",
		"redis://${env:TOKEN}:${env:EMPTY}":     "redis://s3cret-from-env:",
		"redis://:${file:/run/secrets/redis}@h": "redis://:from-file@h",
		"file:$${env:TOKEN}":                    "file:${env:TOKEN}",
	} {
		if got, err := Expand(text, testEnv, readFile); got != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"redis://:${env:NONE}@h":          "the environment variable NONE is not set",
		"redis://:${file:/none}@h":        "/none cannot be read",
		"redis://:${TOKEN}@h":             "write ${env:NAME}",
		"redis://:${env:TOKEN@h":          "not closed",
		"redis://${env:TOKEN}${env:NONE}": "NONE is not set",
	} {
		if got, err := Expand(text, testEnv, readFile); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
}
