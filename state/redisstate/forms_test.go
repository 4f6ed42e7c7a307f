package redisstate_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/redistest"
	"github.com/ifsev/ifsev/state"
	"github.com/ifsev/ifsev/state/redisstate"
	"github.com/ifsev/ifsev/state/statetest"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	certs, others := redistest.NewCertificates(t), redistest.NewCertificates(t)
	port, with := redistest.TLS(t, certs, true)
	redistest.Start(t, with)
	for name, c := range map[string]struct {
		query string
		fails string // a word of the error; empty if it opens
	}{
		"authority and client":      {fmt.Sprintf("ca=%s&cert=%s&key=%s", certs.CA, certs.ClientCert, certs.ClientKey), ""},
		"the system's authorities":  {fmt.Sprintf("cert=%s&key=%s", certs.ClientCert, certs.ClientKey), "certificate"},
		"another authority":         {fmt.Sprintf("ca=%s&cert=%s&key=%s", others.CA, certs.ClientCert, certs.ClientKey), "certificate"},
		"no certificate of its own": {"ca=" + certs.CA, "the store cannot be reached"},
		"a stranger's":              {fmt.Sprintf("ca=%s&cert=%s&key=%s", certs.CA, others.ClientCert, others.ClientKey), "the store cannot be reached"},
	} {
		s, err := redisstate.Open(t.Context(), fmt.Sprintf("rediss://127.0.0.1:%d/0?%s", port, c.query), redisstate.Options{})
		if c.fails == "" && err != nil || c.fails != "" && (!errors.Is(err, state.ErrUnavailable) || !strings.Contains(err.Error(), c.fails)) {
			t.Errorf("%s: %v, want %q", name, err, c.fails)
		}
		if s != nil {
			one := newStory("k")
			one.write(t, s, one.next("0"))
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := redisstate.Open(t.Context(), fmt.Sprintf("redis://127.0.0.1:%d/0", port), redisstate.Options{}); !errors.Is(err, state.ErrUnavailable) {
		t.Errorf("without TLS: %v", err)
	}
}

// TestTLSOfACluster: the nodes tell each other's TLS ports, and the certificate is checked for each of them.
func TestTLSOfACluster(t *testing.T) {
	t.Parallel()
	certs := redistest.NewCertificates(t)
	port, with := redistest.TLS(t, certs, false)
	redistest.StartCluster(t, 1, with, redistest.Config("tls-cluster", "yes", "cluster-announce-ip", "127.0.0.1"))
	url := fmt.Sprintf("rediss+cluster://127.0.0.1:%d?prefix=tls:&ca=%s", port, certs.CA)
	s := openWith(t, url, redisstate.Options{Durability: redisstate.Local})
	one := newStory("k")
	one.write(t, s, one.next("0"))
	one.check(t, s)
}

// TestTLSOfSentinel: the sentinel is asked over TLS, and the certificate is checked for it and for the master it names,
// before and after another one takes over.
func TestTLSOfSentinel(t *testing.T) {
	t.Parallel()
	certs, others := redistest.NewCertificates(t), redistest.NewCertificates(t)
	set := redistest.StartTLSSentinel(t, certs)
	s := openWith(t, set.URL(), redisstate.Options{Durability: redisstate.Local, Budget: 20 * time.Second})
	one := newStory("k")
	one.write(t, s, one.next("0"))
	set.Failover()
	one.write(t, s, one.next("1"))
	one.check(t, s)

	strange := strings.ReplaceAll(set.URL(), certs.CA, others.CA)
	if _, err := redisstate.Open(t.Context(), strange, redisstate.Options{}); !errors.Is(err, state.ErrUnavailable) {
		t.Errorf("with another authority: %v", err)
	}
}

// aclLine is the line of the page for operators that gives ifsev the rights it needs.
func aclLine(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(page)) {
		if fields := strings.Fields(line); len(fields) > 3 && fields[0] == "user" && fields[1] == "ifsev" {
			return fields[1:]
		}
	}
	t.Fatal("docs/operations.md has no ACL line for the user ifsev")
	return nil
}

// TestTheRightsInTheDocsAreEnough runs everything as a user who may do what the page says and nothing else.
func TestTheRightsInTheDocsAreEnough(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.AOF("always"))
	redistest.StartReplica(t, server)
	user := append([]string{"ACL", "SETUSER"}, aclLine(t)...)
	for i, word := range user {
		if strings.HasPrefix(word, ">") {
			user[i] = ">s3cret/@:%"
		}
	}
	server.Do(user...)
	server.Do("ACL", "SETUSER", "default", "resetpass", ">admin")
	url := "redis://ifsev:s3cret/@:%25@" + server.Addr() + "/0?prefix=ifsev:"
	for _, d := range []redisstate.Durability{redisstate.Local, redisstate.Replicated} {
		s := openWith(t, url, redisstate.Options{Durability: d})
		one := newStory(string(d))
		one.write(t, s, one.next("0"))
		everything(t, s, one, func() {})
		if _, err := s.Inspect(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := s.Enroll(t.Context(), state.Replica{Owner: "me"}, 0); err != nil {
			t.Error(err)
		}
	}
	statetest.Run(t, func(t *testing.T, _ *statetest.Clock) state.Store {
		return openWith(t, fmt.Sprintf("redis://ifsev:s3cret/@:%%25@%s/0?prefix=ifsev:t%d:", server.Addr(), prefixes.Add(1)), redisstate.Options{})
	}, statetest.RealClock(nil), statetest.WithoutModel())
	_, err := redisstate.Open(t.Context(), strings.Replace(url, "prefix=ifsev:", "prefix=other:", 1), redisstate.Options{})
	if !errors.Is(err, state.ErrUnavailable) || !strings.Contains(err.Error(), "ACL line") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("outside of its keys: %v", err)
	}
}

// TestTheRightsInTheDocsAreEnoughForACluster does the same where the client asks besides who serves what.
func TestTheRightsInTheDocsAreEnoughForACluster(t *testing.T) {
	t.Parallel()
	nodes, replicas := redistest.StartReplicatedCluster(t, 3)
	line := aclLine(t)
	for _, n := range append(nodes, replicas...) {
		n.Do(append([]string{"ACL", "SETUSER"}, line...)...)
	}
	password := ""
	for _, word := range line {
		if p, ok := strings.CutPrefix(word, ">"); ok {
			password = p
		}
	}
	url := strings.Replace(clusterURL(nodes), "://", "://ifsev:"+password+"@", 1)
	s := openAt(t, url, "ifsev:")
	for n := range 20 {
		one := newStory(fmt.Sprint(n))
		one.write(t, s, one.next("0"))
		one.check(t, s)
	}
	if _, err := s.Inspect(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTheWrongFormIsTold: what is at the address is not what the URL says, and the error says what to write.
func TestTheWrongFormIsTold(t *testing.T) {
	t.Parallel()
	alone, nodes, watcher := redistest.Start(t), redistest.StartCluster(t, 3), redistest.StartSentinel(t).Watcher
	certs := redistest.NewCertificates(t)
	port, with := redistest.TLS(t, certs, false)
	redistest.Start(t, with)
	secure := fmt.Sprintf("127.0.0.1:%d", port)
	taken := redistest.Start(t)
	taken.Do("SET", "ifsev:{meta}:layout", "x")
	for url, says := range map[string]string{
		"redis+cluster://" + alone.Addr():            "write the store as redis://",
		"redis://" + nodes[0].Addr() + "?prefix=a":   "write the store as redis+cluster://",
		"redis://" + nodes[1].Addr() + "?prefix=b":   "write the store as redis+cluster://",
		"redis://" + nodes[2].Addr() + "?prefix=c":   "write the store as redis+cluster://",
		"redis://" + nodes[0].Addr() + "/3":          "redis+cluster://",
		"redis://" + alone.Addr() + "/99":            "no such database",
		"redis://" + watcher.Addr():                  "write the store as redis+sentinel://",
		"redis://" + watcher.Addr() + "/3":           "write the store as redis+sentinel://",
		"redis+cluster://" + watcher.Addr():          "write the store as redis+sentinel://",
		"redis+sentinel://" + alone.Addr() + "/m":    "the server is no Sentinel",
		"redis+sentinel://" + watcher.Addr() + "/m":  `is the master's name "m"?`,
		"redis+sentinel://127.0.0.1:1,127.0.0.1:2/m": "is a Sentinel running at 127.0.0.1:1, 127.0.0.1:2",
		"redis://127.0.0.1:1":                        "is Redis running at 127.0.0.1:1",
		"redis+cluster://127.0.0.1:1":                "is Redis running at 127.0.0.1:1",
		"rediss://" + alone.Addr():                   "write the store as redis://",
		"rediss+cluster://" + alone.Addr():           "write the store as redis+cluster://",
		"rediss+sentinel://" + watcher.Addr() + "/m": "write the store as redis+sentinel://",
		"redis://" + secure:                          "write the store as rediss://",
		"redis+cluster://" + secure:                  "write the store as rediss+cluster://",
		"redis+sentinel://" + secure + "/m":          "write the store as rediss+sentinel://",
		"rediss://" + secure:                         "name the certificates to trust with ?ca=",
		"redis://" + taken.Addr():                    "the key ifsev:{meta}:layout is none of ifsev's",
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			s, err := redisstate.Open(t.Context(), url, redisstate.Options{Budget: time.Second})
			if err == nil && strings.Contains(url, "prefix=") {
				_ = s.Close() // the one node that holds the slot of this prefix
				return
			}
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%v, want %q", err, says)
				return
			}
			if text := err.Error(); strings.Contains(text, "\n") || strings.HasPrefix(text, "INFO: ") || strings.HasPrefix(text, "layout: ") || strings.Contains(text, "script: ") {
				t.Errorf("not a line for people: %s", text)
			}
		})
	}
}

// TestASentinelsOwnPassword: it is another than the server's, and asked for under another name.
func TestASentinelsOwnPassword(t *testing.T) {
	t.Parallel()
	set := redistest.StartSentinel(t)
	set.Watcher.Do("ACL", "SETUSER", "default", "resetpass", ">hunter2")
	for query, says := range map[string]string{
		"":                           "write it behind the store's URL as ?sentinel_password=",
		"?sentinel_password=hunter3": "look at sentinel_user= and sentinel_password=",
	} {
		_, err := redisstate.Open(t.Context(), set.URL()+query, redisstate.Options{})
		if !errors.Is(err, state.ErrUnavailable) || !redisstate.Advised(err) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v, want %q", query, err, says)
		}
	}
	s := openWith(t, set.URL()+"?sentinel_password=hunter2", redisstate.Options{})
	if _, err := s.Now(t.Context()); err != nil {
		t.Error(err)
	}
}
