package format

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/rules"
)

// Every key of a rule file has its place, so that none stays where it happens to be written.
func TestEveryKeyHasAPlace(t *testing.T) {
	t.Parallel()
	words, file := rules.Reference(), ruleFile()
	rule := file.keys["rules"].each
	step := rule.keys["then"].each
	for name, c := range map[string]struct {
		keys []rules.KeyDoc
		at   *shape
	}{
		"a file": {words.FileKeys, file}, "a rule": {words.RuleKeys, rule}, "window": {words.WindowKeys, rule.keys["window"]},
		"budget": {words.BudgetKeys, rule.keys["budget"]}, "a step": {words.StepKeys, step}, "retry": {words.RetryKeys, step.keys["retry"]},
		"a pack": {words.PackKeys, file}, "an input": {words.InputKeys, file.keys["inputs"].each}, "use": {words.UseKeys, file.keys["use"].each},
		"when": {words.WhenKeys, rule.keys["when"]},
	} {
		if len(c.keys) == 0 {
			t.Errorf("%s has no keys", name)
		}
		for _, k := range c.keys {
			if !slices.Contains(c.at.order, k.Name) {
				t.Errorf("%s: %s has no place", name, k.Name)
			}
		}
	}
	if rule.keys["budget"].keys["digest"] != rule.keys["then"] {
		t.Error("a digest is steps")
	}
}

// A file that was formatted is the same set of rules: nothing fires again because of it.
func TestTheHashStays(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../../examples/*/*.yaml")
	if err != nil || len(paths) < 30 {
		t.Fatalf("%d files: %v", len(paths), err)
	}
	var before, after []rules.Source
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.yaml") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before = append(before, rules.Source{Name: path, Text: string(text)})
		after = append(after, rules.Source{Name: path, Text: formatted(t, string(text))})
	}
	for _, use := range []string{"paging-ladder: {first: alice}", "storm-parent: {count: 3, last: 1m}"} {
		name, with, _ := strings.Cut(use, ": ")
		user := rules.Source{Name: "../../examples/rules/uses-" + name + ".yaml", Text: "use: {" + name + ": {pack: ../packs/" + name + ".yaml, with: " + with + "}}\n"}
		before, after = append(before, user), append(after, user)
	}
	if a, b := hashes(t, before), hashes(t, after); !slices.Equal(a, b) {
		t.Errorf("before\n%s\nafter\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
}

func hashes(t *testing.T, files []rules.Source) []string {
	t.Helper()
	set, errs, _ := rules.Load(files, anyWorld())
	if set == nil {
		t.Fatal(errs.Text())
	}
	list := []string{set.Hash}
	for _, r := range set.Rules {
		list = append(list, r.Name+" "+r.Hash)
	}
	return list
}

// anyWorld knows what the examples ask for.
func anyWorld() rules.World {
	on := ifsev.Rotation{People: []string{"alice"}, Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Every: ifsev.Week}
	return rules.World{
		Actions:     actions.Catalogue(),
		Connections: []ifsev.Connection{{Name: "slack", Kind: "slack"}, {Name: "status", Kind: "webhook"}, {Name: "pagerduty", Kind: "pagerduty"}},
		Directory: &ifsev.Directory{
			People:    map[string]ifsev.Person{"alice": {}, "bob": {}},
			Rotations: map[string]ifsev.Rotation{"database": on, "imoc": on, "secondary": on, "manager": on, "comms": on},
			Roles:     []string{ifsev.RoleCommander, ifsev.RoleOwner},
		},
		Severities: ifsev.DefaultSeverities(), Zone: time.UTC,
		Fields: []ifsev.FieldSpec{{Name: "region", Type: ifsev.TypeString}, {Name: "customers", Type: ifsev.TypeInt}},
	}
}
