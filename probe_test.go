package ifsev

import (
	"testing"
	"time"
)

func TestAProbeIsRememberedUntilItsWake(t *testing.T) {
	t.Parallel()
	g, at := Group{ID: ProbeID(7)}, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	if !g.Probe(&Probe{Round: "a"}, at) || g.Probe(&Probe{Round: "a"}, at) {
		t.Error("a probe is new once")
	}
	if !g.Wake().Equal(at.Add(ProbeWake)) {
		t.Errorf("wake: %s", g.Wake())
	}
	g.Forget(at.Add(ProbeWake - 1))
	if g.Empty() {
		t.Error("it was forgotten before its wake")
	}
	if g.Forget(at.Add(ProbeWake)); !g.Empty() || !g.Wake().IsZero() {
		t.Errorf("%+v", g)
	}
}

func TestEveryPartitionHasItsProbe(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for p := range Partition(Partitions) {
		id := ProbeID(p)
		if got, err := PartitionOfID(id); err != nil || got != p || seen[id] {
			t.Errorf("%d: %s is in %d, %v", p, id, got, err)
		}
		seen[id] = true
	}
}
