package redisstate

import (
	"slices"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/state"
)

// fine is a server that everything is promised with.
func fine() server {
	return server{fsync: "always", info: map[string]string{
		"redis_version": "7.4.1", "maxmemory_policy": "noeviction", "maxmemory": "1000000", "used_memory": "500000",
		"role": "master", "aof_enabled": "1", "aof_last_write_status": "ok", "connected_slaves": "0",
	}}
}

// with changes what a server says: name, value, name, value; fsync is set under the name fsync, and min-replicas-to-write under
// atLeast.
func with(changes ...string) server {
	s := fine()
	for i := 0; i < len(changes); i += 2 {
		switch changes[i] {
		case "fsync":
			s.fsync = changes[i+1]
		case "atLeast":
			s.atLeast = changes[i+1]
		}
		s.info[changes[i]] = changes[i+1]
	}
	return s
}

func TestUnfit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		srv  server
		d    Durability
		want []string // words of the error; none if it is fit
	}{
		"as it should be":    {fine(), Local, nil},
		"no INFO fields":     {server{}, Disk, nil},
		"6.2 is enough":      {with("redis_version", "6.2.0"), Replicated, nil},
		"10 is newer than 6": {with("redis_version", "10.0"), Local, nil},
		"too old":            {with("redis_version", "6.0.16"), Local, []string{"6.0.16", "6.2 or newer"}},
		"a major too old":    {with("redis_version", "5"), Local, []string{"version 5"}},
		"evicts":             {with("maxmemory_policy", "allkeys-lru"), Local, []string{"allkeys-lru", "CONFIG SET maxmemory-policy noeviction"}},
		"evicts what expires": {with("maxmemory_policy", "volatile-ttl", "maxmemory", "0"), Local,
			[]string{"volatile-ttl", "noeviction"}},
		"a replica": {with("role", "slave", "master_host", "10.0.0.1", "master_port", "6379"), Local, []string{"10.0.0.1:6379", "master"}},
		"one of a cluster": {server{name: "10.0.0.2:7000", info: map[string]string{"redis_version": "4.0"}}, Local,
			[]string{"10.0.0.2:7000"}},
		"waits for the disk":      {fine(), Disk, nil},
		"cannot wait for a disk":  {with("redis_version", "7.0.15"), Disk, []string{"7.0.15", "WAITAOF", "7.2", "durability: local"}},
		"has no disk to wait for": {with("aof_enabled", "0"), Disk, []string{"appendonly yes"}},
	} {
		err := c.srv.unfit(c.d)
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, word := range c.want {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v, want it to say %q", name, err, word)
			}
		}
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	const none = "replicas none"
	for name, c := range map[string]struct {
		srv  server
		d    Durability
		want []string // kind and key of each, in order
	}{
		"as it should be": {fine(), Local, []string{none}},
		"no AOF":          {with("aof_enabled", "0"), Local, []string{"persistence no aof", none}},
		"AOF cannot be written": {with("aof_last_write_status", "err"), Local,
			[]string{"persistence aof err", none}},
		"everysec":                  {with("fsync", "everysec"), Local, []string{"persistence fsync", none}},
		"fsync no":                  {with("fsync", "no"), Local, []string{"persistence fsync", none}},
		"no CONFIG":                 {with("fsync", ""), Local, []string{"persistence fsync?", none}},
		"everysec, waited for":      {with("fsync", "everysec"), Disk, []string{"persistence fsync late", none}},
		"never, waited for":         {with("fsync", "no"), Disk, []string{"persistence fsync never", none}},
		"always, waited for":        {with("fsync", "always"), Disk, []string{none}},
		"replicas":                  {with("connected_slaves", "2"), Local, []string{"replicas late"}},
		"replicas, waited for":      {with("connected_slaves", "2"), Replicated, nil},
		"one replica, waited for":   {with("connected_slaves", "1"), Replicated, []string{"replicas one"}},
		"nobody to wait for":        {fine(), Replicated, []string{none}},
		"too few for itself":        {with("connected_slaves", "2", "min_slaves_good_slaves", "1", "atLeast", "2"), Replicated, []string{"replicas min"}},
		"enough for itself":         {with("connected_slaves", "2", "min_slaves_good_slaves", "2", "atLeast", "2"), Replicated, nil},
		"too few, and none counted": {with("atLeast", "1"), Local, []string{none, "replicas min"}},
		"no limit":                  {with("maxmemory", "0"), Local, []string{none, "memory no limit"}},
		"nearly full":               {with("used_memory", "710000"), Local, []string{none, "memory full"}},
		"at 70 %":                   {with("used_memory", "700000"), Local, []string{none}},
	} {
		got := c.srv.findings(c.d)
		if !slices.EqualFunc(got, c.want, func(f state.Finding, want string) bool { return string(f.Kind)+" "+f.Key == want }) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for _, f := range got {
			if strings.Contains(f.Text, "\n") || strings.Contains(f.Text, "  ") || !slices.Contains(state.FindingKinds(), f.Kind) {
				t.Errorf("%s: not one clear line: %q", name, f.Text)
			}
		}
	}
}

func TestClusterFindings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		info, want string
	}{
		"whole":      {"cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_fail:0", ""},
		"uncovered":  {"cluster_state:fail\r\ncluster_slots_assigned:16000\r\ncluster_slots_fail:0", "serves 16000 of its 16384 slots"},
		"a part off": {"cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_fail:5461", "5461 slots have lost their node"},
		"down":       {"cluster_state:fail\r\ncluster_slots_assigned:16384\r\ncluster_slots_fail:0", "in state fail"},
	} {
		got, err := judgeAll(nil, parseInfo(c.info), Local)
		if err != nil || (c.want == "") != (len(got) == 0) || len(got) > 0 && !strings.Contains(got[0].Text, c.want) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, c.want)
		}
	}
	if got, err := judgeAll([]server{{name: "b"}, {name: "a"}}, nil, Local); err != nil || !strings.HasPrefix(got[0].Key, "a ") {
		t.Errorf("%q, %v, want them in order, each under its name", got, err)
	}
}

// What was found stays true when a server becomes unfit.
func TestFindingsOfTheUnfit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		srv  server
		want []string
	}{
		"evicts":    {with("maxmemory_policy", "allkeys-lru", "connected_slaves", "1", "fsync", "everysec"), []string{"b fsync", "b late"}},
		"a replica": {with("role", "slave", "fsync", "everysec"), []string{"b fsync"}},
	} {
		c.srv.name = "b"
		last := with("connected_slaves", "1", "maxmemory", "0")
		last.name = "c"
		got, err := judgeAll([]server{last, c.srv}, nil, Local)
		want := append(c.want, "c late", "c no limit")
		if err == nil || !strings.Contains(err.Error(), " b ") {
			t.Errorf("%s: %v, want it of b", name, err)
		}
		if !slices.EqualFunc(got, want, func(f state.Finding, key string) bool { return f.Key == key }) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestParseInfo(t *testing.T) {
	t.Parallel()
	got := parseInfo("# Server\r\nredis_version:7.0.15\r\n\r\nexecutable:/a:b\r\n")
	if len(got) != 2 || got["redis_version"] != "7.0.15" || got["executable"] != "/a:b" {
		t.Errorf("%q", got)
	}
}
