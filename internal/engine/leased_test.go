package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/state"
)

// leased is a metric with one value, as it is scraped.
func leased(e *running, value string) error {
	return testutil.GatherAndCompare(e.registry, strings.NewReader(
		"# HELP ifsev_partitions_leased Partitions this replica polls; all replicas together poll 64.\n"+
			"# TYPE ifsev_partitions_leased gauge\nifsev_partitions_leased "+value+"\n"), "ifsev_partitions_leased")
}

func TestLeasedPartitionsAreTold(t *testing.T) {
	if ifsev.Partitions != 64 {
		t.Fatal("the metric's help speaks of 64 partitions")
	}
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.start(tell, owner("a")), w.start(tell, owner("b"))
		w.pass(5 * time.Second)
		for _, e := range []*running{a, b} {
			if err := leased(e, "32"); err != nil {
				t.Error(err)
			}
		}
		w.store.set(func(p *probe) {
			p.trouble = func(operation string) (before, after error) {
				if operation == "lease" {
					return state.ErrUnavailable, nil
				}
				return nil, nil
			}
		})
		w.pass(2 * defaultLease)
		if err := leased(a, "0"); err != nil {
			t.Errorf("its leases have run out: %v", err)
		}
	})
}
