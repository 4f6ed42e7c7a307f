package redisstate

import (
	"maps"
	"strings"
	"sync"
	"time"
)

// copyHold is how long a replica is waited for after it was last seen: long enough for a master that is no longer one to
// find out, or to be told. Until then the replica may be the new master, and what it has not got would be lost.
const copyHold = 20 * time.Second

// copies remembers which replicas each master has had of late. Which of them becomes the next master is not for us to
// know, so a write counts once all of them have it.
//
// A master is known by its replication ID, which another one does not have: after a failover it is begun anew.
type copies struct {
	mu      sync.Mutex
	masters map[string]map[string]time.Time // by replication ID and address, when it was last seen
	last    map[string]string               // by node, the replication ID that it had last
}

// expected is how many replicas to wait for on a node, before its answer says what master it is. The masters of a cluster
// have not all as many, and to wait for one too many is to wait until the time is over.
func (c *copies) expected(node string, now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(1, c.fresh(c.last[node], now))
}

// seen takes in what a node's INFO says about replication, and answers how many replicas must have a write of this
// master.
func (c *copies) seen(node, info string, now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	fields := parseInfo(info)
	id := fields["master_replid"]
	if c.masters == nil {
		c.masters, c.last = map[string]map[string]time.Time{}, map[string]string{}
	}
	if c.masters[id] == nil {
		c.masters[id] = map[string]time.Time{}
	}
	c.last[node] = id
	for name, value := range fields {
		if addr, online := onlineReplica(name, value); online {
			c.masters[id][addr] = now
		}
	}
	for other := range c.masters {
		if n := c.fresh(other, now); n == 0 && other != id {
			delete(c.masters, other)
		}
	}
	maps.DeleteFunc(c.last, func(_, id string) bool { return c.masters[id] == nil })
	return max(1, c.fresh(id, now))
}

// fresh counts the replicas of a master that were seen of late, and forgets the others.
func (c *copies) fresh(id string, now time.Time) int {
	for addr, at := range c.masters[id] {
		if now.Sub(at) > copyHold {
			delete(c.masters[id], addr)
		}
	}
	return len(c.masters[id])
}

// onlineReplica reads a line such as slave0:ip=10.0.0.7,port=6379,state=online,offset=42,lag=0.
func onlineReplica(name, value string) (addr string, online bool) {
	if !strings.HasPrefix(name, "slave") || !strings.HasPrefix(value, "ip=") {
		return "", false
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(value, ",") {
		key, v, _ := strings.Cut(part, "=")
		parts[key] = v
	}
	return parts["ip"] + ":" + parts["port"], parts["state"] == "online"
}
