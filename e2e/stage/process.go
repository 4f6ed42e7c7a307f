package stage

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Process is a program under test; its output is shown when the test fails.
type Process struct {
	// Env is added to the environment of the test.
	Env  []string
	name string
	args []string

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{}
	out  lockedBuffer
}

// NewProcess answers a program that Start starts, and that is killed when the test ends.
func NewProcess(t testing.TB, name string, args ...string) *Process {
	t.Helper()
	p := &Process{name: name, args: args}
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("output of %s:\n%s", filepath.Base(name), tail(p.Output(), 6000))
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

// Start starts it, the first time or again after Kill or Signal.
func (p *Process) Start(t testing.TB) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), p.name, p.args...)
	cmd.Stdout, cmd.Stderr = &p.out, &p.out
	cmd.Env = append(os.Environ(), p.Env...)
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

// Kill ends the process as kill -9 does and waits until it is gone.
func (p *Process) Kill() { p.Signal(syscall.SIGKILL) }

// Signal sends a signal that ends the process and waits until it has.
func (p *Process) Signal(sig syscall.Signal) {
	if done := p.Send(sig); done != nil {
		<-done
	}
}

// Send sends a signal without waiting; what it answers is closed once the process is gone, and nil if it never ran.
func (p *Process) Send(sig syscall.Signal) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(sig) // it may be gone already
	}
	return p.done
}

// Output answers what it has printed so far, over all its runs.
func (p *Process) Output() string { return p.out.String() }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds to what is held.
func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String answers what was written so far.
func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
