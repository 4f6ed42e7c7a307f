package redisstate_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/redisstate"
	"github.com/ifsev/ifsev/state/statetest"
)

func clusterURL(nodes []*redistest.Server) string {
	addrs := make([]string, len(nodes))
	for i, n := range nodes {
		addrs[i] = n.Addr()
	}
	return "redis+cluster://" + strings.Join(addrs, ",")
}

func TestConformanceCluster(t *testing.T) {
	t.Parallel()
	url := clusterURL(redistest.StartCluster(t, 3))
	statetest.Run(t, func(t *testing.T, _ *statetest.Clock) state.Store { return openLocal(t, url) }, statetest.RealClock(nil))
}

func TestCluster(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t, 3, redistest.AOF("always"), redistest.MaxMemory(100<<20, "noeviction"))
	store := openLocal(t, clusterURL(nodes))
	t.Run("every script is sent again to the nodes that forgot it", func(t *testing.T) {
		s := newStory("k")
		s.write(t, store, s.next("0"))
		everything(t, store, s, func() { nodes[0].Do("SCRIPT", "FLUSH"); nodes[2].Do("SCRIPT", "FLUSH") })
		s.check(t, store)
	})
	t.Run("inspecting asks every master", func(t *testing.T) {
		got, err := store.Inspect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes {
			if !slices.ContainsFunc(got, func(f state.Finding) bool { return says(f, n.Addr()+" has no replica") }) {
				t.Errorf("nothing about %s in %q", n.Addr(), got)
			}
		}
	})
	t.Run("a node is killed and comes back", func(t *testing.T) {
		stories := load(t, store, 12, func() {
			busy(t, store, 200)
			nodes[1].Kill9()
			nodes[1].Restart()
			busy(t, store, 200)
		})
		for _, s := range stories {
			s.check(t, store)
			s.drain(t, store)
		}
	})
}

// TestFailover makes a replica the master under load: it knows no script, and the old master takes no writes.
func TestFailover(t *testing.T) {
	t.Parallel()
	set := redistest.StartSentinel(t)
	store := openWith(t, set.URL(), redisstate.Options{Durability: redisstate.Local})
	s := newStory("k")
	s.write(t, store, s.next("0"))
	set.Nodes[0].Do("WAIT", "1", "1000")
	if _, err := redisstate.Open(t.Context(), set.Nodes[1].URL(), redisstate.Options{}); err == nil || !strings.Contains(err.Error(), "is a replica of 127.0.0.1") {
		t.Errorf("a replica is opened: %v, want a refusal", err)
	}
	demoted, another := redistest.Start(t), redistest.Start(t)
	replica := openAt(t, demoted.URL(), "ifsev:")
	demoted.Do("REPLICAOF", "127.0.0.1", strconv.Itoa(another.Port()))
	if _, err := replica.Inspect(t.Context()); err == nil || !strings.Contains(err.Error(), "is a replica of 127.0.0.1") {
		t.Errorf("preflight of one that became a replica: %v, want a refusal", err)
	}
	if _, err := replica.Commit(t.Context(), newStory("another").next("0")); !errors.Is(err, state.ErrUnavailable) {
		t.Errorf("commit to a replica: %v, want ErrUnavailable", err)
	}
	set.Failover()
	for n := 1; n < 4; n++ {
		if err := s.insist(t.Context(), store, s.next(fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
	}
	everything(t, store, s, func() {})
	s.check(t, store)
	if got, err := store.Inspect(t.Context()); err != nil {
		t.Errorf("preflight of the new master: %q, %v", got, err)
	}
}
