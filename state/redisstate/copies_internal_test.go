package redisstate

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func replication(id string, online ...int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Replication\r\nrole:master\r\nconnected_slaves:%d\r\nmaster_replid:%s\r\n", len(online), id)
	for i, port := range online {
		fmt.Fprintf(&b, "slave%d:ip=10.0.0.1,port=%d,state=online,offset=14,lag=0\r\n", i, port)
	}
	return b.String()
}

func TestCopiesToWaitFor(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := &copies{}
	want := func(after time.Duration, info string, n int) {
		t.Helper()
		if got := c.seen("node", info, start.Add(after)); got != n {
			t.Errorf("after %v: %d, want %d", after, got, n)
		}
		if got := c.expected("node", start.Add(after)); got != n {
			t.Errorf("after %v: %d expected, want %d", after, got, n)
		}
	}
	if n := c.expected("node", start); n != 1 {
		t.Errorf("%d before anything is known", n)
	}
	want(0, replication("a"), 1)
	want(0, replication("a", 1), 1)
	want(time.Second, replication("a", 1, 2), 2)
	want(2*time.Second, replication("a", 2), 2)                                                 // 1 may be the master now
	want(3*time.Second, replication("b", 2), 1)                                                 // it is, and it is another
	want(4*time.Second, replication("a", 2), 2)                                                 // the old one still has to have two
	want(4*time.Second, strings.Replace(replication("b", 2, 3), "online", "wait_bgsave", 1), 2) // 2 was seen; 3 is there
	want(time.Second+copyHold+time.Millisecond, replication("a", 2), 1)                         // it is gone for good
	want(time.Hour, replication("c", 4), 1)
	if len(c.masters) != 1 || len(c.last) != 1 {
		t.Errorf("%d masters are remembered, of %d nodes", len(c.masters), len(c.last))
	}
}

// The masters of a cluster take turns, and each is waited for with as many replicas as it has itself.
func TestCopiesToWaitForOnEachNode(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := &copies{}
	c.seen("one", replication("a", 1, 2), now)
	c.seen("two", replication("b", 3), now)
	c.seen("one", replication("a", 1, 2), now)
	for node, want := range map[string]int{"one": 2, "two": 1, "a new one": 1} {
		if got := c.expected(node, now); got != want {
			t.Errorf("%s: %d expected, want %d", node, got, want)
		}
	}
	if c.seen("two", replication("d", 1), now.Add(time.Hour)); len(c.last) != 1 {
		t.Errorf("%d nodes are remembered, want those of masters that are", len(c.last))
	}
}
