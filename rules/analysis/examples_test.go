package analysis

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/rules"
)

// Of the examples, which are ordinary rule sets, nothing is reported, neither alone nor together.
func TestNothingIsSaidOfTheExamples(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../../examples/rules/*.yaml")
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d examples: %v", len(paths), err)
	}
	var all []rules.Source
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.yaml") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rules.Source{Name: path, Text: string(text)})
	}
	var packs []rules.Source
	for _, f := range all {
		for _, pack := range rules.PackFiles(f) {
			text, err := os.ReadFile(pack)
			if err != nil {
				t.Fatal(err)
			}
			packs = append(packs, rules.Source{Name: pack, Text: string(text)})
		}
	}
	sets := [][]rules.Source{append(packs, all...)}
	for _, f := range all {
		sets = append(sets, append(packs[:len(packs):len(packs)], f))
	}
	for _, files := range sets {
		set, errs, _ := rules.Load(files, testWorld())
		if errs != nil {
			t.Fatal(errs.Text())
		}
		if errs, warnings := Check(set); errs != nil || warnings != nil {
			t.Errorf("%s%s", errs.Text(), warnings.Text())
		}
	}
}
