package rules

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// hostileFiles are files of which each would cost a careless loader its memory, its stack or its day.
func hostileFiles() map[string]string {
	rule := func(condition string) string {
		return "rules:\n  r:\n    if: " + condition + "\n    then: [mitigate]\n"
	}
	bomb := "define:\n  a0: severity == 1\n"
	for i := range 30 {
		bomb += fmt.Sprintf("  a%d: a%d and a%d\n", i+1, i, i)
	}
	var steps, aliases strings.Builder
	for range MaxSteps + 1 {
		steps.WriteString("      - mitigate\n")
	}
	aliases.WriteString("rules: &a0 [x, x]\n")
	for i := range 40 {
		fmt.Fprintf(&aliases, "k%d: &a%d [*a%d, *a%d]\n", i, i+1, i, i)
	}
	repeated := func(line string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, line, i)
		}
		return b.String()
	}
	return map[string]string{
		"a megabyte of brackets":       rule(strings.Repeat("(", 1<<20)),
		"brackets below the limit":     rule(strings.Repeat("(", 900<<10)),
		"brackets of YAML":             strings.Repeat("[", 900<<10),
		"maps of YAML":                 "rules: " + strings.Repeat("{a: ", 10_000),
		"aliases":                      aliases.String(),
		"an alias of itself":           "rules: &a {r: *a}\n",
		"defines that double":          bomb + "rules:\n  r: {if: a30, then: [mitigate]}\n",
		"nots":                         rule(strings.Repeat("not ", 1000) + "acknowledged"),
		"a huge pattern":               rule(`title matches "((a{0,100}){0,100}){0,100}"`),
		"a long condition":             rule("severity == 1" + strings.Repeat(" or severity == 1", 1000)),
		"nested loops":                 rule("any(tags, any(tags, any(tags, true)))"),
		"too many steps":               "rules:\n  r:\n    if: severity == 1\n    then:\n" + steps.String(),
		"a long template":              "rules:\n  r:\n    if: severity == 1\n    then:\n      - note: " + strings.Repeat("x", 70<<10) + " ${title}\n",
		"a template of brackets":       "rules:\n  r:\n    if: severity == 1\n    then:\n      - note: ${" + strings.Repeat("(", 60<<10) + "}\n",
		"the environment":              rule("$env.severity == 1"),
		"a name that is a text":        "rules:\n  " + strings.Repeat("n", 200) + ": {if: severity == 1, then: [mitigate]}\n",
		"no UTF-8":                     rule("title == \"\xff\""),
		"a NUL":                        rule("title == \"\x00\""),
		"a second document":            rule("severity == 1") + "---\n" + rule("severity == 1"),
		"a tag of another language":    "rules: !!python/object:os.system {r: x}\n",
		"a merge key":                  "a: &a {if: severity == 1}\nrules:\n  r:\n    <<: *a\n    then: [mitigate]\n",
		"doubling texts":               rule(`len("a" + title + title) > 1 and let a = title + title; len(a + a) > 3`),
		"a list instead of everything": "[]\n",
		"a text instead of everything": "rules\n",
		"lines of an endless text":     "rules: \"" + strings.Repeat("a", 1000<<10),
		"one line of a megabyte":       rule("title == \"" + strings.Repeat("a", 1000<<10) + "\""),
		"a list without end":           rule("severity in [" + strings.Repeat("1, ", 300<<10) + "1]"),
		"a list of conditions":         "rules:\n  r:\n    then: [mitigate]\n    if:\n" + strings.Repeat("      - severity == 1\n", 40_000),
		"tags without end":             "rules:\n  r:\n    if: severity == 1\n    then:\n      - add_tags: [" + strings.Repeat("a, ", 300<<10) + "a]\n",
		"a hundred thousand rules":     "rules:\n" + repeated("  r%d: {}\n", 80_000),
		"ten thousand wrong rules":     "rules:\n" + repeated("  r%d: {if: severty == 1, then: [mitigat]}\n", 20_000),
		"the same key again and again": "rules:\n" + strings.Repeat("  r: {}\n", 100_000),
		"unknown keys":                 "rules:\n  r:\n    if: severity == 1\n    then: [mitigate]\n" + repeated("    k%d: 1\n", 60_000),
		"names that are nearly right":  "rules:\n" + repeated("  r%d: {iff: severity == 1, thn: [mitigate]}\n", 20_000),
		"keys of a word of 100 KiB":    "rules:\n  r:\n" + repeated("    "+strings.Repeat("k", 100<<10)+"%d: 1\n", 9),
		"templates in templates":       "rules:\n  r:\n    if: severity == 1\n    then:\n      - note: \"" + strings.Repeat("${'", 10_000) + strings.Repeat("'}", 10_000) + "\"\n",
		"many templates":               "rules:\n  r:\n    if: severity == 1\n    then:\n      - note: \"" + strings.Repeat("${x}", 15_000) + "\"\n",
		"ternaries":                    rule(strings.Repeat("acknowledged ? ", 500) + "true" + strings.Repeat(" : true", 500)),
		"lets":                         rule(repeated("let a%d = severity; ", 200) + "a1 == 1"),
		"members":                      rule("fields" + strings.Repeat(".a", 2000) + " == 1"),
		"a chain of comparisons":       rule("1" + strings.Repeat(" < severity", 350)),
		"a product of loops":           rule("any(tags, any(tags, any(tags, any(tags, it == it))))"),
		"a pattern that backtracks":    rule(`title matches "(((((a+)+)+)+)+)+(((((a+)+)+)+)+)+` + strings.Repeat("(a+)+", 200) + `$"`),
		"a pattern of classes":         rule(`title matches "` + strings.Repeat(`\\p{L}`, 100) + `"`),
		"a schedule of commas":         "rules:\n  r:\n    when: {schedule: \"" + strings.Repeat("0,", 100_000) + "0 * * * *\"}\n    then: [mitigate]\n",
		"a schedule of no day":         "rules:\n  r:\n    when: {schedule: \"0 0 31 2 *\"}\n    then: [mitigate]\n",
		"a schedule of ranges":         "rules:\n  r:\n    when: {schedule: \"0-999999999 0 1 1 *\"}\n    then: [mitigate]\n",
		"holidays of a thousand years": "calendars:\n  c: {days: mon-fri, holidays: [0001-01-01..9999-12-31]}\n",
		"holidays without end":         "calendars:\n  c:\n    days: mon-fri\n    holidays:\n" + strings.Repeat("      - 2026-01-01\n", 40_000),
		"hours without end":            "calendars:\n  c: {days: mon-fri, hours: [" + strings.Repeat("\"09:00-17:00\", ", 40_000) + "]}\n",
		"a duration of digits":         "rules:\n  r: {if: severity == 1, for: " + strings.Repeat("9", 100_000) + "h, then: [mitigate]}\n",
		"rungs":                        "rules:\n  r:\n    if: severity == 1\n    after:\n" + repeated("      %dm: [mitigate]\n", 30_000),
		"silences":                     "silences:\n" + strings.Repeat("  - {if: severity == 1, until: 2026-01-01T00:00:00Z}\n", 15_000),
		"defines":                      "define:\n" + repeated("  d%d: severity == 1\n", 30_000),
	}
}

// All hostile files are refused, and little is said about each.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	for name, text := range hostileFiles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, errs, _ := Load([]Source{{"hostile.yaml", text}}, testWorld())
			if set != nil || len(errs) == 0 {
				t.Error("it loads")
			}
			if said := len(errs.Text()); said > 64<<10 {
				t.Errorf("%d bytes are said about it", said)
			}
		})
	}
}

// What each of them takes is counted in bytes, which come out alike on every machine: all that is allocated on the way,
// so at no time more. What time they take is printed by BenchmarkHostileFiles.
func TestHostileFilesTakeLittle(t *testing.T) { //nolint:paralleltest // it counts what the process allocates
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	const most = 64 << 20
	w := testWorld()
	for name, text := range hostileFiles() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, _ = Load([]Source{{"hostile.yaml", text}}, w)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > most {
			t.Errorf("%s takes %d MiB", name, took>>20)
		}
	}
}

func BenchmarkHostileFiles(b *testing.B) {
	w := testWorld()
	files := hostileFiles()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _, _ = Load([]Source{{"hostile.yaml", files[name]}}, w)
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
		})
	}
}

func TestTooManyRules(t *testing.T) {
	t.Parallel()
	var files []Source
	for f := range 3 {
		var b strings.Builder
		b.WriteString("rules:\n")
		for i := range 4000 {
			fmt.Fprintf(&b, "  r%d-%d: {if: severity == 1, then: [mitigate]}\n", f, i)
		}
		files = append(files, Source{fmt.Sprintf("f%d.yaml", f), b.String()})
	}
	_, errs, _ := Load(files, testWorld())
	if last := errs[len(errs)-1]; !strings.Contains(last.Message, "more than 10000 rules") || last.File != "f2.yaml" {
		t.Errorf("the last error is %v", last)
	}
}

// A small file that stands for a large one by its aliases is not compiled to the end, and little is said about it.
func TestAliasesDoNotMultiplyWork(t *testing.T) {
	t.Parallel()
	users := func(line string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, line, i)
		}
		return b.String()
	}
	block := func(line string, n int) string { return "|\n" + strings.Repeat("          "+line+"\n", n) }
	first := func(key, anchor, value string) string {
		return "rules:\n  r:\n    if: severity == 1\n    then: [mitigate]\n    " + key + ": &" + anchor + " " + value
	}
	for name, text := range map[string]string{
		"templates":  "rules:\n  r:\n    if: severity == 1\n    then:\n      - note: &t " + block(strings.Repeat("${id}", 200), 60) + users("  r%d: {if: severity == 1, then: [note: *t]}\n", 5000),
		"conditions": "rules:\n  r:\n    then: [mitigate]\n    if: &c severity == 1" + strings.Repeat(" or severity == 1", 100) + "\n" + users("  r%d: {if: *c, when: declared, then: [mitigate, note: *c]}\n", 9000),
		"durations":  first("for", "d", block(strings.Repeat("x", 1000), 60)) + users("  r%d: {for: *d}\n", 5000),
		"long texts": first("for", "d", block(strings.Repeat("x", 1000), 600)) + users("  r%d: {for: *d}\n", 5000),
		"names":      first("labels", "d", "{a: "+strings.Repeat("x", 10_000)+"}\n") + users("  r%d: {if: severity == 1, then: [add_tags: [*d, *d, *d, *d]]}\n", 9000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			_, errs, _ := Load([]Source{{"aliases.yaml", text}}, testWorld())
			said := 0
			for _, p := range errs {
				said += len(p.Message) + len(p.Hint)
			}
			if len(errs) == 0 || said > 4<<20 {
				t.Errorf("%d errors, %d bytes are said about them", len(errs), said)
			}
			if took := time.Since(began); took > 30*time.Second { // a few hundred milliseconds on an idle machine
				t.Errorf("it took %v", took)
			}
		})
	}
}

// Whatever is in a file, loading it says something or makes a set, and never takes the process down.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/broken/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	w := testWorld()
	f.Fuzz(func(t *testing.T, text string) {
		set, errs, _ := Load([]Source{{"fuzz.yaml", text}}, w)
		if (set == nil) != (len(errs) > 0) {
			t.Fatalf("set %v, errors %v", set, errs)
		}
		for _, p := range errs {
			if p.Message == "" || p.File == "" || p.Line < 0 || p.Column < 0 {
				t.Fatalf("a problem says nothing: %+v", p)
			}
			_ = p.Caret()
		}
		if set == nil {
			return
		}
		env := set.words.env(testIncident())
		for _, r := range set.Rules {
			if len(r.When) == 0 && r.If == nil {
				t.Fatalf("the rule %s has no condition", r.Name)
			}
			for _, s := range r.Then {
				if _, err := s.Args.Render(set.words.stepEnv(env, nil, r, ""), monday); err != nil {
					continue
				}
			}
		}
		again, errs, _ := Load(set.files, w)
		if again == nil || again.Hash != set.Hash {
			t.Fatalf("loaded again it is another set: %v", errs)
		}
	})
}

func BenchmarkLoad1000Rules(b *testing.B) {
	text, err := os.ReadFile("testdata/good/language.yaml")
	if err != nil {
		b.Fatal(err)
	}
	head, body, _ := strings.Cut(string(text), "rules:\n")
	var all strings.Builder
	all.WriteString(head + "rules:\n")
	for i := range 143 { // of seven rules each
		for line := range strings.Lines(body) {
			if strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "   ") {
				line = fmt.Sprintf("  r%d-%s", i, line[2:])
			}
			all.WriteString(line)
		}
	}
	files := []Source{{"bench.yaml", all.String()}}
	for b.Loop() {
		if set, errs, _ := Load(files, testWorld()); set == nil {
			b.Fatal(errs.Text())
		}
	}
}
