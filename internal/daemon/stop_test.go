package daemon

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ifsev/ifsev/internal/config"
)

const callBack = "rules:\n  tell:\n    if: severity == 1\n    then: [{webhook: {to: hook, json: {n: 1}}}]\n"

// Somebody who has not ended a request when the daemon stops takes no time from what was begun: deliveries that are on
// their way come to their end, and no more are begun meanwhile.
func TestASlowClientCutsNoDelivery(t *testing.T) {
	t.Parallel()
	var begun, cut atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		begun.Add(1)
		_, _ = io.Copy(io.Discard, r.Body) // only then is it noticed that the other end has gone
		select {
		case <-r.Context().Done():
			cut.Add(1)
		case <-time.After(500 * time.Millisecond): // a receiver outside of what a test can turn
		}
	}))
	t.Cleanup(receiver.Close)
	dir := lay(t, map[string]string{
		"ifsev.yaml": "outgoing: {allow_private: true}\nconnections: {hook: {kind: webhook, url: \"" + receiver.URL + "\"}}\n", "rules/a.yaml": callBack,
	})
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- Run(ctx, Options{
			Inputs: Inputs{
				Config: filepath.Join(dir, "ifsev.yaml"),
				Flags:  config.Overrides{Listen: "127.0.0.1:0", Store: "memory:", Rules: []string{filepath.Join(dir, "rules")}},
				Env:    func(string) (string, bool) { return "", false },
			},
			Log: slog.New(slog.DiscardHandler), Grace: 3 * time.Second, Ready: func(address string) { ready <- address },
		})
	}()
	p := &process{url: "http://" + <-ready, client: &http.Client{Timeout: 10 * time.Second}}
	t.Cleanup(p.client.CloseIdleConnections)
	for range 40 {
		p.call(t, http.MethodPost, "/api/v1/incidents", `{"title":"T","severity":1}`, http.StatusCreated, nil)
	}
	eventually(t, "the first delivery", func() bool { return begun.Load() > 0 })
	slow, err := net.Dial("tcp", p.url[len("http://"):])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slow.Close() }) // the daemon has cut it
	if _, err := io.WriteString(slow, "POST /api/v1/incidents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	at := begun.Load()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("it did not stop well: %v", err)
	}
	if n := cut.Load(); n > 0 {
		t.Errorf("%d deliveries were cut", n)
	}
	if n := begun.Load() - at; n > 16 { // those that had been claimed, and a moment's
		t.Errorf("%d more deliveries were begun", n)
	}
}
