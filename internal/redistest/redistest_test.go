package redistest

import (
	"bufio"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestServerKeepsWhatItShould(t *testing.T) {
	t.Parallel()
	kept := Start(t, AOF("always"))
	lost := Start(t)
	for _, s := range []*Server{kept, lost} {
		port := s.Port()
		s.Do("SET", "a", "1")
		s.Kill9()
		if _, err := s.Try("PING"); err == nil {
			t.Error("a killed server answers")
		}
		s.Restart()
		if s.Port() != port || !strings.HasSuffix(s.URL(), s.Addr()+"/0") {
			t.Errorf("it came back on port %d at %s, was %d", s.Port(), s.URL(), port)
		}
	}
	if got := kept.Do("GET", "a"); got != "1" {
		t.Errorf("with AOF: %q, want it kept", got)
	}
	if got := lost.Do("GET", "a"); got != "" {
		t.Errorf("in memory: %q, want it lost", got)
	}
	kept.Do("SET", "a", "2")
	kept.Restart()
	if got := kept.Do("GET", "a"); got != "2" {
		t.Errorf("after a restart: %q", got)
	}
}

func TestStopTwice(t *testing.T) {
	t.Parallel()
	s := Start(t)
	s.Freeze()
	s.Stop()
	s.Stop()
	s.Thaw() // of what is down does nothing
}

func TestMaxMemoryIsSet(t *testing.T) {
	t.Parallel()
	s := Start(t, MaxMemory(3<<20, "allkeys-lru"))
	info := s.Do("INFO", "memory")
	for _, want := range []string{"maxmemory:3145728", "maxmemory_policy:allkeys-lru"} {
		if !strings.Contains(info, want) {
			t.Errorf("INFO does not say %s", want)
		}
	}
}

func TestElsewhere(t *testing.T) {
	t.Parallel()
	s := Start(t, Elsewhere("127.0.0.2", "127.0.0.3", "env", "-u", "NOTHING"))
	if got := s.Do("CONFIG", "GET", "cluster-announce-ip"); !strings.Contains(got, "127.0.0.3") || !strings.HasPrefix(s.Addr(), "127.0.0.2:") {
		t.Errorf("%s at %s", got, s.Addr())
	}
}

func TestBadConfigIsTold(t *testing.T) {
	t.Parallel()
	s := &Server{t: t, binary: binary(t), dir: t.TempDir(), bind: "127.0.0.1", readyLine: "Ready to accept connections", port: freePort(t)}
	Config("no-such-directive", "1")(s)
	if err := s.start(); err == nil || !strings.Contains(err.Error(), "no-such-directive") {
		t.Errorf("%v, want what the server printed", err)
	}
}

func TestReadReply(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"+OK\r\n":                          "OK",
		":7\r\n":                           "7",
		"$5\r\na\r\nbc\r\n":                "a\r\nbc",
		"$4\r\na\r\nb\r\n":                 "a\r\nb",
		"$-1\r\n":                          "",
		"*3\r\n$1\r\na\r\n:1\r\n*0\r\n":    "a\n1\n",
		"*-1\r\n":                          "",
		"-ERR no\r\n":                      "",
		"":                                 "",
		"*2\r\n+one\r\n-WRONGTYPE two\r\n": "",
	} {
		got, err := readReply(bufio.NewReader(strings.NewReader(in)))
		if err == nil && got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if wantErr := in == "" || strings.Contains(in, "-E") || strings.Contains(in, "-W"); wantErr && err == nil {
			t.Errorf("%q: no error", in)
		}
	}
}
