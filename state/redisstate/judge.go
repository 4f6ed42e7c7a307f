package redisstate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev/state"
)

const (
	// oldest is the first version of Redis with all that the scripts need (ZADD LT).
	oldest = "6.2"
	// waitsForDisk is the first with WAITAOF.
	waitsForDisk = "7.2"
)

// judgeAll answers what there is to say of all servers, in order of their names, and why the first that is unfit is;
// whole is CLUSTER INFO, if it is one.
func judgeAll(found []server, whole map[string]string, d Durability) (findings []state.Finding, unfit error) {
	slices.SortFunc(found, func(a, b server) int { return cmp.Compare(a.name, b.name) })
	findings = clusterFindings(whole)
	for _, srv := range found {
		unfit = firstOf(unfit, srv.unfit(d))
		findings = append(findings, srv.findings(d)...)
	}
	return findings, unfit
}

// clusterFindings says which part of a cluster nobody serves.
func clusterFindings(whole map[string]string) []state.Finding {
	const slots = 16384
	n := func(name string) int { v, _ := strconv.Atoi(whole[name]); return v } // what is not there is 0
	switch {
	case whole == nil:
	case n("cluster_slots_assigned") < slots:
		return []state.Finding{{Kind: state.FindingCluster, Key: "coverage", Text: fmt.Sprintf(
			"the Redis cluster serves %d of its %d slots: what belongs to the others is not accepted; give them to a node (redis-cli --cluster fix)", n("cluster_slots_assigned"), slots)}}
	case n("cluster_slots_fail") > 0 || whole["cluster_state"] != "ok":
		return []state.Finding{{Kind: state.FindingCluster, Key: "state", Text: fmt.Sprintf(
			"the Redis cluster is in state %s, %d slots have lost their node: what belongs to them is not accepted until a replica takes over or the node is back", whole["cluster_state"], n("cluster_slots_fail"))}}
	}
	return nil
}

func (s server) number(name string) int64 {
	n, _ := strconv.ParseInt(s.info[name], 10, 64) // what is not there is 0
	return n
}

// where names the server in a sentence.
func (s server) where() string {
	if s.name == "" {
		return "the Redis server"
	}
	return "the Redis server " + s.name
}

// unfit says why the server cannot keep ifsev's state at all.
func (s server) unfit(d Durability) error {
	version := s.info["redis_version"]
	switch policy := s.info["maxmemory_policy"]; {
	case s.info["redis_mode"] == "sentinel":
		return errors.New(aSentinel)
	case version != "" && older(version, oldest):
		return fmt.Errorf("%s is version %s: ifsev needs %s or newer", s.where(), version, oldest)
	case policy != "" && policy != "noeviction":
		return fmt.Errorf("%s may throw away keys (maxmemory-policy %s), and with them incidents and pages: set it to noeviction (redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf)", s.where(), policy)
	case s.info["role"] == "slave":
		return fmt.Errorf("%s is a replica of %s:%s and takes no writes: give ifsev the address of the master, or redis+sentinel://…", s.where(), s.info["master_host"], s.info["master_port"])
	case d == Disk && version != "" && older(version, waitsForDisk):
		return fmt.Errorf("%s is version %s and cannot say what is on its disk (WAITAOF): durability: disk needs %s or newer; with durability: local and appendfsync always nothing accepted is lost either", s.where(), version, waitsForDisk)
	case d == Disk && s.info["aof_enabled"] == "0":
		return fmt.Errorf("%s keeps no append-only file, which durability: disk waits for: set appendonly yes", s.where())
	}
	return nil
}

// older compares versions such as 6.0.16 and 6.2, number by number.
func older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range bs {
		if i == len(as) {
			return true
		}
		an, _ := strconv.Atoi(as[i]) // a part that is no number counts as 0
		bn, _ := strconv.Atoi(bs[i])
		if c := cmp.Compare(an, bn); c != 0 {
			return c < 0
		}
	}
	return false
}

// findings says what the server's configuration takes away from the promises.
func (s server) findings(d Durability) []state.Finding {
	var out []state.Finding
	for _, look := range []func(Durability) (kind state.FindingKind, key, text string){s.persistence, s.copies, s.guard, s.memory} {
		if kind, key, text := look(d); key != "" {
			out = append(out, state.Finding{Kind: kind, Key: strings.TrimSpace(s.name + " " + key), Text: s.where() + " " + text})
		}
	}
	return out
}

func (s server) persistence(d Durability) (kind state.FindingKind, key, text string) {
	kind = state.FindingPersistence
	switch {
	case s.info["aof_enabled"] != "1":
		return kind, "no aof", "keeps no append-only file: when it stops, incidents, pages and deadlines since its last snapshot are lost; set appendonly yes and appendfsync always"
	case s.info["aof_last_write_status"] == "err":
		return kind, "aof err", "could not write its append-only file the last time: what is accepted now may be lost when it stops; look at its disk"
	case d == Disk && s.fsync == "everysec":
		return kind, "fsync late", "syncs its append-only file once a second (appendfsync everysec): with durability: disk each acceptance waits for that, and what comes next about the same incident waits behind it; set appendfsync always"
	case d == Disk && s.fsync == "no":
		return kind, "fsync never", "leaves the syncing of its append-only file to the system (appendfsync no): durability: disk accepts nothing that is not synced; set appendfsync always"
	case d == Disk: // each write is waited for
		return kind, "", ""
	case s.fsync == "":
		return kind, "fsync?", "does not say how often it syncs its append-only file: unless that is appendfsync always, a power loss loses about the last second"
	case s.fsync != "always":
		return kind, "fsync", fmt.Sprintf("syncs its append-only file with appendfsync %s: a power loss of its host loses %s of accepted events; appendfsync always loses none", s.fsync, lossOf(s.fsync))
	}
	return kind, "", ""
}

func lossOf(fsync string) string {
	if fsync == "everysec" {
		return "up to about the last second"
	}
	return "up to the last half minute"
}

func (s server) copies(d Durability) (kind state.FindingKind, key, text string) {
	kind = state.FindingReplicas
	switch n := s.number("connected_slaves"); {
	case s.info["role"] == "slave": // it is unfit for that
	case n == 0 && d == Replicated:
		return kind, "none", "has no replica, and durability: replicated accepts nothing that no replica has: connect one, or set durability: local"
	case n == 0:
		return kind, "none", "has no replica: while it is down nothing is accepted and nothing is delivered, and what it had is delayed until it is back"
	case n == 1 && d == Replicated:
		return kind, "one", "has one replica: while that is away nothing is accepted (durability: replicated); with a second it goes on within 20 seconds"
	case d == Local:
		return kind, "late", "copies to its replicas after it has answered: when it is lost and a replica takes over, up to some seconds of accepted events may be missing; durability: replicated waits for a replica"
	}
	return kind, "", ""
}

// guard is about min-replicas-to-write, which makes a server refuse writes by itself.
func (s server) guard(Durability) (kind state.FindingKind, key, text string) {
	need, _ := strconv.ParseInt(s.atLeast, 10, 64) // what cannot be read is 0
	good := s.number("connected_slaves")
	if text, ok := s.info["min_slaves_good_slaves"]; ok {
		good, _ = strconv.ParseInt(text, 10, 64)
	}
	if need > good {
		return state.FindingReplicas, "min", fmt.Sprintf("takes no writes: min-replicas-to-write is %d, and %d replicas are up to date", need, good)
	}
	return state.FindingReplicas, "", ""
}

func (s server) memory(Durability) (kind state.FindingKind, key, text string) {
	kind = state.FindingMemory
	used, limit := s.number("used_memory"), s.number("maxmemory")
	switch {
	case limit == 0:
		return kind, "no limit", "has no maxmemory: when the host runs out of memory, the whole server is killed instead of new events being refused; set maxmemory"
	case used*10 > limit*7:
		return kind, "full", fmt.Sprintf("has used %d %% of its maxmemory: when it is full, new events are refused; raise maxmemory", used*100/limit)
	}
	return kind, "", ""
}
