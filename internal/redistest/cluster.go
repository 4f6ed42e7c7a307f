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
		for _, said := range []string{"cluster_state:ok", fmt.Sprint("cluster_slots_ok:", slots), fmt.Sprint("cluster_known_nodes:", masters)} {
			n.wait(said, "CLUSTER", "INFO")
		}
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

// wait asks again until the reply holds the text.
func (s *Server) wait(text string, args ...string) {
	s.t.Helper()
	if err := s.says(startTimeout, text, args...); err != nil {
		s.t.Fatal(err)
	}
}

// says asks again until the reply holds the text, for so long.
func (s *Server) says(within time.Duration, text string, args ...string) error {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		reply, err := s.Try(args...)
		if err == nil && strings.Contains(reply, text) {
			return nil
		}
		select {
		case <-again.C:
		case <-deadline.C:
			return fmt.Errorf("%s does not say %q after %s: %w\n%s", strings.Join(args, " "), text, within, err, reply)
		}
	}
}
