package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a program under test; its output is shown when the test fails.
type process struct {
	name string
	args []string
	env  []string

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{}
	out  lockedBuffer
}

func newProcess(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{name: name, args: args}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("output of %s:\n%s", filepath.Base(name), tail(p.out.String(), 6000))
		}
	})
	return p
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

func (p *process) start(t *testing.T) {
	t.Helper()
	cmd := exec.Command(p.name, p.args...)
	cmd.Stdout, cmd.Stderr = &p.out, &p.out
	cmd.Env = append(os.Environ(), p.env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	p.mu.Lock()
	p.cmd, p.done = cmd, done
	p.mu.Unlock()
	go func() {
		_ = cmd.Wait() // how it ended is not the question: most are killed
		close(done)
	}()
}

// kill ends the process as kill -9 does and waits until it is gone.
func (p *process) kill() { p.signal(syscall.SIGKILL) }

func (p *process) signal(sig syscall.Signal) {
	p.mu.Lock()
	cmd, done := p.cmd, p.done
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(sig) // it may be gone already
	<-done
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// freeAddress answers a loopback address nobody listens on at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // it was only asked for a free port
	return l.Addr().String()
}

// eventually asks again until the condition is nil or the time is up; it is how a test waits for other processes.
func eventually(t *testing.T, limit time.Duration, what string, condition func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := condition()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come about within %v: %v", what, limit, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// daemon is ifsev as a process with its own configuration.
type daemon struct {
	*process
	url string
	dir string
}

// newDaemon writes the configuration and rules and starts the daemon; store is a --store URL, or empty for one of its
// own on disk.
func newDaemon(t *testing.T, store, config, rules string, env ...string) *daemon {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "ifsev.yaml"), config)
	write(t, filepath.Join(dir, "rules", "rules.yaml"), rules)
	if store == "" {
		store = "file:" + filepath.Join(dir, "data")
	}
	address := freeAddress(t)
	p := newProcess(t, binary, "serve", "--config", filepath.Join(dir, "ifsev.yaml"), "--rules", filepath.Join(dir, "rules"), "--store", store, "--listen", address)
	p.env = env
	d := &daemon{process: p, url: "http://" + address, dir: dir}
	d.start(t)
	d.ready(t)
	return d
}

func (d *daemon) restart(t *testing.T) {
	t.Helper()
	d.start(t)
	d.ready(t)
}

func (d *daemon) ready(t *testing.T) {
	t.Helper()
	eventually(t, 20*time.Second, "a ready daemon", func() error {
		_, err := get(d.url + "/readyz")
		return err
	})
}

// run calls a command of the binary against the daemon and answers what it printed.
func (d *daemon) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(binary, append(args, "--server", d.url)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("ifsev %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

var client = &http.Client{Timeout: 10 * time.Second}

func get(url string) ([]byte, error) { return request(http.MethodGet, url, "") }

// request answers the body of a 2xx answer, and an error for any other.
func request(method, url, body string, headers ...string) ([]byte, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		return nil, &statusError{resp.StatusCode, b.String()}
	}
	return b.Bytes(), nil
}

type statusError struct {
	status int
	body   string
}

func (e *statusError) Error() string { return fmt.Sprintf("%d %s", e.status, tail(e.body, 500)) }
