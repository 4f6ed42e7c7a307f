package faults

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/e2e/stage"
	"github.com/ifsev/ifsev/internal/redistest"
)

func onCluster(t *testing.T) (*cluster, *run) {
	c := startCluster(t)
	r := newRun(t, c.url(), 2)
	r.loseMasters()
	time.Sleep(time.Second)
	return c, r
}

// clusterAsked has a replica take its master's place, and the master take it back.
func clusterAsked(t *testing.T) (tally, string) {
	c, r := onCluster(t)
	for _, next := range []*redistest.Server{c.replicas[0], c.masters[0], c.replicas[0]} {
		failOver(t, next)
		time.Sleep(2 * time.Second)
	}
	r.flow()
	return r.settle(), "three times"
}

// failOver asks until it is done: a cluster gives up one that takes it too long.
func failOver(t *testing.T, next *redistest.Server) {
	t.Helper()
	var asked time.Time
	stage.Eventually(t, time.Minute, "a failover that was asked for", func() error {
		if time.Since(asked) > 6*time.Second {
			_, _ = next.Try("CLUSTER", "FAILOVER")
			asked = time.Now()
		}
		info, err := next.Try("INFO", "replication")
		if err == nil && !strings.Contains(info, "role:master") {
			err = errors.New("it is a replica still")
		}
		return err
	})
}

func clusterKilled(t *testing.T) (tally, string) {
	c, r := onCluster(t)
	killed := time.Now()
	c.masters[0].Kill9()
	c.heir(t)
	says(t, c.masters[1], "cluster_state:ok", "CLUSTER", "INFO")
	gone := time.Since(killed)
	r.flow()
	c.masters[0].Restart()
	says(t, c.masters[0], "master_link_status:up", "INFO", "replication")
	r.flow()
	return r.settle(), fmt.Sprintf("node timeout %s; %s of the gap are the cluster's own", nodeTimeout, brief(gone))
}

func clusterFrozen(t *testing.T) (tally, string) {
	c, r := onCluster(t)
	c.masters[0].Freeze()
	time.Sleep(10 * time.Second)
	c.heir(t)
	c.masters[0].Thaw()
	says(t, c.masters[0], "master_link_status:up", "INFO", "replication")
	r.flow()
	return r.settle(), "node timeout " + nodeTimeout.String()
}

// clusterResharded moves the slots of partitions to another master, one by one, while they are written to: of every
// other partition, or of every eighth in the shorter set.
func clusterResharded(t *testing.T) (tally, string) {
	c, r := onCluster(t)
	moved, each := 0, 8
	if full() {
		each = 2
	}
	for p := 0; p < 64; p += each {
		tag := "{p" + strconv.Itoa(p) + "}"
		from := ownerOf(t, c, tag)
		move := redistest.Begin(c.masters, c.masters[from], c.masters[(from+1)%3], tag)
		for move.Key() > 0 {
		}
		move.End()
		moved++
	}
	r.flow()
	return r.settle(), strconv.Itoa(moved) + " partitions moved"
}

// ownerOf answers which master holds a key's slot.
func ownerOf(t *testing.T, c *cluster, key string) int {
	t.Helper()
	for i, m := range c.masters {
		if _, err := m.Try("EXISTS", key); err == nil {
			return i
		} else if !strings.HasPrefix(err.Error(), "MOVED") {
			t.Fatal(err)
		}
	}
	t.Fatalf("nobody holds %s", key)
	return 0
}
