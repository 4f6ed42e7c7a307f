package ruletest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ifsev/ifsev/actions"
	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/ruletest"
	"github.com/ifsev/ifsev/triggers"
)

// mutant is a rule file with one thing in it that is wrong.
type mutant struct {
	line       int
	what, text string
}

// The examples are tested so well that whatever is changed in them is noticed: a comparison flipped, a number, a
// duration or a time changed by one, `and` for `or`, a `not` taken away, a word of a condition changed, a key or a step
// dropped. What no test notices is printed.
func TestMutantsOfTheExamples(t *testing.T) {
	t.Parallel()
	w := exampleWorld(t)
	files, err := filepath.Glob("../../examples/[rp]*s/*.yaml") // rules and packs
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	var mu sync.Mutex
	total, unloadable := 0, 0
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, file := range files {
		if strings.HasSuffix(file, "_test.yaml") {
			continue
		}
		tests := strings.TrimSuffix(file, ".yaml") + "_test.yaml"
		text, testText := readText(t, file), readText(t, tests)
		if report := runTests(t, w, file, text, tests, testText); report == nil || report.Failed() > 0 {
			t.Errorf("%s fails before anything is changed", tests)
			continue
		}
		for _, m := range mutants(text) {
			wait.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				report := runTests(t, w, file, m.text, tests, testText)
				mu.Lock()
				defer mu.Unlock()
				total++
				switch {
				case report == nil:
					unloadable++
				case report.Failed() == 0:
					t.Errorf("%s:%d: no test notices: %s", file, m.line, m.what)
				}
			})
		}
	}
	wait.Wait()
	t.Logf("%d mutants, of which %d do not load", total, unloadable)
	if total < 100 || unloadable > total/2 {
		t.Errorf("%d mutants, of which %d do not load: are they still made?", total, unloadable)
	}
}

func readText(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("every example has its tests beside it: %v", err)
	}
	return string(text)
}

// runTests runs tests against a text of a rule file; nil where the rules do not load, or the tests do not fit them.
func runTests(t *testing.T, w *ruletest.World, file, text, tests, testText string) *ruletest.Report {
	t.Helper()
	f, problems := ruletest.Open(tests, []byte(testText))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	sources := []rules.Source{{Name: file, Text: text}}
	if uses, ok := f.Uses(); ok { // the file is a pack
		sources = append(sources, uses)
	} else {
		for _, pack := range rules.PackFiles(sources[0]) {
			sources = append(sources, rules.Source{Name: pack, Text: readText(t, pack)})
		}
	}
	set, problems, _ := rules.Load(sources, w.Rules)
	if len(problems) > 0 {
		return nil
	}
	suite, problems := f.Read(set, w, func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(filepath.Dir(tests), path)) })
	if len(problems) > 0 {
		return nil
	}
	return ruletest.Run([]*ruletest.Suite{suite}, ruletest.Options{Workers: 1})
}

// exampleWorld is the world of the configuration the examples are written for.
func exampleWorld(t testing.TB) *ruletest.World {
	t.Helper()
	c, problems := config.Load("../../ifsev.yaml", os.LookupEnv, os.ReadFile)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w := &ruletest.World{Sources: map[string]triggers.Decoder{}, Rules: rules.World{
		Actions: actions.Catalogue(), Connections: c.ConnectionNames(), Directory: c.Directory, Severities: c.Severities, Fields: c.Fields, Zone: c.Zone, URL: c.URL,
	}}
	for _, s := range c.Sources {
		decoder, err := triggers.NewDecoder(s.Kind, triggers.Options{Source: s.Name, Grouped: s.Grouped, Severities: c.Severities})
		if err != nil {
			t.Fatal(err)
		}
		w.Sources[s.Name] = decoder
	}
	return w
}

var (
	comparison = regexp.MustCompile(`<=|>=|==|!=|<|>`)
	flipped    = map[string][]string{"<=": {"<", ">"}, ">=": {">", "<"}, "<": {"<=", ">"}, ">": {">=", "<"}, "==": {"!="}, "!=": {"=="}}
	digits     = regexp.MustCompile(`\d+`)
	keyword    = regexp.MustCompile(`\b(and|or|not )\b|\bnot `)
	word       = regexp.MustCompile(`"[^"]+"`)
	keyOf      = regexp.MustCompile(`^( *)(- )?([a-z_.]+):`)
	forPeople  = []string{"description", "owner", "runbook", "labels"}
	// What is not dropped: texts, and what only refuses other values of an input.
	texts = []string{"text", "title", "summary", "values"}
)

// mutants makes every mutant of a rule file.
func mutants(text string) []mutant {
	lines := strings.Split(text, "\n")
	var all []mutant
	for i, line := range lines {
		code := line
		if strings.HasPrefix(strings.TrimSpace(line), "#") || strings.TrimSpace(line) == "" {
			continue
		}
		if key := keyOf.FindStringSubmatch(line); key != nil && slices.Contains(forPeople, key[3]) {
			continue
		}
		replace := func(at []int, with, what string) {
			changed := slices.Clone(lines)
			changed[i] = line[:at[0]] + with + line[at[1]:]
			all = append(all, mutant{i + 1, fmt.Sprintf("%s: %s", what, strings.TrimSpace(changed[i])), strings.Join(changed, "\n")})
		}
		for _, at := range digits.FindAllStringIndex(code, -1) {
			if name := regexp.MustCompile(`[A-Za-z_-]`); at[0] > 0 && name.MatchString(code[at[0]-1:at[0]]) {
				continue // part of a name, such as sev1
			}
			number, _ := strconv.Atoi(code[at[0]:at[1]])
			for _, n := range []int{number + 1, number - 1} {
				if n >= 0 {
					replace(at, fmt.Sprintf("%0*d", at[1]-at[0], n), "another number")
				}
			}
		}
		all = append(all, dropped(lines, i)...)
		if condition(line) {
			for _, at := range comparison.FindAllStringIndex(code, -1) {
				for _, other := range flipped[code[at[0]:at[1]]] {
					replace(at, other, "another comparison")
				}
			}
			for _, at := range keyword.FindAllStringIndex(code, -1) {
				replace(at, map[string]string{"and": "or", "or": "and", "not ": ""}[code[at[0]:at[1]]], "another word")
			}
			for _, at := range word.FindAllStringIndex(code, -1) {
				if !strings.Contains(code[at[0]:at[1]], ":") { // a time is a number
					replace(at, `"other"`, "another text")
				}
			}
		}
	}
	return all
}

// condition reports whether a line holds a condition, or a define.
func condition(line string) bool {
	key := keyOf.FindStringSubmatch(line)
	return key != nil && (key[3] == "if" || len(key[1]) == 2 && !strings.HasSuffix(strings.TrimSpace(line), ":"))
}

// dropped takes a step, or a key of a rule or a step, away with all below it.
func dropped(lines []string, i int) []mutant {
	line := lines[i]
	indent := len(line) - len(strings.TrimLeft(line, " "))
	step := strings.HasPrefix(strings.TrimSpace(line), "- ")
	key := keyOf.FindStringSubmatch(line)
	if indent < 4 || !step && (key == nil || slices.Contains(texts, key[3])) {
		return nil
	}
	end := i + 1
	for end < len(lines) && (strings.TrimSpace(lines[end]) == "" || len(lines[end])-len(strings.TrimLeft(lines[end], " ")) > indent) {
		end++
	}
	what := "dropped"
	if step {
		what = "a step dropped"
	}
	return []mutant{{i + 1, what + ": " + strings.TrimSpace(line), strings.Join(append(slices.Clone(lines[:i]), lines[end:]...), "\n")}}
}
