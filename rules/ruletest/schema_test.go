package ruletest_test

import (
	"path/filepath"
	"testing"

	"github.com/ifsev/ifsev/internal/schematest"
	"github.com/ifsev/ifsev/rules/ruletest"
)

func TestTheSchemaTakesTheTestsOfTheExamples(t *testing.T) {
	t.Parallel()
	valid := schematest.Compile(t, ruletest.Schema())
	files, err := filepath.Glob("../../examples/rules/*_test.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		if err := valid(readText(t, file)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// What the schema refuses is refused when it is read too; see TestMistakes.
func TestTheSchemaRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	valid := schematest.Compile(t, ruletest.Schema())
	if err := valid("tests: {x: {timeline: [{at: 1m, fired: a, do: [{ack: , by: bob}, {set: {severity: 1}}], expect: [severity == 1]}]}}"); err != nil {
		t.Errorf("a good file: %v", err)
	}
	for _, text := range []string{
		"test: {}", "rules: [a]", "tests: {}", "tests: {x: {incident: {}}}", "tests: {x: {timeline: {at: 5m}}}", "tests: {x: {timeline: [{fired: []}]}}",
		"tests: {x: {timeline: [{at: soon}]}}", "tests: {x: {timeline: [{at: 5m, fird: []}]}}", "tests: {x: {timeline: [{at: 5m, do: {acknowlege: }}]}}",
		"tests: {x: {incident: {sev: 1}, timeline: []}}", "tests: {x: {mock: {webhook: {eror: x}}, timeline: []}}", "tests: {x: {mock: {webhook: {error: x, reason: tired}}, timeline: []}}",
		"tests: {x: {timeline: [{at: 5m, post: {source: a}}]}}", "tests: {x: {timeline: [{at: 5m, post: {source: a, file: b, body: c}}]}}",
		"tests: {x: {timeline: [{at: 5m, actions: [{page: a, note: b}]}]}}", "tests: {x: {timeline: [{at: 5m, do: {wait: 5m}}]}}",
	} {
		if valid(text) == nil {
			t.Errorf("the schema takes %s", text)
		}
	}
}
