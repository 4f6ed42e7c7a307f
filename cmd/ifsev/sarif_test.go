package main

import (
	"encoding/json"
	"net/url"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

func sarifOf(t *testing.T, r *daemon.Report, version string) map[string]any {
	t.Helper()
	b, err := json.Marshal(sarif(r, version))
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	checkSARIF(t, out)
	return out
}

// checkSARIF holds a log against what the schema of SARIF 2.1.0 requires of the parts that are used: every required
// property, the closed sets, and numbers from 1.
func checkSARIF(t *testing.T, log map[string]any) {
	t.Helper()
	if log["version"] != "2.1.0" {
		t.Errorf("version %v", log["version"])
	}
	for _, r := range log["runs"].([]any) {
		run := r.(map[string]any)
		driver := run["tool"].(map[string]any)["driver"].(map[string]any)
		if driver["name"] == "" {
			t.Error("the driver needs a name")
		}
		if _, err := url.Parse(driver["informationUri"].(string)); err != nil {
			t.Error(err)
		}
		if kind := run["columnKind"]; kind != "unicodeCodePoints" && kind != "utf16CodeUnits" {
			t.Errorf("columnKind %v", kind)
		}
		rules := driver["rules"].([]any)
		seen := map[string]bool{}
		for _, r := range rules {
			id := r.(map[string]any)["id"].(string)
			if id == "" || seen[id] {
				t.Errorf("the id %q is empty or there twice", id)
			}
			seen[id] = true
		}
		for _, r := range run["results"].([]any) {
			checkSARIFResult(t, r.(map[string]any), rules)
		}
	}
}

func checkSARIFResult(t *testing.T, result map[string]any, rules []any) {
	t.Helper()
	index := int(result["ruleIndex"].(float64))
	if index < 0 || index >= len(rules) || rules[index].(map[string]any)["id"] != result["ruleId"] {
		t.Errorf("the rule %v is not that of index %d", result["ruleId"], index)
	}
	if level := result["level"]; level != "error" && level != "warning" && level != "note" && level != "none" {
		t.Errorf("level %v", level)
	}
	if result["message"].(map[string]any)["text"] == "" {
		t.Error("a message needs a text")
	}
	locations, _ := result["locations"].([]any)
	for _, l := range locations {
		physical := l.(map[string]any)["physicalLocation"].(map[string]any)
		uri := physical["artifactLocation"].(map[string]any)["uri"].(string)
		if _, err := url.Parse(uri); err != nil || regexp.MustCompile(`[ \\]`).MatchString(uri) {
			t.Errorf("%q is no URI: %v", uri, err)
		}
		region, ok := physical["region"].(map[string]any)
		if !ok {
			continue
		}
		start, end := region["startColumn"].(float64), region["endColumn"].(float64)
		if region["startLine"].(float64) < 1 || start < 1 || end <= start {
			t.Errorf("the region %v is none", region)
		}
	}
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	log := sarifOf(t, &daemon.Report{
		Errors: strictyaml.Problems{
			{File: "rules/a b.yaml", Line: 3, Column: 9, Length: 4, Source: "    if: oops", Message: "unknown name oops", Hint: "mend it"},
			{Message: "a mistake of nowhere"},
		},
		Warnings: strictyaml.Problems{{File: "/etc/ifsev/b.yaml", Message: "nothing happens", Code: "never-fires"}},
	}, "1.2.3")
	want := map[string]any{
		"$schema": sarifSchema, "version": "2.1.0",
		"runs": []any{map[string]any{
			"columnKind": "unicodeCodePoints",
			"tool": map[string]any{"driver": map[string]any{
				"name": "ifsev", "semanticVersion": "1.2.3", "informationUri": homepage,
				"rules": []any{map[string]any{"id": "mistake"}, map[string]any{"id": "never-fires"}},
			}},
			"results": []any{
				map[string]any{
					"ruleId": "mistake", "ruleIndex": 0.0, "level": "error", "message": map[string]any{"text": "unknown name oops\nHint: mend it"},
					"locations": []any{map[string]any{"physicalLocation": map[string]any{
						"artifactLocation": map[string]any{"uri": "rules/a%20b.yaml"},
						"region":           map[string]any{"startLine": 3.0, "startColumn": 9.0, "endColumn": 13.0, "snippet": map[string]any{"text": "    if: oops"}},
					}}},
				},
				map[string]any{"ruleId": "mistake", "ruleIndex": 0.0, "level": "error", "message": map[string]any{"text": "a mistake of nowhere"}},
				map[string]any{
					"ruleId": "never-fires", "ruleIndex": 1.0, "level": "warning", "message": map[string]any{"text": "nothing happens"},
					"locations": []any{map[string]any{"physicalLocation": map[string]any{"artifactLocation": map[string]any{"uri": "file:///etc/ifsev/b.yaml"}}}},
				},
			},
		}},
	}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
}

// Where nothing was found there is a run without results, so that a code host closes what it showed before.
func TestSARIFOfNothing(t *testing.T) {
	t.Parallel()
	log := sarifOf(t, &daemon.Report{}, "development")
	run := log["runs"].([]any)[0].(map[string]any)
	if results, ok := run["results"].([]any); !ok || len(results) != 0 {
		t.Errorf("%v", run["results"])
	}
	if _, has := run["tool"].(map[string]any)["driver"].(map[string]any)["semanticVersion"]; has {
		t.Error("a version that is no number is left out")
	}
}
