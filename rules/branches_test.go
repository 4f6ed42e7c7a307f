package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBranches(t *testing.T) {
	t.Parallel()
	r := mustLoad(t, `
rules:
  r:
    if: severity == 1
    then: [{page: alice, on_error: [note: failed]}, mitigate]
    after: {5m: [page: bob]}
    otherwise: [note: over]
`).Rule("r")
	var names, places []string
	for _, b := range r.Branches() {
		if names = append(names, b.Name); len(r.steps(b.Name)) != len(b.Steps) {
			t.Errorf("a firing of %s has other steps", b.Name)
		}
	}
	for _, s := range r.AllSteps() {
		places = append(places, s.Place)
	}
	if diff := cmp.Diff([]string{"then", "after[5m]", "otherwise"}, names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"then[0]", "then[0].on_error[0]", "then[1]", "after[5m][0]", "otherwise[0]"}, places); diff != "" {
		t.Error(diff)
	}
}
