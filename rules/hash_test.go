package rules

import "testing"

// Replicas that differ only in where they listen have the same rule set.
func TestTheURLMakesNoOtherSet(t *testing.T) {
	t.Parallel()
	const text = "rules:\n  r:\n    if: severity == 1\n    then: [{note: \"${url}\"}]\n"
	a, b := testWorld(), testWorld()
	a.URL, b.URL = "http://127.0.0.1:1", "http://127.0.0.1:2"
	if x, y := mustLoadIn(t, a, text), mustLoadIn(t, b, text); x.Hash != y.Hash {
		t.Errorf("%s and %s", x.Hash, y.Hash)
	}
}
