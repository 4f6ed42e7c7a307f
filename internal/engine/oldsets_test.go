package engine

import (
	"testing"

	"github.com/ifsev/ifsev/rules"
)

func TestOldSetsForgetTheLeastAskedFor(t *testing.T) {
	t.Parallel()
	var o oldSets
	for e := range int64(maxOldSets) {
		o.put(e, oldSet{})
	}
	if _, ok := o.get(0); !ok {
		t.Fatal("the first is forgotten though there is room")
	}
	o.put(maxOldSets, oldSet{})
	_, first := o.get(0)
	_, second := o.get(1)
	if !first || second || len(o.sets) != maxOldSets {
		t.Errorf("the one just asked for is there: %t, the eldest: %t; %d in all", first, second, len(o.sets))
	}
	o = oldSets{}
	big := oldSet{set: &rules.Set{Rules: make([]*rules.Rule, maxOldRules)}}
	for e := range int64(3) {
		o.put(1000+e, big)
		if _, ok := o.get(1000 + e); !ok || len(o.sets) != 1 || o.rules != maxOldRules {
			t.Errorf("%d sets with %d rules", len(o.sets), o.rules)
		}
	}
	o.put(1002, oldSet{})
	if o.rules != 0 || len(o.sets) != 1 {
		t.Errorf("put again: %d sets with %d rules", len(o.sets), o.rules)
	}
}
