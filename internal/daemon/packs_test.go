package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const onePack = "pack: p\nrules:\n  r: {if: severity == 1, then: [mitigate]}\n"

// The packs that rule files use are read with them, once, wherever they lie.
func TestPacksAreReadWithTheRules(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{
		"rules/a.yaml":  "use:\n  a: {pack: ../packs/p.yaml}\n  b: {pack: near.yaml}\n  c: {pack: ../packs/none.yaml}\n  d: {pack: ../packs}\n",
		"rules/b.yaml":  "use:\n  e: {pack: ../packs/./p.yaml}\n",
		"packs/p.yaml":  onePack,
		"packs/q.yaml":  onePack,
		"rules/z/x.yml": "rules: {}\n", "rules/near.yaml": onePack,
	})
	if diff := cmp.Diff([]string{"rules/a.yaml", "rules/b.yaml", "rules/near.yaml", "rules/z/x.yml", "packs/p.yaml"}, names(t, dir, filepath.Join(dir, "rules"))); diff != "" {
		t.Error(diff)
	}
}

// Links are followed as a ConfigMap needs it: the path of a pack begins where the rule file is seen, not where it lies.
func TestPacksThroughLinks(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"data/..1/a.yaml": "use: {a: {pack: p.yaml}}\n", "data/..1/p.yaml": onePack, "mount/README": ""})
	for _, name := range []string{"a.yaml", "p.yaml"} {
		if err := os.Symlink(filepath.Join("..", "data", "..1", name), filepath.Join(dir, "mount", name)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"mount/a.yaml", "mount/p.yaml"}, names(t, dir, filepath.Join(dir, "mount", "a.yaml"))); diff != "" {
		t.Error(diff)
	}
}

// A pack that is far too large is refused before it is read.
func TestHugePack(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"a.yaml": "use: {a: {pack: ../p.yaml}}\n"})
	huge, err := os.Create(filepath.Join(filepath.Dir(dir), "p.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := huge.Truncate(maxRuleFile + 1); err != nil {
		t.Fatal(err)
	}
	if err := huge.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadRules([]string{dir}); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
}
