package rules

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ifsev/ifsev/internal/golden"
)

// loadArchive loads the files of an archive but the last, which says what is wanted.
func loadArchive(t *testing.T, a *txtar.Archive) (set *Set, said string) {
	t.Helper()
	var files []Source
	for _, f := range a.Files[:len(a.Files)-1] {
		files = append(files, Source{Name: f.Name, Text: string(f.Data)})
	}
	set, errs, warnings := Load(files, testWorld())
	if (set == nil) != (len(errs) > 0) {
		t.Error("a set that has errors is nil, and no other")
	}
	return set, errs.Text() + warnings.Text()
}

// Each archive is a set with something wrong in or around a pack, named after its fault; its last file is all that Load
// says about it.
func TestBrokenPacks(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/packs/*.txtar")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d archives: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := &a.Files[len(a.Files)-1]
			if want.Name != "want" {
				t.Fatal("the last file is called want")
			}
			_, said := loadArchive(t, a)
			if golden.Updating() {
				want.Data = []byte(said)
				golden.File(t, path, string(txtar.Format(a)))
				return
			}
			if said == "" {
				t.Error("nothing is said")
			}
			if diff := cmp.Diff(string(want.Data), said); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
