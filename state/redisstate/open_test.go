package redisstate_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/redisstate"
)

func TestOpenSaysWhatIsWrongWithAURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"":                                                   "want redis://",
		"http://:hunter2@host":                               "want redis://",
		"redis://:hunter2@host:6379/x":                       "a number from 0",
		"redis://:hunter2@ho st:6379/0":                      "host:port",
		"redis://:hunter2@host:66666/0":                      "host:port",
		"redis://:hunter2@a:1,b:2/0":                         "several servers",
		"redis://:hunter2@host:6379/0?nonsense=1":            "there is no ?nonsense=: the keys are prefix",
		"redis://:hunter2@host:6379/0?ca=/x":                 "write rediss://",
		"rediss://:hunter2@host:6379/0?cert=/x":              "belong together",
		"rediss://:hunter2@host:6379/0?ca=/there/is/none":    "cannot be read",
		"rediss://:hunter2@host:6379/0?ca=/dev/null":         "holds no certificate",
		"rediss+cluster://:hunter2@h:1?cert=/none&key=/none": "client's certificate",
		"redis+cluster://:hunter2@h:1?sentinel_user=x":       "for redis+sentinel",
		"redis://:hunter2@host:6379/0?prefix=%zz":            "cannot be read",
		"redis://:hunter2@host:6379/0?prefix={a}":            "brace",
		"redis+cluster://:hunter2@host":                      "host:port",
		"redis+cluster://:hunter2@a:1,b:2/1":                 "no databases",
		"redis+cluster://u:hunter2%zz@a:1":                   "user and password",
		"redis+sentinel://:hunter2@a:1,b:2":                  "name of the master is missing",
		"redis+sentinel://:hunter2@a:1/mymaster/x":           "a number from 0",
		"redis+sentinel://:hunter2@a:1,/mymaster":            "host:port",
	} {
		s, err := redisstate.Open(t.Context(), url, redisstate.Options{Budget: 50 * time.Millisecond})
		if s != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows the password: %v", url, err)
		}
	}
}

func TestOpenRefusesBadPrefix(t *testing.T) {
	t.Parallel()
	if _, err := redisstate.Open(t.Context(), "redis://127.0.0.1:1", redisstate.Options{Prefix: "{a}:"}); err == nil || !strings.Contains(err.Error(), "brace") {
		t.Errorf("%v, want a word about the brace", err)
	}
}

func TestOpenWithPassword(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Do("ACL", "SETUSER", "ifsev", "on", ">hunter2", "~ifsev:*", "+@all")
	server.Do("ACL", "SETUSER", "default", "off")
	url := func(user string) string { return "redis://" + user + "@" + server.Addr() + "/0" }
	s, err := redisstate.Open(t.Context(), url("ifsev:hunter2"), redisstate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	one := newStory("k")
	one.write(t, s, one.next("0"))
	everything(t, s, one, func() {})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	_, err = redisstate.Open(t.Context(), url("ifsev:hunter3"), redisstate.Options{})
	if !errors.Is(err, state.ErrUnavailable) || strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), "does not know this user or password") {
		t.Errorf("%v, want it told, without the password", err)
	}
}

func TestOpenRefusesAnotherLayout(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for field, want := range map[string]string{"partitions": "created with 128 partitions", "version": "layout 128"} {
		prefix := field + ":"
		openAt(t, server.URL(), prefix)
		server.Do("HSET", prefix+"{meta}:layout", field, "128")
		if _, err := redisstate.Open(t.Context(), server.URL(), redisstate.Options{Prefix: prefix}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", field, err, want)
		}
	}
}

func TestPrefixesKeepStoresApart(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, b := openAt(t, server.URL(), "a:"), openAt(t, server.URL(), "b:")
	s := newStory("k")
	s.write(t, a, s.next("0"))
	if _, err := b.Load(t.Context(), state.Ref{ID: s.id}); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
	for key := range snapshot(server) {
		if !strings.HasPrefix(key, "a:{") && !strings.HasPrefix(key, "b:{") {
			t.Errorf("key %q has no prefix", key)
		}
	}
}

func TestInspectOfRealServers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts   []redistest.Option
		refuse string // the eviction policy that is set once the store is open
		warn   []string
	}{
		"memory only": {warn: []string{"no append-only file", "no replica", "no maxmemory"}},
		"everysec": {
			opts: []redistest.Option{redistest.AOF("everysec"), redistest.MaxMemory(100<<20, "noeviction")},
			warn: []string{"appendfsync everysec", "no replica"},
		},
		"always": {
			opts: []redistest.Option{redistest.AOF("always"), redistest.MaxMemory(100<<20, "noeviction")},
			warn: []string{"no replica"},
		},
		"evicting": {
			opts:   []redistest.Option{redistest.MaxMemory(100<<20, "noeviction")},
			refuse: "allkeys-lru", warn: []string{"no append-only file", "no replica"},
		},
		"would, if it had": {
			refuse: "volatile-lru", warn: []string{"no append-only file", "no replica", "no maxmemory"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, c.opts...)
			store := open(t, server.URL())
			if c.refuse != "" {
				server.Do("CONFIG", "SET", "maxmemory-policy", c.refuse)
			}
			got, err := store.Inspect(t.Context())
			if c.refuse == "" && err != nil || c.refuse != "" && (err == nil || !strings.Contains(err.Error(), c.refuse)) {
				t.Errorf("error %v, want %q", err, c.refuse)
			}
			if !slices.EqualFunc(got, c.warn, says) {
				t.Errorf("warnings %q, want %q", got, c.warn)
			}
		})
	}
}

// TestAServerIsJudgedBeforeItIsWrittenTo: what is refused stays as it was.
func TestAServerIsJudgedBeforeItIsWrittenTo(t *testing.T) {
	t.Parallel()
	master := redistest.Start(t)
	for name, c := range map[string]struct {
		server *redistest.Server
		want   string
	}{
		"a replica": {redistest.StartReplica(t, master), "is a replica of 127.0.0.1:"},
		"evicts":    {redistest.Start(t, redistest.Config("maxmemory-policy", "allkeys-lru")), "set it to noeviction"},
	} {
		_, err := redisstate.Open(t.Context(), c.server.URL(), redisstate.Options{})
		if err == nil || errors.Is(err, state.ErrUnavailable) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if keys := c.server.Do("KEYS", "*"); keys != "" {
			t.Errorf("%s: it holds %q", name, keys)
		}
	}
}

// TestOpenExisting: what is only read is not laid out.
func TestOpenExisting(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	existing := redisstate.Options{Existing: true}
	for url, place := range map[string]string{
		server.URL():                         "redis://" + server.Addr() + "/0",
		"redis://" + server.Addr() + "/5":    "redis://" + server.Addr() + "/5",
		server.URL() + "?prefix=" + "ifsef:": "redis://" + server.Addr() + "/0?prefix=ifsef:",
	} {
		_, err := redisstate.Open(t.Context(), url, existing)
		if !errors.Is(err, redisstate.ErrNone) || !strings.Contains(err.Error(), "at "+place+": check the database number and ?prefix=") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if size := server.Do("DBSIZE"); size != "0" {
		t.Errorf("it holds %s keys", size)
	}
	one := newStory("k")
	one.write(t, openWith(t, server.URL(), redisstate.Options{}), one.next("0"))
	one.check(t, openWith(t, server.URL(), existing))
}

func TestPlaceTellsNoSecret(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Do("ACL", "SETUSER", "u", "on", ">1/hunter@2", "~*", "+@all")
	s := openWith(t, "redis://u:1/hunter@2@"+server.Addr()+"/0?prefix=a:", redisstate.Options{})
	if got, want := s.Place(), "redis://…@"+server.Addr()+"/0?prefix=a:"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func says(f state.Finding, text string) bool { return strings.Contains(f.Text, text) }

func TestInspectWithoutTheRightToReadConfig(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.AOF("always"))
	server.Do("ACL", "SETUSER", "default", "-config")
	got, err := open(t, server.URL()).Inspect(t.Context())
	if err != nil || len(got) == 0 || !says(got[0], "does not say how often") {
		t.Errorf("%q, %v, want a warning that it cannot be read", got, err)
	}
}
