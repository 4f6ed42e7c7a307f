package rules

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
)

var quoted = regexp.MustCompile("`([a-z_]+)")

// What a hint tells people to write is a key there is, and a word it is told for is none.
func TestHintsNameKeysThereAre(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		hints map[string]string
		keys  []key
	}{
		"rule": {ruleKeyHints(), append(ruleKeys(), key{Name: "define"}, key{Name: "on"})}, "step": {stepKeyHints(), stepKeys()},
	} {
		for word, hint := range c.hints {
			if slices.Contains(keyNames(c.keys), word) && word != "define" && word != "on" {
				t.Errorf("%s: %s is a key, and needs no hint", what, word)
			}
			for _, m := range quoted.FindAllStringSubmatch(hint, -1) {
				if !slices.Contains(keyNames(c.keys), m[1]) {
					t.Errorf("%s: the hint for %s names %s, which is no key", what, word, m[1])
				}
			}
		}
	}
	for _, word := range []string{"opened", "resolved", "ack", "note", "firing"} {
		hint := eventHint(word, nil)
		if !slices.Contains(ifsev.EventTypes(), ifsev.EventType(strings.TrimPrefix(hint, "write "))) {
			t.Errorf("the hint for the event %s is %q", word, hint)
		}
	}
}

var keyOfLine = regexp.MustCompile(`^\s*(?:- )?\{?([a-z_.]+):`)

// Every key of the good files, misspelt, is found in its line.
func TestMisspeltKeysAreFound(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/good/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	known := keyNames(slices.Concat(fileKeys(), ruleKeys(), stepKeys(), retryKeys()))
	for _, spec := range append(InsideActions(), testActions()...) {
		known = append(append(known, spec.Kind), argumentNames(&spec)...)
	}
	lines, tried := strings.Split(string(text), "\n"), 0
	for i, line := range lines {
		m := keyOfLine.FindStringSubmatchIndex(line)
		if m == nil || !slices.Contains(known, line[m[2]:m[3]]) {
			continue
		}
		tried++
		wrong := slices.Clone(lines)
		wrong[i] = line[:m[3]] + "q" + line[m[3]:]
		_, errs, _ := Load([]Source{{"r.yaml", strings.Join(wrong, "\n")}}, testWorld())
		found := false
		for _, p := range errs {
			found = found || p.Line == i+1 && p.Hint != ""
		}
		if !found {
			t.Errorf("line %d: %s\n%s", i+1, wrong[i], errs.Text())
		}
	}
	if tried < 50 {
		t.Errorf("only %d keys were tried", tried)
	}
}

// However a good file is cut and mixed up, every mistake has a place in it.
func TestMangledFilesAreExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/good/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines, w := strings.Split(string(text), "\n"), testWorld()
	rapid.Check(t, func(t *rapid.T) {
		mangled := slices.Clone(lines)
		for range rapid.IntRange(1, 4).Draw(t, "times") {
			i := rapid.IntRange(0, len(mangled)-1).Draw(t, "line")
			switch rapid.IntRange(0, 4).Draw(t, "how") {
			case 0:
				mangled = slices.Delete(mangled, i, i+1)
			case 1:
				mangled[i] = "  " + mangled[i]
			case 2:
				mangled[i] = mangled[i][:rapid.IntRange(0, len(mangled[i])).Draw(t, "cut")]
			case 3:
				mangled[i] = strings.NewReplacer("\"", "", "}", "", "]", "").Replace(mangled[i])
			default:
				mangled = append(mangled, mangled[i])
			}
		}
		set, errs, _ := Load([]Source{{"r.yaml", strings.Join(mangled, "\n")}}, w)
		if (set == nil) != (len(errs) > 0) {
			t.Fatalf("set %v, errors %v", set, errs)
		}
		for _, p := range errs {
			// A cut within a letter leaves what is no text, and is shown as such.
			if p.Line < 1 || p.Line > len(mangled) || p.Column < 1 || p.Source != strings.ToValidUTF8(mangled[p.Line-1], "\uFFFD") {
				t.Fatalf("%+v is not in the file", p)
			}
		}
	})
}

// A set is used by many at once.
func TestSetIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/good/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	set := mustLoad(t, string(text))
	doc := ifsev.Document{Incident: *testIncident()}
	var users sync.WaitGroup
	for range 8 {
		users.Go(func() {
			for range 20 {
				env := set.words.env(&doc.Incident)
				for _, r := range set.Rules {
					for i := range r.Then {
						_, _ = r.Then[i].Args.Render(set.words.stepEnv(env, nil, r, ""), monday) // some need what is not there
					}
				}
				set.Explain(doc, monday, nil)
			}
		})
	}
	users.Wait()
}
