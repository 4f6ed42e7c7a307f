package redisstate

import (
	"slices"
	"strings"
	"testing"
)

// fine is a server that everything is promised with.
func fine() server {
	return server{fsync: "always", info: map[string]string{
		"redis_version": "7.0.15", "maxmemory_policy": "noeviction", "maxmemory": "1000000", "used_memory": "500000",
		"role": "master", "aof_enabled": "1", "aof_last_write_status": "ok", "connected_slaves": "0",
	}}
}

// with changes what a server says: name, value, name, value; fsync is set under the name fsync.
func with(changes ...string) server {
	s := fine()
	for i := 0; i < len(changes); i += 2 {
		if changes[i] == "fsync" {
			s.fsync = changes[i+1]
		}
		s.info[changes[i]] = changes[i+1]
	}
	return s
}

func TestUnfit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		srv  server
		want []string // words of the error; none if it is fit
	}{
		"as it should be":    {fine(), nil},
		"no INFO fields":     {server{}, nil},
		"6.2 is enough":      {with("redis_version", "6.2.0"), nil},
		"10 is newer than 6": {with("redis_version", "10.0"), nil},
		"too old":            {with("redis_version", "6.0.16"), []string{"6.0.16", "6.2 or newer"}},
		"a major too old":    {with("redis_version", "5"), []string{"version 5"}},
		"evicts":             {with("maxmemory_policy", "allkeys-lru"), []string{"allkeys-lru", "CONFIG SET maxmemory-policy noeviction"}},
		"evicts what expires": {with("maxmemory_policy", "volatile-ttl", "maxmemory", "0"),
			[]string{"volatile-ttl", "noeviction"}},
		"a replica": {with("role", "slave", "master_host", "10.0.0.1", "master_port", "6379"), []string{"10.0.0.1:6379", "master"}},
		"one of a cluster": {server{name: "10.0.0.2:7000", info: map[string]string{"redis_version": "4.0"}},
			[]string{"10.0.0.2:7000"}},
	} {
		err := c.srv.unfit()
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

func TestWarnings(t *testing.T) {
	t.Parallel()
	const replica = "no replica"
	for name, c := range map[string]struct {
		srv  server
		want []string // a word of each warning, in order
	}{
		"as it should be": {fine(), []string{replica}},
		"no AOF":          {with("aof_enabled", "0"), []string{"append-only file", replica}},
		"AOF cannot be written": {with("aof_last_write_status", "err"),
			[]string{"could not write", replica}},
		"everysec":    {with("fsync", "everysec"), []string{"about the last second", replica}},
		"fsync no":    {with("fsync", "no"), []string{"half minute", replica}},
		"no CONFIG":   {with("fsync", ""), []string{"does not say", replica}},
		"replicas":    {with("connected_slaves", "2"), []string{"after it has answered"}},
		"no limit":    {with("maxmemory", "0"), []string{replica, "no maxmemory"}},
		"nearly full": {with("used_memory", "710000"), []string{replica, "71 %"}},
		"at 70 %":     {with("used_memory", "700000"), []string{replica}},
	} {
		got := c.srv.warnings()
		if !slices.EqualFunc(got, c.want, strings.Contains) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for _, w := range got {
			if strings.Contains(w, "\n") || strings.Contains(w, "  ") {
				t.Errorf("%s: not one clear line: %q", name, w)
			}
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
