package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/rules/lang"
)

// The pages are what the code makes of them today.
func TestPagesAreUpToDate(t *testing.T) {
	t.Parallel()
	made, err := sections()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		want, err := fill(string(text), made, map[string]bool{})
		if err != nil {
			t.Errorf("%s: %v", page, err)
			continue
		}
		if diff := cmp.Diff(want, string(text)); diff != "" {
			t.Errorf("%s: run go generate ./docs:\n%s", page, diff)
		}
		again, err := fill(want, made, map[string]bool{})
		if err != nil || again != want {
			t.Errorf("%s: making it twice makes something else: %v", page, err)
		}
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ page, want, wrong string }{
		"filled":    {"a\n<!-- generated:x -->\nold\n<!-- end -->\nb\n", "a\n<!-- generated:x -->\n\nnew\n\n<!-- end -->\nb\n", ""},
		"unknown":   {"<!-- generated:y -->\n<!-- end -->\n<!-- generated:x -->\n<!-- end -->\n", "", `nothing makes the part "y"`},
		"open":      {"<!-- generated:x -->\nnever closed\n", "", "each ends with <!-- end -->"},
		"no place":  {"nothing here\n", "", `no page has a place for "x"`},
		"untouched": {"<!-- generated:x -->\n\nnew\n\n<!-- end -->\n", "<!-- generated:x -->\n\nnew\n\n<!-- end -->\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			page := filepath.Join(dir, "page.md")
			if err := os.WriteFile(page, []byte(c.page), 0o600); err != nil {
				t.Fatal(err)
			}
			err := update(dir, map[string]string{"x": "new\n"})
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("got %v, want %s", err, c.wrong)
				}
				return
			}
			got, readErr := os.ReadFile(page)
			if err != nil || readErr != nil || string(got) != c.want {
				t.Errorf("%v, %v: %q", err, readErr, got)
			}
		})
	}
}

func TestRunNeedsAFolder(t *testing.T) {
	t.Parallel()
	if err := run(nil); err == nil {
		t.Error("no folder was named, and it ran")
	}
}

func TestActionPage(t *testing.T) {
	t.Parallel()
	got := actionPage(&ifsev.ActionSpec{
		Kind: "poke", Doc: "Pokes.", Example: "poke: alice", Short: "to",
		Args: []ifsev.FieldSpec{
			{Name: "to", Type: ifsev.TypeString, Required: true, Names: ifsev.NamesTarget, Doc: "Whom."},
			{Name: "how", Type: ifsev.TypeString, Values: []string{"hard", "soft"}, Doc: "In which way: a|b."},
		},
		Outputs: []ifsev.FieldSpec{{Name: "at", Type: ifsev.TypeTime, Doc: "When."}},
		Retry:   ifsev.Retry{Min: 1e9, Max: 60e9, MaxAge: 3600e9, Attempts: 3},
	})
	want := "### poke\n\nPokes.\n\n```yaml\n- poke: alice\n```\n\n" +
		"| argument | type |  |\n|---|---|---|\n" +
		"| `to` | person, rotation or role | Whom. Required. A bare value means this: `poke: …`. |\n" +
		"| `how` | text | In which way: a\\|b. One of `hard`, `soft`. |\n\n" +
		"| answers | type |  |\n|---|---|---|\n| `steps.ID.at` | time | When. |\n\n" +
		"Attempted again after 1s at first and 1m at most, and given up after 1h or 3 attempts.\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFunctionRow(t *testing.T) {
	t.Parallel()
	f := lang.Function{Name: "join", Doc: "joins", Types: []any{(func([]any) string)(nil), (func([]any, string) string)(nil)}}
	if got := functionRow(&f); !cmp.Equal(got, []string{"`join(list)`, `join(list, text)`", "text", "Joins."}) {
		t.Errorf("%q", got)
	}
	f = lang.Function{Name: "max", Doc: `max(1, 2) is 2`, Types: []any{(func(...any) any)(nil)}}
	if got := functionRow(&f); !cmp.Equal(got, []string{"`max(value, …)`", "value", "max(1, 2) is 2"}) {
		t.Errorf("%q", got)
	}
}
