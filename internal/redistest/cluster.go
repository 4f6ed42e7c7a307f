package redistest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// slots is how many hash slots a cluster has.
const slots = 16384

// StartCluster starts a cluster of so many masters without replicas and waits until every node says it is whole.
func StartCluster(t testing.TB, masters int, opts ...Option) []*Server {
	t.Helper()
	opts = append(opts, Config("cluster-enabled", "yes", "cluster-node-timeout", "2000"))
	nodes := make([]*Server, masters)
	for i := range nodes {
		nodes[i] = Start(t, opts...)
		first, last := i*slots/masters, (i+1)*slots/masters-1
		nodes[i].Do(append([]string{"CLUSTER", "ADDSLOTS"}, numbers(first, last)...)...)
		if i > 0 {
			nodes[i].Do("CLUSTER", "MEET", "127.0.0.1", strconv.Itoa(nodes[0].Port()))
		}
	}
	for _, n := range nodes {
		n.wait(fmt.Sprintf("cluster_state:ok cluster_slots_ok:%d cluster_known_nodes:%d", slots, masters), "CLUSTER", "INFO")
	}
	return nodes
}

func numbers(first, last int) []string {
	out := make([]string, 0, last-first+1)
	for n := first; n <= last; n++ {
		out = append(out, strconv.Itoa(n))
	}
	return out
}

// wait asks again until the reply holds all the words.
func (s *Server) wait(words string, args ...string) {
	s.t.Helper()
	deadline := time.NewTimer(startTimeout)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		reply := s.Do(args...)
		missing := ""
		for word := range strings.FieldsSeq(words) {
			if !strings.Contains(reply, word) {
				missing = word
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-again.C:
		case <-deadline.C:
			s.t.Fatalf("%s does not say %s after %s:\n%s", strings.Join(args, " "), missing, startTimeout, reply)
		}
	}
}
