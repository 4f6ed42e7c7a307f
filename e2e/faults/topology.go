package faults

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/e2e/stage"
	"github.com/ifsev/ifsev/internal/redistest"
)

// nodeTimeout is how long a node of a cluster may be silent before the others hold it for dead.
const nodeTimeout = 3 * time.Second

// cluster is three masters, each with a replica, the first with one more: when it dies, the one that takes its place
// still has a replica, which durability: replicated waits for.
type cluster struct {
	masters, replicas []*redistest.Server
	spare             *redistest.Server
}

func startCluster(t testing.TB) *cluster {
	t.Helper()
	c := &cluster{}
	c.masters, c.replicas = redistest.StartReplicatedCluster(t, 3, redistest.AOF("everysec"))
	c.spare = redistest.StartReplica(t, c.masters[0], redistest.AOF("everysec"), redistest.Config("cluster-enabled", "yes"))
	for _, n := range c.nodes() {
		n.Do("CONFIG", "SET", "cluster-node-timeout", strconv.FormatInt(nodeTimeout.Milliseconds(), 10))
		n.Do("CONFIG", "SET", "cluster-allow-replica-migration", "no")
		says(t, n, "cluster_known_nodes:7", "CLUSTER", "INFO")
	}
	return c
}

func (c *cluster) nodes() []*redistest.Server {
	return append(append(c.masters[:len(c.masters):len(c.masters)], c.replicas...), c.spare)
}

func (c *cluster) url() string {
	var all []string
	for _, m := range c.masters {
		all = append(all, m.Addr())
	}
	return "redis+cluster://" + strings.Join(all, ",")
}

// heir waits until one of the first master's replicas has taken its place.
func (c *cluster) heir(t testing.TB) {
	t.Helper()
	stage.Eventually(t, time.Minute, "another master", func() error {
		for _, s := range []*redistest.Server{c.replicas[0], c.spare} {
			if role, err := s.Try("ROLE"); err == nil && strings.HasPrefix(role, "master") {
				return nil
			}
		}
		return fmt.Errorf("both are replicas")
	})
}

// says waits until a server's reply holds the text.
func says(t testing.TB, s *redistest.Server, text string, args ...string) {
	t.Helper()
	stage.Eventually(t, time.Minute, strings.Join(args, " ")+" saying "+text, func() error {
		reply, err := s.Try(args...)
		if err == nil && !strings.Contains(reply, text) {
			err = fmt.Errorf("%s", reply)
		}
		return err
	})
}
