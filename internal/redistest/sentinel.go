package redistest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// Sentinel is a master with a replica, watched by one sentinel under the name Master.
type Sentinel struct {
	Nodes   [2]*Server // the first is the master at the start
	Watcher *Server
	Master  string
	url     string
}

// StartSentinel starts the three and waits until the sentinel knows the replica. Options are for the two servers.
func StartSentinel(t testing.TB, opts ...Option) *Sentinel {
	t.Helper()
	s := &Sentinel{Master: "mymaster"}
	for i := range s.Nodes {
		s.Nodes[i] = Start(t, append(opts, Config("repl-diskless-sync-delay", "0"))...)
	}
	s.watch(t, s.Nodes[0].Port(), "")
	s.url = "redis+sentinel://" + s.Watcher.Addr() + "/" + s.Master + "/0"
	return s
}

// StartTLSSentinel is StartSentinel where all that servers, sentinel and clients say to one another goes over TLS.
func StartTLSSentinel(t testing.TB, c Certificates, opts ...Option) *Sentinel {
	t.Helper()
	s := &Sentinel{Master: "mymaster"}
	var ports [2]int
	for i := range s.Nodes {
		port, with := TLS(t, c, false)
		ports[i] = port
		s.Nodes[i] = Start(t, append(opts, with, Config("tls-replication", "yes", "replica-announce-port", strconv.Itoa(port), "repl-diskless-sync-delay", "0"))...)
	}
	port, with := TLS(t, c, false)
	s.watch(t, ports[0], "sentinel announce-port "+strconv.Itoa(port)+"\n", with, Config("tls-replication", "yes"))
	s.url = "rediss+sentinel://127.0.0.1:" + strconv.Itoa(port) + "/" + s.Master + "/0?ca=" + c.CA
	return s
}

// watch makes the second server a replica of the first, which its peers reach at the port, and starts the sentinel with
// more lines in its file.
func (s *Sentinel) watch(t testing.TB, port int, more string, opts ...Option) {
	t.Helper()
	s.Nodes[1].Do("REPLICAOF", "127.0.0.1", strconv.Itoa(port))
	s.Nodes[1].wait("master_link_status:up", "INFO", "replication")
	s.Watcher = Start(t, append(opts, func(w *Server) {
		// A sentinel takes what it watches from a file, which it also writes to.
		conf := fmt.Sprintf("sentinel monitor %s 127.0.0.1 %d 1\nsentinel down-after-milliseconds %s 500\n%s", s.Master, port, s.Master, more)
		path := filepath.Join(w.dir, "sentinel.conf")
		if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		w.first, w.readyLine = []string{path, "--sentinel"}, "Sentinel ID is"
	})...)
	// It looks at its servers every ten seconds unless told otherwise, which versions before 7.0 cannot be.
	_, _ = s.Watcher.Try("SENTINEL", "DEBUG", "info-period", "100")
	s.Watcher.wait("num-slaves\n1", "SENTINEL", "MASTER", s.Master)
}

// URL answers redis+sentinel://host:port/MASTER/0, or rediss+sentinel and the authority.
func (s *Sentinel) URL() string { return s.url }

// Failover makes the replica the master, as an operator may ask for, and waits until it is.
func (s *Sentinel) Failover() {
	s.Watcher.t.Helper()
	s.Watcher.wait("OK", "SENTINEL", "FAILOVER", s.Master) // it may not have looked at the replica yet
	s.Nodes[1].wait("role:master", "INFO", "replication")
}
