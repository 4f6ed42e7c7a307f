package lsp_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/daemon"
	"github.com/ifsev/ifsev/internal/strictyaml"
)

const config = `people: {alice: {}}
rotations:
  database: {people: [alice], start: 2026-01-05T09:00}
`

// said strips an answer down to its texts.
func said(lines []string) string { return strings.Join(lines, "\n") }

func TestMistakesComeAndGo(t *testing.T) {
	t.Parallel()
	c := initialized(t, map[string]string{"ifsev.yaml": config})
	wrong := "rules:\n  a:\n    if: status == \"opne\"\n    then: [{add_tags: x}]\n"
	want := "E 2:18-2:24 status is never \"opne\"; it is one of open, mitigated, closed, invalid\nhint: did you mean open?"
	if got := said(c.open("rules/a.yaml", wrong)); got != want {
		t.Errorf("got %s", got)
	}
	c.replace("rules/a.yaml", 2, strings.Replace(wrong, "opne", "open", 1))
	if got := c.diagnosed("rules/a.yaml"); len(got) > 0 {
		t.Errorf("mended: %s", got)
	}
	c.replace("rules/a.yaml", 3, wrong)
	if got := said(c.diagnosed("rules/a.yaml")); got != want {
		t.Errorf("again: %s", got)
	}
	c.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": c.uri("rules/a.yaml")}})
	if got := c.diagnosed("rules/a.yaml"); len(got) > 0 {
		t.Errorf("closed, and not on the disk: %s", got)
	}
}

func TestDiagnosticsCarryTheVersion(t *testing.T) {
	t.Parallel()
	c := initialized(t, nil)
	c.open("a.yaml", "rules: {}\n")
	for version := 2; version < 5; version++ {
		c.replace("a.yaml", version, "rules: {}\n")
		if m := c.mustRead(); !strings.Contains(m.raw, fmt.Sprintf(`"version":%d,`, version)) {
			t.Errorf("version %d: %s", version, m.raw)
		}
	}
}

// Positions count UTF-16 code units: an umlaut is one, an emoji two.
func TestPositionsBehindWideCharacters(t *testing.T) {
	t.Parallel()
	c := initialized(t, nil)
	got := said(c.open("a.yaml", "rules:\n  a:\n    if: title == \"ä🚒\" and titel == \"x\"\n    then: [note: \"🚒🚒 ${titel}\"]\n"))
	for _, want := range []string{"E 2:27-2:32 unknown name titel", "E 3:25-3:30 unknown name titel"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	mark := said(c.open("b.yaml", "\ufeffruls: {}\n"))
	if !strings.Contains(mark, "E 0:1-0:5 ") {
		t.Errorf("behind a byte order mark: %s", mark)
	}
}

func TestEditsByRange(t *testing.T) {
	t.Parallel()
	c := initialized(t, nil)
	c.open("a.yaml", "rules:\r\n  a:\r\n    if: \"title == '🚒'\"\r\n    then: [note: hi]\r\n")
	edit := func(version int, changes ...any) []string {
		c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": c.uri("a.yaml"), "version": version}, "contentChanges": changes})
		return c.diagnosed("a.yaml")
	}
	at := func(line, from, to int, text string) map[string]any {
		return map[string]any{"text": text, "range": map[string]any{
			"start": map[string]any{"line": line, "character": from}, "end": map[string]any{"line": line, "character": to},
		}}
	}
	if got := said(edit(2, at(2, 9, 14, "titel"))); !strings.Contains(got, "E 2:9-2:14 unknown name titel") {
		t.Errorf("got %s", got)
	}
	// Behind the emoji, and several in one notification, each on what the one before has made.
	if got := edit(3, at(2, 21, 22, "' or severity == 1"), at(2, 9, 14, "title")); len(got) > 0 {
		t.Errorf("got %s", got)
	}
	if got := said(edit(4, at(2, 19, 20, ""), at(99, 0, 0, "\nx"))); got == "" {
		t.Error("half an emoji, and what lies behind the end: nothing is said")
	}
}

// Rules are looked at together: what one file defines another uses, and a rule of one sets off a rule of another.
func TestFilesAreCheckedTogether(t *testing.T) {
	t.Parallel()
	c := initialized(t, map[string]string{
		"ifsev.yaml":        config,
		"rules/words.yaml":  "define: {major: severity <= 2}\n",
		"rules/worse.yaml":  "rules:\n  worse: {when: severity_changed, if: severity == 3, then: [{set: {severity: 2}}]}\n",
		"rules/a_test.yaml": "tests: {wrong: [}\n",
		"notes.yaml":        "a: [\n",
	})
	better := "rules:\n  better: {when: severity_changed, if: severity == 2, then: [{set: {severity: 3}}]}\n  c: {if: major, then: [note: hi]}\n"
	got := said(c.open("rules/better.yaml", better))
	if strings.Contains(got, "unknown name major") {
		t.Errorf("a define of another file is not known: %s", got)
	}
	// The loop is told where it begins, in a file that is not open.
	if loop := said(c.diagnosed("rules/worse.yaml")); !strings.Contains(loop, "set each other off without end") {
		t.Errorf("no loop in %s", loop)
	}
	if err := os.WriteFile(filepath.Join(c.root, "rules/words.yaml"), []byte("define: {minor: severity > 2}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{}})
	if got := said(c.diagnosed("rules/better.yaml")); !strings.Contains(got, "unknown name major") {
		t.Errorf("a file has changed on the disk: %s", got)
	}
	cleared := false // of the file that is not open; what rules do together is looked at once each is right
	for _, m := range c.told {
		cleared = cleared || strings.Contains(m.raw, `"uri":"`+c.uri("rules/worse.yaml")+`","diagnostics":[]`)
	}
	if !cleared {
		t.Errorf("a file that is not open keeps what was said of it: %v", c.told)
	}
}

func TestOpenBuffersCountBeforeTheDisk(t *testing.T) {
	t.Parallel()
	c := initialized(t, map[string]string{"ifsev.yaml": config, "rules/words.yaml": "define: {major: severity <= 2}\n"})
	rule := "rules:\n  a: {if: major, then: [page: database]}\n"
	if got := c.open("rules/a.yaml", rule); len(got) > 0 {
		t.Errorf("got %s", got)
	}
	c.open("rules/words.yaml", "define: {minor: severity > 2}\n")
	c.replace("rules/a.yaml", 2, rule)
	if got := said(c.diagnosed("rules/a.yaml")); !strings.Contains(got, "unknown name major") {
		t.Errorf("the buffer does not count: %q", got)
	}
	// So does the configuration.
	c.open("ifsev.yaml", strings.Replace(config, "database", "payments", 1))
	if got := said(c.diagnosed("rules/a.yaml")); !strings.Contains(got, `there is no person, rotation or role "database"`) {
		t.Errorf("the configuration's buffer does not count: %q", got)
	}
	c.replace("ifsev.yaml", 2, "peple: {}\n")
	if got := said(c.diagnosed("ifsev.yaml")); !strings.Contains(got, "did you mean people?") {
		t.Errorf("a mistake in the configuration: %q", got)
	}
}

// A file nobody has named as one of rules is checked with those beside it that hold rules, and nothing else.
func TestFilesWithoutAConfiguration(t *testing.T) {
	t.Parallel()
	c := initialized(t, map[string]string{
		"b.yaml": "define: {major: severity <= 2}\n", "compose.yaml": "services: {}\n", "deep/c.yaml": "rules: [\n", ".hidden.yaml": "rules: [\n", "a_test.yaml": "rules: [\n",
	})
	if got := c.open("a.yaml", "rules:\n  a: {if: major, then: [note: hi]}\n"); len(got) > 0 {
		t.Errorf("got %s", got)
	}
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": "untitled:Untitled-1", "version": 1, "text": "rules:\n  a: {if: major, then: [note: hi]}\n"}})
	if m := c.mustRead(); !strings.Contains(m.raw, `"uri":"untitled:Untitled-1"`) || !strings.Contains(m.raw, "unknown name major") {
		t.Errorf("a buffer without a file stands alone: %s", m.raw)
	}
}

// What the server says of a set is what the command says of it.
func TestSaysWhatCheckSays(t *testing.T) {
	t.Parallel()
	galleries, err := filepath.Glob("../../rules/testdata/broken/*.yaml")
	if err != nil || len(galleries) < 50 {
		t.Fatalf("%d files, %v", len(galleries), err)
	}
	for i, path := range galleries {
		if i%7 != 0 {
			continue // each has its golden message elsewhere
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c := initialized(t, map[string]string{"a.yaml": string(content)})
			var want []string
			report, err := daemon.Check(filepath.Join(c.root, "none"), []string{filepath.Join(c.root, "a.yaml")}, func(string) (string, bool) { return "", false })
			if err != nil {
				t.Fatal(err)
			}
			add := func(severity string, problems strictyaml.Problems) {
				for _, p := range problems {
					if !strings.HasSuffix(p.File, "none") { // there is no configuration to be read
						want = append(want, severity+" "+p.Message+"\nhint: "+p.Hint)
					}
				}
			}
			add("E", report.Errors)
			add("W", report.Warnings)
			var got []string
			for _, line := range c.open("a.yaml", string(content)) {
				severity, rest, _ := strings.Cut(line, " ")
				_, message, _ := strings.Cut(rest, " ")
				if !strings.Contains(message, "\nhint: ") {
					message += "\nhint: "
				}
				got = append(got, severity+" "+message)
			}
			slices.Sort(got)
			slices.Sort(want)
			if strings.ReplaceAll(said(got), "a.yaml", "") != strings.ReplaceAll(said(want), filepath.Join(c.root, "a.yaml"), "") {
				t.Errorf("got\n%s\nwant\n%s", said(got), said(want))
			}
		})
	}
}

func TestDiagnosticsAreNeverNull(t *testing.T) {
	t.Parallel()
	c := initialized(t, nil)
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": c.uri("a.yaml"), "version": 0, "text": ""}})
	var p struct {
		Params struct{ Diagnostics json.RawMessage }
	}
	m := c.mustRead()
	if err := json.Unmarshal([]byte(m.raw), &p); err != nil || string(p.Params.Diagnostics) != "[]" || !strings.Contains(m.raw, `"version":0`) {
		t.Errorf("got %s", m.raw)
	}
}
