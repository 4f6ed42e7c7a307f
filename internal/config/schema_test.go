package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/schematest"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

// TestSchemaAgreesWithLoad holds the schema to what Load takes: all of the good file, and of the broken ones each whose
// fault can be seen without looking from one place to another.
func TestSchemaAgreesWithLoad(t *testing.T) {
	t.Parallel()
	s := schematest.Compile(t, Schema())
	unseen := []string{ // faults only Load sees
		"bad-email", "bad-field", "bad-severity", "bad-store", "bad-timezone", "bad-url", "connection-url-password", "doubled-key", "each-on-alertmanager",
		"empty-secret", "expression-filled-in", "hmac-unsigned-timestamp", "hmac-without-header", "json-without-title", "listen-without-port",
		"local-timezone", "missing-file", "missing-variable", "no-secret", "one-name-twice", "page-through", "relative-file", "second-document",
		"short-ttl", "source-name-taken", "store-password", "sentinel-password", "tab", "two-secrets", "unclosed-reference", "unclosed-with-secret", "unknown-person",
		"unknown-reference", "unknown-source-kind", "unknown-connection-kind", "allow-url", "allow-hosts", "allow-one-host", "connections-not-ready", "store-no-folder", "bad-name", "map-key", "token-as-hash", "trusted-proxies",
	}
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range append(files, "testdata/full.yaml") {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		err = s(string(text))
		var unread strictyaml.Problems
		switch good := name == "full"; {
		case !good && errors.As(err, &unread):
		case good && err != nil:
			t.Errorf("%s: %v", name, err)
		case !good && err != nil:
			seen++
		case !good && !slices.Contains(unseen, name):
			t.Errorf("%s: the schema sees nothing wrong", name)
		}
	}
	if seen < 8 {
		t.Errorf("the schema sees only %d of the faults", seen)
	}
}

// TestSchemaKnowsEveryKey compares with the hints of Load, which list the keys it knows.
func TestSchemaKnowsEveryKey(t *testing.T) {
	t.Parallel()
	root := rootSchema()
	for _, c := range []struct {
		text string
		keys *schema
	}{
		{"q: 1", root},
		{"severities: {1: {q: 1, name: x}}", root.Properties["severities"].AdditionalProperties},
		{"people: {a: {q: 1}}", root.Properties["people"].AdditionalProperties},
		{"rotations: {a: {q: 1}}", root.Properties["rotations"].AdditionalProperties},
		{"fields: {a: {q: 1}}", root.Properties["fields"].AdditionalProperties.AnyOf[1]},
		{"outgoing: {q: 1}", root.Properties["outgoing"]},
		{"auth: {q: 1, tokens: []}", root.Properties["auth"].AnyOf[1]},
	} {
		_, problems := Parse("f", []byte(c.text), testEnv, testFiles)
		known := 0
		for _, p := range problems {
			list, ok := strings.CutPrefix(p.Hint, "it may be ")
			if !ok {
				continue
			}
			for _, key := range strings.FieldsFunc(strings.ReplaceAll(list, " or ", ", "), func(r rune) bool { return r == ',' || r == ' ' }) {
				if _, ok := c.keys.Properties[key]; !ok && key != "…" {
					t.Errorf("%s: the schema does not know %q", c.text, key)
				}
				known++
			}
		}
		if known == 0 {
			t.Errorf("%s: no hint lists the keys: %v", c.text, problems)
		}
	}
}
