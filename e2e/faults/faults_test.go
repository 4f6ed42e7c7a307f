package faults

import (
	"os"
	"testing"

	"github.com/ifsev/ifsev/e2e/stage"
)

func TestMain(m *testing.M) { os.Exit(stage.Main(m, "../../cmd/ifsev")) }

// A scenario is one fault under load.
type scenario struct {
	name  string
	fault string // the promise it shows
	short bool   // it belongs to the shorter set, which CI runs
	run   func(t *testing.T) (tally, string)
}

func scenarios() []scenario {
	return []scenario{
		{"embedded, daemon killed", "power loss: embedded, or Redis with AOF always", false, embeddedKilled},
		{"three replicas on Redis, killed in turn", "daemon killed, deployed, out of memory", false, replicasKilled},
		{"Redis killed, AOF always", "Redis process killed (AOF)", true, redisKilled},
		{"scripts flushed", "Redis process killed (AOF)", true, scriptsFlushed},
		{"Redis frozen", "network slow, half open, cut", false, redisFrozen},
		{"memory full, noeviction", "store full", true, memoryFull},
		{"bad network to Redis", "network slow, half open, cut", true, badNetwork},
		{"Sentinel, asked to fail over", "master lost or cut off, `replicated`", false, sentinelAsked},
		{"Sentinel, asked to fail over to one of two replicas", "master lost or cut off, `replicated`", false, sentinelAskedOfTwo},
		{"Sentinel, master killed", "master lost or cut off, `replicated`", true, sentinelKilled},
		{"cluster, asked to fail over", "master lost or cut off, `replicated`", false, clusterAsked},
		{"cluster, master killed", "master lost or cut off, `replicated`", true, clusterKilled},
		{"cluster, master frozen 10 s", "master lost or cut off, `replicated`", false, clusterFrozen},
		{"cluster, master cut off with its clients 10 s", "master lost or cut off, `replicated`", false, clusterCutOff},
		{"cluster, master cut off with its clients and a replica 10 s", "master lost or cut off, `replicated`", false, clusterCutOffWithReplica},
		{"cluster, slots moved", "master lost or cut off, `replicated`", true, clusterResharded},
		{"a clock 90 s ahead, another 90 s behind", "clock of one replica wrong", false, clocksWrong},
		{"one receiver hangs", "receiver down", true, receiverHangs},
		{"answers of the receiver lost", "receiver did it, answer lost", true, answersLost},
		{"rules that fail", "bad rule, template error", true, rulesBroken},
		{"many wakes waiting, embedded", "timers", false, wakesEmbedded},
		{"many wakes waiting, Redis", "timers", false, wakesRedis},
	}
}

// full reports whether all of it was asked for, as make faults does, rather than the shorter set.
func full() bool { return os.Getenv("IFSEV_FAULTS") == "full" }

func TestFaults(t *testing.T) {
	stage.Binary(t)
	var all []result
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			if !s.short && !full() {
				t.Skip("make faults runs it")
			}
			r := result{fault: s.fault, name: s.name}
			defer func() {
				if !t.Skipped() {
					r.ok = !t.Failed() && r.tally.kept() == nil
					all = append(all, r)
				}
			}()
			r.tally, r.note = s.run(t)
		})
	}
	if full() {
		printTable(os.Stdout, all)
	}
}
