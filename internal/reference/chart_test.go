package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/ifsev/ifsev/internal/daemon"
)

const chartSchema = "../../helm/ifsev/values.schema.json"

func TestTheChartKnowsTheConfiguration(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile(chartSchema)
	if err != nil {
		t.Fatal(err)
	}
	want, err := fillChart(got, daemon.ConfigSchema())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: run go generate ./docs", chartSchema)
	}
	if !json.Valid(got) {
		t.Errorf("%s is no JSON", chartSchema)
	}
}

func TestUpdateChart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "values.schema.json")
	if err := os.WriteFile(path, []byte("{\"$defs\": {\n    \"configuration\": {\"old\": {}},\n    \"more\": {}\n}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := updateChart(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !json.Valid(text) || bytes.Contains(text, []byte(`"old"`)) || !bytes.Contains(text, []byte(`"timezone"`)) {
		t.Errorf("%v\n%s", err, text)
	}
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := updateChart(path); err == nil {
		t.Error("a schema without a place was taken")
	}
}
