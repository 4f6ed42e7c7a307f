package main

import (
	"net"
	"path/filepath"
	"runtime"
	"testing"
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
	said := make([]byte, 100)
	n, _, err := conn.ReadFrom(said)
	if err != nil || string(said[:n]) != "READY=1" {
		t.Errorf("%q, %v", said[:n], err)
	}
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
