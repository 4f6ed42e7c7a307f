// Package redistest starts real redis-servers for tests: on free loopback ports, with their data in the test's own
// directory, and gone when the test is over. It speaks to them over plain connections, so that it needs no client.
package redistest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startTimeout is how long a server may take to be ready, loading its data included.
const startTimeout = 20 * time.Second

// Option is how a server is configured.
type Option func(*Server)

// AOF turns the append-only file on; fsync is always, everysec or no.
func AOF(fsync string) Option { return Config("appendonly", "yes", "appendfsync", fsync) }

// MaxMemory limits the server to so many bytes, with an eviction policy such as noeviction.
func MaxMemory(bytes int, policy string) Option {
	return Config("maxmemory", strconv.Itoa(bytes), "maxmemory-policy", policy)
}

// Config adds configuration directives: name, value, name, value.
func Config(directives ...string) Option {
	return func(s *Server) {
		for i := 0; i+1 < len(directives); i += 2 {
			s.args = append(s.args, "--"+directives[i], directives[i+1])
		}
	}
}

// Elsewhere has the server run behind a command, such as ip netns exec NAME, and listen on every address there: the test
// reaches it at one, and other nodes of a cluster, and their clients, at the other.
func Elsewhere(test, others string, command ...string) Option {
	return func(s *Server) {
		s.host, s.bind, s.before = test, "0.0.0.0", command
		Config("protected-mode", "no", "cluster-announce-ip", others)(s)
	}
}

// Server is a redis-server of its own.
type Server struct {
	t      testing.TB
	binary string
	dir    string
	// host is where the test reaches it, bind where it listens, and before is the command it runs behind.
	host, bind string
	before     []string
	port       int
	args       []string
	// first are arguments before all others; readyLine is what the server prints once it is ready.
	first     []string
	readyLine string

	mu      sync.Mutex
	process *process // nil while it is down
}

// A process is one run of the server.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed once it has exited and its output was read
	mu   sync.Mutex
	log  bytes.Buffer
}

// Start starts a server that is stopped when the test ends. Without options it keeps its data in memory only. Where
// redis-server is not installed the test is skipped, or fails if IFSEV_REQUIRE_REDIS is 1.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s := &Server{t: t, binary: binary(t), dir: t.TempDir(), host: "127.0.0.1", bind: "127.0.0.1", readyLine: "Ready to accept connections"}
	for _, o := range opts {
		o(s)
	}
	t.Cleanup(s.Stop)
	var err error
	for range 5 { // another process may take the port first
		s.port = freePort(t)
		if err = s.start(); err == nil {
			return s
		}
	}
	t.Fatalf("redis-server does not start: %v", err)
	return nil
}

func binary(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err == nil {
		return path
	}
	const how = "redis-server is not installed: apt-get install redis-server (or brew install redis)"
	if os.Getenv("IFSEV_REQUIRE_REDIS") == "1" {
		t.Fatal(how)
	}
	t.Skip(how)
	return ""
}

// freePort answers a port that was free a moment ago, low enough that a cluster's bus port (10,000 above) exists.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if port < 55000 {
			return port
		}
	}
	t.Fatal("no free port below 55000")
	return 0
}

// Port answers the server's port; it stays the same over restarts.
func (s *Server) Port() int { return s.port }

// Addr answers host:port.
func (s *Server) Addr() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// URL answers redis://host:port/0.
func (s *Server) URL() string { return "redis://" + s.Addr() + "/0" }

// Stop ends the server as an operator would, with its data saved as configured. Stopping twice does nothing.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Kill9 ends the server at once, as a crash would.
func (s *Server) Kill9() { s.end(syscall.SIGKILL) }

// Freeze stops the server from answering without closing its connections, until Thaw.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

// Restart stops the server if it runs, and starts it on the same port and data.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	if err := s.start(); err != nil {
		s.t.Fatalf("redis-server does not start again: %v", err)
	}
}

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		_ = s.process.cmd.Process.Signal(sig) // it has exited already if this fails
	}
}

func (s *Server) end(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return
	}
	_ = s.process.cmd.Process.Signal(syscall.SIGCONT) // a frozen one must first go on; it may have exited
	_ = s.process.cmd.Process.Signal(sig)
	select {
	case <-s.process.done:
	case <-time.After(startTimeout):
		_ = s.process.cmd.Process.Kill()
		<-s.process.done
	}
	s.process = nil
}

// start starts the process and waits until it says that it is ready.
func (s *Server) start() error {
	args := slices.Concat(s.before, []string{s.binary}, s.first, []string{
		"--port", strconv.Itoa(s.port), "--bind", s.bind, "--dir", s.dir, "--save", "", "--daemonize", "no",
	}, s.args)
	p := &process{cmd: exec.CommandContext(context.Background(), args[0], args[1:]...), done: make(chan struct{})}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	p.cmd.Stderr = p.cmd.Stdout
	if err := p.cmd.Start(); err != nil {
		return err
	}
	ready := make(chan struct{})
	go p.follow(out, s.readyLine, ready)
	select {
	case <-ready:
		s.mu.Lock()
		s.process = p
		s.mu.Unlock()
		return nil
	case <-p.done:
		return fmt.Errorf("it exited:\n%s", p.text())
	case <-time.After(startTimeout):
		_ = p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("it was not ready after %s:\n%s", startTimeout, p.text())
	}
}

// follow keeps what the server prints, and closes ready when it says the line.
func (p *process) follow(out io.Reader, line string, ready chan<- struct{}) {
	defer close(p.done)
	lines := bufio.NewScanner(out)
	for said := false; lines.Scan(); {
		p.mu.Lock()
		p.log.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		if !said && strings.Contains(lines.Text(), line) {
			said = true
			close(ready)
		}
	}
	_ = p.cmd.Wait() // how it exited is in the log
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}
