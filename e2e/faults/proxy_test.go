package faults

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// echo is a server that says what it hears, behind a proxy, and a connection to it.
func echo(t *testing.T) (*proxy, net.Conn) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(l) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer end(c)
				_, _ = io.Copy(c, c) // ends with the connection
			}()
		}
	}()
	p := newProxy(t, l.Addr().String())
	return p, dial(t, p)
}

func dial(t *testing.T, p *proxy) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", p.addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(c) })
	return c
}

func say(t *testing.T, c net.Conn, wait time.Duration) error {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(wait)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "hello\n"); err != nil {
		return err
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err == nil && line != "hello\n" {
		t.Errorf("heard %q", line)
	}
	return err
}

func TestProxyDelays(t *testing.T) {
	t.Parallel()
	p, c := echo(t)
	if err := say(t, c, time.Minute); err != nil {
		t.Fatal(err)
	}
	p.set(weather{delay: 30 * time.Millisecond, perSec: 600})
	began := time.Now()
	if err := say(t, c, time.Minute); err != nil || time.Since(began) < 80*time.Millisecond {
		t.Errorf("%v after %v, want 2 × (30 ms + 10 ms)", err, time.Since(began))
	}
}

func TestProxyIsHalfOpen(t *testing.T) {
	t.Parallel()
	p, c := echo(t)
	p.set(weather{halfOpen: true})
	if err := say(t, c, 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v, want silence", err)
	}
	p.set(weather{})
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || line != "hello\n" {
		t.Errorf("%q, %v: what was held up does not come after all", line, err)
	}
}

func TestProxyCutsAndRefuses(t *testing.T) {
	t.Parallel()
	p, c := echo(t)
	if err := say(t, c, time.Minute); err != nil {
		t.Fatal(err)
	}
	p.reset()
	if err := say(t, c, time.Minute); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v, want it cut", err)
	}
	if err := say(t, dial(t, p), time.Minute); err != nil {
		t.Errorf("a new connection: %v", err)
	}
	p.set(weather{refuse: true})
	if err := say(t, dial(t, p), time.Minute); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v, want it refused", err)
	}
}
