package main

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestTellSystemd(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("systemd runs on Linux")
	}
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := tellSystemd(t.Context(), func(string) string { return socket }, "READY=1"); err != nil {
		t.Fatal(err)
	}
	hears(t, conn, "READY=1")
}

func TestNobodyIsToldWhereNobodyAsks(t *testing.T) {
	t.Parallel()
	if err := tellSystemd(t.Context(), func(string) string { return "" }, "READY=1"); err != nil {
		t.Error(err)
	}
	if err := tellSystemd(t.Context(), func(string) string { return filepath.Join(t.TempDir(), "gone") }, "READY=1"); err == nil {
		t.Error("a socket that is not there took it")
	}
}

// systemd counts the start as done when requests are answered, and hears of the stop when it begins.
func TestServeTellsSystemd(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("systemd runs on Linux")
	}
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	env := map[string]string{"NOTIFY_SOCKET": socket}
	w := system()
	w.out, w.err = io.Discard, io.Discard
	w.env = func(name string) string { return env[name] }
	w.lookup = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, func() {}, w, []string{"serve", "--store", "memory:", "--listen", "127.0.0.1:0"})
	}()
	hears(t, conn, "READY=1")
	stop()
	hears(t, conn, "STOPPING=1")
	if c := <-code; c != 0 {
		t.Errorf("exit code %d", c)
	}
}

func hears(t *testing.T, conn net.PacketConn, want string) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 100)
	n, _, err := conn.ReadFrom(said)
	if err != nil || string(said[:n]) != want {
		t.Fatalf("%q, %v, want %q", said[:n], err, want)
	}
}
