package redistest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// StartReplica starts a server that copies the master, and waits until the copy is up to date.
func StartReplica(t testing.TB, of *Server, opts ...Option) *Server {
	t.Helper()
	r := Start(t, append(opts, Config("repl-diskless-sync-delay", "0"))...)
	if strings.Contains(r.Do("INFO", "cluster"), "cluster_enabled:1") {
		r.Do("CLUSTER", "MEET", "127.0.0.1", strconv.Itoa(of.Port()))
		id := of.Do("CLUSTER", "MYID")
		r.wait(id, "CLUSTER", "NODES")
		r.wait("OK", "CLUSTER", "REPLICATE", id)
	} else {
		r.Do("REPLICAOF", "127.0.0.1", strconv.Itoa(of.Port()))
	}
	r.wait("master_link_status:up", "INFO", "replication")
	of.wait("state=online", "INFO", "replication")
	return r
}

// StartReplicatedCluster starts a cluster of so many masters with one replica each: the masters, then the replicas in the
// same order.
func StartReplicatedCluster(t testing.TB, masters int, opts ...Option) (nodes, replicas []*Server) {
	t.Helper()
	opts = append(opts, Config("repl-diskless-sync-delay", "0"))
	nodes = StartCluster(t, masters, opts...)
	for _, n := range nodes {
		replicas = append(replicas, StartReplica(t, n, append(opts, Config("cluster-enabled", "yes", "cluster-node-timeout", "2000"))...))
	}
	for _, n := range nodes {
		n.wait(fmt.Sprint("cluster_known_nodes:", 2*masters), "CLUSTER", "INFO")
		n.wait("cluster_state:ok", "CLUSTER", "INFO")
	}
	return nodes, replicas
}

// Failover makes a replica of a cluster the master, as an operator may ask for, and waits until the former master is its
// replica. A replica gives up after five seconds what it could not get votes for, as on a busy machine: it is asked again.
func Failover(master, replica *Server) {
	master.t.Helper()
	for asked := false; ; asked = true {
		replica.wait("OK", "CLUSTER", "FAILOVER") // it may not have heard of its master yet
		if replica.says(6*time.Second, "role:master", "INFO", "replication") == nil {
			break
		}
		if asked {
			replica.t.Fatalf("the replica at %s did not take over", replica.Addr())
		}
	}
	master.wait("role:slave", "INFO", "replication")
}

// A Move is a slot on its way from one node of a cluster to another, step by step as an operator's tool does it.
type Move struct {
	from, to *Server
	nodes    []*Server
	slot     string
}

// Begin says on both nodes that the slot of the key moves.
func Begin(nodes []*Server, from, to *Server, key string) *Move {
	m := &Move{from: from, to: to, nodes: nodes, slot: from.Do("CLUSTER", "KEYSLOT", key)}
	to.Do("CLUSTER", "SETSLOT", m.slot, "IMPORTING", from.Do("CLUSTER", "MYID"))
	from.Do("CLUSTER", "SETSLOT", m.slot, "MIGRATING", to.Do("CLUSTER", "MYID"))
	return m
}

// Key moves one key of the slot and answers how many are left.
func (m *Move) Key() int {
	m.from.t.Helper()
	if key := m.from.Do("CLUSTER", "GETKEYSINSLOT", m.slot, "1"); key != "" {
		m.from.Do("MIGRATE", "127.0.0.1", strconv.Itoa(m.to.Port()), key, "0", "5000")
	}
	left, err := strconv.Atoi(m.from.Do("CLUSTER", "COUNTKEYSINSLOT", m.slot))
	if err != nil {
		m.from.t.Fatal(err)
	}
	return left
}

// End gives the slot to the new node, which must have all its keys.
func (m *Move) End() {
	id := m.to.Do("CLUSTER", "MYID")
	m.to.Do("CLUSTER", "SETSLOT", m.slot, "NODE", id)
	for _, n := range m.nodes {
		n.Do("CLUSTER", "SETSLOT", m.slot, "NODE", id)
	}
}
