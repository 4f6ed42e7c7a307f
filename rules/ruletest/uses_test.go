package ruletest

import (
	"strings"
	"testing"
)

// What a test file uses stands where it stands in the file.
func TestUses(t *testing.T) {
	t.Parallel()
	const uses = "use:\n  a: {pack: p.yaml}\n  b:\n    pack: q.yaml\n\n"
	const tests = "tests:\n  x: {}\n"
	for text, want := range map[string]string{
		tests + uses: "\n\n" + uses, uses + tests: uses + "\n\n", "config: c.yaml\r\n" + uses + tests: "\n" + uses + "\n\n", tests: "",
		uses + "# about the tests\n" + tests: uses + "# about the tests\n\n\n",
	} {
		f, problems := Open("x_test.yaml", []byte(text))
		if len(problems) > 0 {
			t.Fatal(problems.Text())
		}
		got, ok := f.Uses()
		if got.Text != want || ok != (want != "") || got.Name != "x_test.yaml" {
			t.Errorf("%q: got %q, want %q", text, got.Text, want)
		}
	}
	if _, problems := Open("x_test.yaml", []byte("{use: {a: {pack: p.yaml}}, tests: {x: {}}}")); !strings.Contains(problems.Text(), "`use` needs lines of its own") {
		t.Errorf("got %s", problems.Text())
	}
}
