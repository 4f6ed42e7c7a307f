package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lay writes files below a folder of the test's own and answers it.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func names(t *testing.T, dir string, paths ...string) []string {
	t.Helper()
	sources, err := ReadRules(paths)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range sources {
		name, err := filepath.Rel(dir, s.Name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, filepath.ToSlash(name))
	}
	return out
}

func TestReadRules(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{
		"b.yaml": "b", "a.yml": "a", "a_test.yaml": "t", "README.md": "x", "sub/c.yaml": "c", ".hidden.yaml": "h",
		".git/d.yaml": "d", "sub/deep/e.yaml": "e", "other/f.yaml": "f", "g.json": "{}",
	})
	if diff := cmp.Diff([]string{"a.yml", "b.yaml", "other/f.yaml", "sub/c.yaml", "sub/deep/e.yaml"}, names(t, dir, dir)); diff != "" {
		t.Error(diff)
	}
	got := names(t, dir, filepath.Join(dir, "sub"), filepath.Join(dir, "b.yaml"), filepath.Join(dir, "sub", "c.yaml"))
	if diff := cmp.Diff([]string{"sub/c.yaml", "sub/deep/e.yaml", "b.yaml"}, got); diff != "" {
		t.Error(diff)
	}
	if got := names(t, dir, filepath.Join(dir, "a_test.yaml")); len(got) != 1 {
		t.Errorf("a file that is named is read, whatever its name: %v", got)
	}
}

// A ConfigMap shows each file as a link into ..data, which is itself a link to a folder with a time in its name.
func TestReadRulesOfAConfigMap(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"..2026_01_01/rules.yaml": "v1"})
	link(t, "..2026_01_01", filepath.Join(dir, "..data"))
	link(t, filepath.Join("..data", "rules.yaml"), filepath.Join(dir, "rules.yaml"))
	link(t, "nowhere", filepath.Join(dir, "broken.yaml"))
	sources, err := ReadRules([]string{dir})
	if err != nil || len(sources) != 1 || sources[0].Text != "v1" {
		t.Errorf("%v, %v", sources, err)
	}
}

func link(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
}

func TestReadRulesSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"big.yaml": strings.Repeat("#", maxRuleFile+1), "circle/a.yaml": ""})
	link(t, ".", filepath.Join(dir, "circle", "again"))
	for path, says := range map[string]string{
		"missing": "there is no rule file or folder", "big.yaml": "larger than", "circle": "circle",
	} {
		if _, err := ReadRules([]string{filepath.Join(dir, path)}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v does not say %q", path, err, says)
		}
	}
	if sources, err := ReadRules([]string{lay(t, map[string]string{"x.txt": ""})}); err != nil || len(sources) != 0 {
		t.Errorf("a folder without rules: %v, %v", sources, err)
	}
}
