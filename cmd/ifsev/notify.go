package main

import (
	"context"
	"log/slog"
	"net"
	"time"
)

// tellSystemd says it to the systemd of this process, and logs that it could not be said: the daemon works without.
func (w *world) tellSystemd(ctx context.Context, log *slog.Logger, state string) {
	if err := tellSystemd(ctx, w.env, state); err != nil {
		log.Warn("systemd could not be told how far the start is", "state", state, "error", err)
	}
}

// tellSystemd says how far the daemon is to the systemd that started it (Type=notify), over the socket it names in
// NOTIFY_SOCKET. Where nobody asks, nothing is said. State is READY=1 or STOPPING=1, as sd_notify(3) has them.
func tellSystemd(ctx context.Context, env func(string) string, state string) error {
	socket := env("NOTIFY_SOCKET")
	if socket == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unixgram", socket)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // what was written is there
	_, err = conn.Write([]byte(state))
	return err
}
