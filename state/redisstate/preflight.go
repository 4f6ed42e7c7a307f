package redisstate

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// oldest is the first version of Redis with all that the scripts need (ZADD LT).
const oldest = "6.2"

// Preflight reads what the server says about itself and answers a warning for each thing that makes ifsev promise
// less than it could; an error says what makes it unfit, and what to change. On a cluster every master is asked. It
// needs INFO alone: where CONFIG is not allowed, the warnings say what could not be read.
func (s *Store) Preflight(ctx context.Context) ([]string, error) {
	var found []server
	err := s.do(ctx, "INFO", func(ctx context.Context) error {
		found = nil
		c, ok := s.client.(*redis.ClusterClient)
		if !ok {
			one, err := inspect(ctx, s.client)
			found = append(found, one)
			return err
		}
		var mu sync.Mutex
		return c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
			one, err := inspect(ctx, node)
			one.name = node.Options().Addr
			mu.Lock()
			defer mu.Unlock()
			found = append(found, one)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return judgeAll(found)
}

func judgeAll(found []server) ([]string, error) {
	var warnings []string
	for _, srv := range found {
		if err := srv.unfit(); err != nil {
			return nil, err
		}
		warnings = append(warnings, srv.warnings()...)
	}
	return warnings, nil
}

// A server is what one Redis says about itself.
type server struct {
	name string // its address in a cluster, else empty
	info map[string]string
	// fsync is how often the append-only file is synced; empty if that cannot be read.
	fsync string
}

func inspect(ctx context.Context, c redis.UniversalClient) (server, error) {
	text, err := c.Info(ctx).Result()
	if err != nil {
		return server{}, err
	}
	srv := server{info: parseInfo(text)}
	if srv.info["aof_enabled"] == "1" {
		// Managed servers refuse CONFIG, which is no error here: the warning says so.
		srv.fsync = c.ConfigGet(ctx, "appendfsync").Val()["appendfsync"]
	}
	return srv, nil
}

func parseInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info
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
func (s server) unfit() error {
	version := s.info["redis_version"]
	if version != "" && older(version, oldest) {
		return fmt.Errorf("%s is version %s: ifsev needs %s or newer", s.where(), version, oldest)
	}
	if policy := s.info["maxmemory_policy"]; policy != "" && policy != "noeviction" {
		return fmt.Errorf("%s may throw away keys (maxmemory-policy %s), and with them incidents and pages: set it to noeviction (redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf)", s.where(), policy)
	}
	if s.info["role"] == "slave" {
		return fmt.Errorf("%s is a replica of %s:%s and takes no writes: give ifsev the address of the master, or redis+sentinel://…", s.where(), s.info["master_host"], s.info["master_port"])
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

// warnings says what the server's configuration takes away from the promises.
func (s server) warnings() []string {
	var out []string
	warn := func(format string, args ...any) { out = append(out, s.where()+" "+fmt.Sprintf(format, args...)) }
	switch {
	case s.info["aof_enabled"] != "1":
		warn("keeps no append-only file: when it stops, incidents, pages and deadlines since its last snapshot are lost; set appendonly yes and appendfsync always")
	case s.info["aof_last_write_status"] == "err":
		warn("could not write its append-only file the last time: what is accepted now may be lost when it stops; look at its disk")
	case s.fsync == "":
		warn("does not say how often it syncs its append-only file: unless that is appendfsync always, a power loss loses about the last second")
	case s.fsync != "always":
		warn("syncs its append-only file with appendfsync %s: a power loss of its host loses %s of accepted events; appendfsync always loses none", s.fsync, lossOf(s.fsync))
	}
	if s.number("connected_slaves") == 0 {
		warn("has no replica: while it is down nothing is accepted and nothing is delivered, and what it had is delayed until it is back")
	} else {
		warn("copies to its replicas after it has answered: when it is lost and a replica takes over, up to some seconds of accepted events may be missing")
	}
	used, limit := s.number("used_memory"), s.number("maxmemory")
	switch {
	case limit == 0:
		warn("has no maxmemory: when the host runs out of memory, the whole server is killed instead of new events being refused; set maxmemory")
	case used*10 > limit*7:
		warn("has used %d %% of its maxmemory: when it is full, new events are refused; raise maxmemory", used*100/limit)
	}
	return out
}

func lossOf(fsync string) string {
	if fsync == "everysec" {
		return "up to about the last second"
	}
	return "up to the last half minute"
}
