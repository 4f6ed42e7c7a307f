package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/redistest"

	"github.com/ifsev/ifsev/e2e/stage"
)

// number reads an environment variable.
func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// killInTurn kills daemons with -9, one after the other, at random instants.
func (r *run) killInTurn() string {
	kills := number("IFSEV_KILLS", 50)
	for i := range kills {
		time.Sleep(time.Duration(100+rand.IntN(300)) * time.Millisecond)
		victim := r.daemons[i%len(r.daemons)]
		victim.Kill()
		victim.Restart(r)
	}
	return fmt.Sprint(kills, " kills")
}

func embeddedKilled(t *testing.T) (tally, string) {
	r := newRun(t, "", 1)
	r.load()
	note := r.killInTurn()
	return r.settle(), note + " of the process; a machine that loses power is not tried"
}

func replicasKilled(t *testing.T) (tally, string) {
	r := newRun(t, redistest.Start(t, redistest.AOF("always")).URL(), 3)
	r.load()
	note := r.killInTurn()
	return r.settle(), note
}

func redisKilled(t *testing.T) (tally, string) {
	redis := redistest.Start(t, redistest.AOF("always"))
	r := newRun(t, redis.URL(), 2)
	r.load()
	kills := 3
	if full() {
		kills = number("IFSEV_KILLS", 50)
	}
	for range kills {
		time.Sleep(time.Duration(300+rand.IntN(500)) * time.Millisecond)
		redis.Kill9()
		time.Sleep(time.Duration(rand.IntN(500)) * time.Millisecond)
		redis.Restart()
		r.flow()
	}
	return r.settle(), fmt.Sprint(kills, " kills")
}

func scriptsFlushed(t *testing.T) (tally, string) {
	redis := redistest.Start(t, redistest.AOF("everysec"))
	r := newRun(t, redis.URL(), 2)
	r.load()
	for range 100 {
		time.Sleep(40 * time.Millisecond)
		redis.Do("SCRIPT", "FLUSH")
	}
	return r.settle(), "100 times"
}

func redisFrozen(t *testing.T) (tally, string) {
	redis := redistest.Start(t, redistest.AOF("everysec"))
	r := newRun(t, redis.URL(), 2)
	r.load()
	for range 2 {
		time.Sleep(time.Second)
		redis.Freeze()
		time.Sleep(5 * time.Second)
		redis.Thaw()
		r.flow()
	}
	return r.settle(), "twice for 5 s"
}

func memoryFull(t *testing.T) (tally, string) {
	redis := redistest.Start(t, redistest.AOF("everysec"), redistest.MaxMemory(0, "noeviction"))
	r := newRun(t, redis.URL(), 2)
	r.load()
	for range 2 {
		time.Sleep(time.Second)
		redis.Do("CONFIG", "SET", "maxmemory", "1")
		time.Sleep(2 * time.Second)
		redis.Do("CONFIG", "SET", "maxmemory", "0")
		r.flow()
	}
	c := r.settle()
	if r.senders.answers[503]+r.senders.answers[429] == 0 {
		t.Error("nobody was refused: it was never full")
	}
	return c, "twice for 2 s"
}

// badNetwork gives each daemon its own way to Redis and makes each worse in turn, then both at once.
func badNetwork(t *testing.T) (tally, string) {
	redis := redistest.Start(t, redistest.AOF("everysec"))
	r := newRun(t, "", 0)
	var ways []*proxy
	for range 2 {
		p := newProxy(t, redis.Addr())
		ways = append(ways, p)
		r.daemon(stage.Setup{Store: "redis://" + p.addr() + "/0"})
	}
	r.load()
	for _, hit := range [][]*proxy{ways[:1], ways[1:], ways} {
		for _, w := range []weather{{delay: 30 * time.Millisecond}, {perSec: 20_000}, {halfOpen: true}, {refuse: true}} {
			for _, p := range hit {
				p.set(w)
				if w.refuse {
					p.reset()
				}
			}
			time.Sleep(1500 * time.Millisecond)
		}
		for _, p := range hit {
			p.set(weather{})
		}
		for range 5 {
			time.Sleep(100 * time.Millisecond)
			for _, p := range hit {
				p.reset()
			}
		}
		r.flow()
	}
	return r.settle(), "slow, throttled, half open, refused, cut"
}

// sentinel starts daemons on a master that Sentinel names, with one replica or more. When one takes the master's place,
// another is what durability: replicated waits for until the old master follows the new one.
func sentinel(t *testing.T, replicas int) (*redistest.Sentinel, *run) {
	s := redistest.StartSentinel(t, redistest.AOF("everysec"))
	s.Watcher.Do("SENTINEL", "SET", s.Master, "down-after-milliseconds", "2000") // the machine may be busy
	for range replicas - 1 {
		redistest.StartReplica(t, s.Nodes[0], redistest.AOF("everysec"))
	}
	_, _ = s.Watcher.Try("SENTINEL", "DEBUG", "info-period", "1000") // it takes no replica with older news than three of these
	says(t, s.Watcher, "num-slaves\n"+strconv.Itoa(replicas), "SENTINEL", "MASTER", s.Master)
	r := newRun(t, s.URL(), 2)
	r.loseMasters()
	time.Sleep(time.Second)
	return s, r
}

// anotherThan is nil once Sentinel names another master than the one on the port.
func anotherThan(s *redistest.Sentinel, port string) error {
	named, err := s.Watcher.Try("SENTINEL", "GET-MASTER-ADDR-BY-NAME", s.Master)
	if err == nil && strings.HasSuffix(named, port) {
		err = fmt.Errorf("it is %s still", named)
	}
	return err
}

func sentinelAsked(t *testing.T) (tally, string) { return askSentinel(t, 1) }

// sentinelAskedOfTwo: Sentinel makes one replica the master before the old master knows. Until it does, it accepts what
// the other replica has too, and both drop it when they follow the new one.
func sentinelAskedOfTwo(t *testing.T) (tally, string) { return askSentinel(t, 2) }

func askSentinel(t *testing.T, replicas int) (tally, string) {
	s, r := sentinel(t, replicas)
	old := strconv.Itoa(s.Nodes[0].Port())
	stage.Eventually(t, time.Minute, "another master", func() error {
		// Asked again, it says that it is at it; or it begins anew, having found no replica it had news of.
		_, _ = s.Watcher.Try("SENTINEL", "FAILOVER", s.Master)
		return anotherThan(s, old)
	})
	says(t, s.Nodes[0], "master_link_status:up", "INFO", "replication")
	r.flow()
	return r.settle(), fmt.Sprint("replicas: ", replicas)
}

// The master that is killed comes back once Sentinel has named the other; before, it would come back as the master.
func sentinelKilled(t *testing.T) (tally, string) {
	s, r := sentinel(t, 2)
	s.Nodes[0].Kill9()
	old := strconv.Itoa(s.Nodes[0].Port())
	stage.Eventually(t, time.Minute, "another master", func() error { return anotherThan(s, old) })
	s.Nodes[0].Restart()
	says(t, s.Nodes[0], "master_link_status:up", "INFO", "replication")
	r.flow()
	return r.settle(), "down after 2 s"
}
