package stage

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Daemon is ifsev as a process with its own configuration.
type Daemon struct {
	*Process
	// URL is where it listens, and Dir holds ifsev.yaml, rules/ and, without another store, data/.
	URL, Dir string
	binary   string
}

// Setup is what a daemon is started with.
type Setup struct {
	// Config and Rules are the texts of ifsev.yaml and of a file of rules.
	Config, Rules string
	// Store is a store's URL; empty means one of its own on disk.
	Store string
	// Env is added to the environment.
	Env []string
	// Binary is the program; empty means the one of Binary.
	Binary string
	// Before is a command to start it with, such as ip netns exec NAME.
	Before []string
	// Listen is the address; empty means a free one on loopback.
	Listen string
	// Args stand behind all others.
	Args []string
}

// NewDaemon writes the configuration and rules, starts the daemon and waits until it is ready.
func NewDaemon(t testing.TB, s Setup) *Daemon {
	t.Helper()
	dir := t.TempDir()
	Write(t, filepath.Join(dir, "ifsev.yaml"), s.Config)
	Write(t, filepath.Join(dir, "rules", "rules.yaml"), s.Rules)
	if s.Store == "" {
		s.Store = "file:" + filepath.Join(dir, "data")
	}
	if s.Binary == "" {
		s.Binary = Binary(t)
	}
	if s.Listen == "" {
		s.Listen = FreeAddress(t)
	}
	args := append(s.Before[:len(s.Before):len(s.Before)], s.Binary, "serve", "--config", filepath.Join(dir, "ifsev.yaml"),
		"--rules", filepath.Join(dir, "rules"), "--store", s.Store, "--listen", s.Listen)
	args = append(args, s.Args...)
	d := &Daemon{Process: NewProcess(t, args[0], args[1:]...), URL: "http://" + s.Listen, Dir: dir, binary: s.Binary}
	d.Env = s.Env
	d.Restart(t)
	return d
}

// Restart starts a daemon that has ended and waits until it is ready.
func (d *Daemon) Restart(t testing.TB) {
	t.Helper()
	d.Start(t)
	d.Ready(t)
}

// Ready waits until the daemon says that it is.
func (d *Daemon) Ready(t testing.TB) {
	t.Helper()
	Eventually(t, time.Minute, "a ready daemon", func() error {
		_, err := Get(d.URL + "/readyz")
		return err
	})
}

// Run calls a command of the binary against the daemon and answers what it printed.
func (d *Daemon) Run(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), d.binary, append(args, "--server", d.URL)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("ifsev %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Write writes a file and the folders it lies in.
func Write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// FreeAddress answers a loopback address nobody listens on at the moment.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // it was only asked for a free port
	return l.Addr().String()
}
