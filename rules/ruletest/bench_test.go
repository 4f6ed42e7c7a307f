package ruletest_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/rules"
	"github.com/ifsev/ifsev/rules/ruletest"
)

// exampleSuites reads all examples with their tests, as often as it is asked to.
func exampleSuites(t testing.TB) (suites []*ruletest.Suite, tests int) {
	t.Helper()
	w := exampleWorld(t)
	files, err := filepath.Glob("../../examples/rules/*_test.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		ruleFile := strings.TrimSuffix(file, "_test.yaml") + ".yaml"
		if matches, _ := filepath.Glob(ruleFile); len(matches) == 0 {
			continue // about several files
		}
		set, problems, _ := rules.Load([]rules.Source{{Name: ruleFile, Text: readText(t, ruleFile)}}, w.Rules)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		f, problems := ruletest.Open(file, []byte(readText(t, file)))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		suite, problems := f.Read(set, w, nil)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		suites, tests = append(suites, suite), tests+f.Tests
	}
	return suites, tests
}

// BenchmarkExamples runs the tests of all examples; a thousand tests a second is what people are promised.
func BenchmarkExamples(b *testing.B) {
	suites, tests := exampleSuites(b)
	for _, c := range []struct {
		name string
		o    ruletest.Options
	}{{"plain", ruletest.Options{}}, {"coverage", ruletest.Options{Coverage: []*rules.Rule{}}}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if report := ruletest.Run(suites, c.o); report.Failed() > 0 {
					b.Fatal("a test failed")
				}
			}
			b.ReportMetric(float64(tests*b.N)/b.Elapsed().Seconds(), "tests/s")
		})
	}
}
