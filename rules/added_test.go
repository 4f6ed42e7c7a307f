package rules

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const quiet = `
define: {shop: service == "shop"}
rules:
  page: {if: severity == 1, then: [page: bob]}
  note: {if: severity == 1, then: [note: x]}
silences: [{if: severity == 5, until: 2026-12-01T08:00:00Z}]
`

func addedTo(t *testing.T, added ...Added) (*Set, string) {
	t.Helper()
	set, problems, _ := Load([]Source{{"a.yaml", quiet}}, testWorld())
	if len(problems) > 0 {
		t.Fatal(problems.Text())
	}
	with, err := set.WithAdded(added)
	if err == nil && (with.FilesHash != set.Hash || len(added) > 0 && with.Hash == set.Hash) {
		t.Errorf("hashes %s, %s of %s", with.Hash, with.FilesHash, set.Hash)
	}
	if err != nil {
		return nil, err.Error()
	}
	return with, ""
}

func TestAddedSilences(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	one := Added{ID: "s1", If: `shop and title contains "\"x\": #{y}"`, Until: until, Reason: "a: #b\n- c", Rules: []string{"page"}, By: "bob", At: until.Add(-time.Hour)}
	set, text := addedTo(t, one, Added{ID: "s2", If: "true", Until: until})
	if text != "" {
		t.Fatal(text)
	}
	if n := len(set.Silences); n != 3 || set.Silences[1].ID != "s1" || set.Silences[1].Reason != one.Reason || !set.Silences[1].Until.Equal(until) || set.Silences[1].By != "bob" {
		t.Errorf("%+v", set.Silences)
	}
	files, err := Sources(set.Body())
	if err != nil {
		t.Fatal(err)
	}
	again, problems, _ := Load(files, testWorld())
	if len(problems) > 0 || again.Hash != set.Hash || again.FilesHash != set.FilesHash || len(again.Added()) != 2 || again.Added()[0].If != one.If {
		t.Errorf("%s %+v", problems.Text(), again)
	}
	if less, err := again.WithAdded(nil); err != nil || less.Hash != set.FilesHash {
		t.Errorf("without them it is another set")
	}
	if !slices.Equal(set.Silences[2].Rules, []string(nil)) {
		t.Errorf("%v", set.Silences[2].Rules)
	}
}

func TestWrongAddedSilences(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	for want, added := range map[string]Added{
		"unknown name shp":    {ID: "a", If: "shp", Until: until},
		`no rule "pgae"`:      {ID: "a", If: "shop", Until: until, Rules: []string{"pgae"}},
		"needs an expression": {ID: "a", If: "", Until: until},
	} {
		if _, text := addedTo(t, added); !strings.Contains(text, want) && want != "needs an expression" || text == "" {
			t.Errorf("%q, want %s", text, want)
		}
	}
}

// What a file of a user is called makes no added silences of its own.
func TestKeysOfAddedSilencesAreNotForFiles(t *testing.T) {
	t.Parallel()
	_, problems, _ := Load([]Source{{"a.yaml", strings.Replace(quiet, "severity == 5,", "severity == 5, id: x,", 1)}}, testWorld())
	if !strings.Contains(problems.Text(), `no key "id"`) {
		t.Error(problems.Text())
	}
}
