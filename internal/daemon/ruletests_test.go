package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// folder makes a folder of files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func noEnv(string) (string, bool) { return "", false }

const (
	noteRule = "rules: {NAME: {if: severity == 1, then: [note: hello]}}"
	noteTest = "tests: {x: {incident: {severity: 1}, timeline: [{at: 0s, fired: [NAMES]}]}}"
)

func named(text, name string) string {
	return strings.NewReplacer("NAMES", name, "NAME", name).Replace(text)
}

// Tests are about the file they are named after; where there is none, about the folder; or about what they name.
func TestWhatTestsAreAbout(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"a.yaml": named(noteRule, "a"), "b.yml": "define: {worst: severity == 1}\n" + named(noteRule, "b"), "below/c.yaml": "rules: {c: {if: worst, then: [note: hello]}}",
		"a_test.yaml": named(noteTest, "a"), "b_test.yaml": named(noteTest, "b"), "all_test.yaml": named(noteTest, "a, b, c"),
		"some_test.yaml": "rules: [a.yaml, b.yml]\n" + named(noteTest, "a, b"), ".hidden_test.yaml": "wrong",
	})
	tests := &RuleTests{Paths: []string{dir, filepath.Join(dir, "a.yaml")}, Env: noEnv, Coverage: true}
	report, problems, err := tests.Do()
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems.Text())
	}
	var files []string
	for _, r := range report.Results {
		files = append(files, filepath.Base(r.File))
		if !r.OK() {
			t.Errorf("%s: %+v", r.File, r.Failures)
		}
	}
	if diff := cmp.Diff([]string{"a_test.yaml", "all_test.yaml", "b_test.yaml", "some_test.yaml"}, files); diff != "" {
		t.Error(diff)
	}
	if n := len(report.Coverage.Rules); n != 3 {
		t.Errorf("coverage of %d rules: %+v", n, report.Coverage.Rules)
	}
}

func TestTestsThatCannotBeRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a rule is wrong":              {map[string]string{"a.yaml": "rules: {a: {if: sevrity == 1, then: [mitigate]}}", "a_test.yaml": named(noteTest, "a")}, "did you mean severity?"},
		"a rule beside it is wrong":    {map[string]string{"a.yaml": named(noteRule, "a"), "b.yaml": "rulez: {}", "a_test.yaml": named(noteTest, "a")}, "did you mean rules?"},
		"the rules are not there":      {map[string]string{"a_test.yaml": "rules: [lost.yaml]\n" + named(noteTest, "a")}, "there is no rule file or folder"},
		"the configuration is wrong":   {map[string]string{"c": "lisen: x", "a_test.yaml": "config: c\n" + named(noteTest, "a")}, "did you mean listen?"},
		"a source in it is wrong":      {map[string]string{"c": "sources: {s: {kind: json, auth: none, map: {title: 'itm.x'}}}", "a_test.yaml": "config: c\n" + named(noteTest, "a")}, "itm"},
		"the configuration is lost":    {map[string]string{"a_test.yaml": "config: lost.yaml\n" + named(noteTest, "a")}, "the configuration cannot be read"},
		"the test file is no YAML":     {map[string]string{"a_test.yaml": "tests: ["}, "a value is missing here"},
		"the test speaks of no rule":   {map[string]string{"a.yaml": named(noteRule, "a"), "a_test.yaml": named(noteTest, "b")}, `these tests know no rule "b"`},
		"the payload is not there":     {map[string]string{"c": "sources: {alertmanager: {auth: none}}", "a_test.yaml": "config: c\ntests: {x: {timeline: [{at: 0s, post: {source: alertmanager, file: lost.json}, fired: []}]}}"}, "the payload cannot be read: no such file"},
		"two things are wrong at once": {map[string]string{"a_test.yaml": "x: 1", "b_test.yaml": "y: 1"}, `no key "y"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tests := &RuleTests{Paths: []string{folder(t, c.files)}, Env: noEnv}
			report, problems, err := tests.Do()
			if err != nil || report != nil || !strings.Contains(problems.Text(), c.want) {
				t.Errorf("%v %v\n%s", report, err, problems.Text())
			}
		})
	}
}

func TestNoTests(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"a.yaml": named(noteRule, "a")})
	for _, path := range []string{dir, filepath.Join(dir, "a.yaml")} {
		if _, _, err := (&RuleTests{Paths: []string{path}, Env: noEnv}).Do(); !errors.Is(err, ErrNoTests) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, _, err := (&RuleTests{Paths: []string{filepath.Join(dir, "lost")}, Env: noEnv}).Do(); err == nil || errors.Is(err, ErrNoTests) {
		t.Errorf("%v", err)
	}
}

// Without paths the tests beside the rules of the configuration are run.
func TestTestsOfTheConfiguredRules(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"rules/a.yaml": named(noteRule, "a"), "rules/a_test.yaml": named(noteTest, "a")})
	file := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(file, []byte("rules: ["+filepath.Join(dir, "rules")+"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	report, problems, err := (&RuleTests{Config: file, Env: noEnv}).Do()
	if err != nil || len(problems) > 0 || len(report.Results) != 1 {
		t.Errorf("%+v %v %v", report, problems, err)
	}
}
