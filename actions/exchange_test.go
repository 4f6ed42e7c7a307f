package actions

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions/actionstest"
	"github.com/ifsev/ifsev/internal/secret"
)

// overHTTP lists a delivery and its connection for every way a kind speaks HTTP.
func overHTTP(url string) map[string]struct {
	connection Connection
	args       ifsev.Data
	kind       string
} {
	type way = struct {
		connection Connection
		args       ifsev.Data
		kind       string
	}
	at := secret.Secret(url)
	return map[string]way{
		"webhook":               {Connection{Kind: "webhook", URL: at}, nil, "webhook"},
		"slack.post, bot":       {Connection{Kind: "slack", URL: at, Token: "xoxb-1"}, ifsev.Data{"channel": "#x", "text": "hi"}, "slack.post"},
		"slack.post, incoming":  {Connection{Kind: "slack", URL: at}, ifsev.Data{"text": "hi"}, "slack.post"},
		"pagerduty.trigger":     {Connection{Kind: "pagerduty", URL: at, RoutingKey: "rk-1"}, nil, "pagerduty.trigger"},
		"pagerduty.acknowledge": {Connection{Kind: "pagerduty", URL: at, RoutingKey: "rk-1"}, nil, "pagerduty.acknowledge"},
		"pagerduty.resolve":     {Connection{Kind: "pagerduty", URL: at, RoutingKey: "rk-1"}, nil, "pagerduty.resolve"},
		"page by webhook":       {Connection{Kind: "webhook", URL: at}, ifsev.Data{"to": "carol"}, "page"},
		"page by slack":         {Connection{Kind: "slack", URL: at, Token: "xoxb-1"}, ifsev.Data{"to": "carol"}, "page"},
		"page by pagerduty":     {Connection{Kind: "pagerduty", URL: at, RoutingKey: "rk-1"}, ifsev.Data{"to": "carol"}, "page"},
	}
}

func carol() *ifsev.Directory {
	return &ifsev.Directory{People: map[string]ifsev.Person{"carol": {Slack: "U1", Email: "c@example.com", Page: "way"}}}
}

func TestStatusTable(t *testing.T) {
	t.Parallel()
	r := actionstest.NewReceiver(t)
	for name, way := range overHTTP(r.URL()) {
		s := sender(t, Options{Connections: map[string]Connection{"way": way.connection}, Directory: carol()})
		for _, c := range actionstest.StatusCases(noon()) {
			b := actionstest.Behaviour{Status: c.Status, Body: "no"}
			if c.RetryAfter != "" {
				b.Header = map[string]string{"Retry-After": c.RetryAfter}
			}
			r.Behave(b)
			f := refused(t, s, attempt(delivery(way.kind, way.args)))
			if diff := cmp.Diff(c.Want, f, cmpopts.IgnoreFields(ifsev.Failure{}, "Text")); diff != "" {
				t.Errorf("%s: %d with Retry-After %q (-want +got):\n%s", name, c.Status, c.RetryAfter, diff)
			}
			if !strings.Contains(f.Text, fmt.Sprint(c.Status)) || !strings.Contains(f.Text, "way") {
				t.Errorf("%s: the text names neither status nor connection: %s", name, f.Text)
			}
		}
	}
	for _, status := range []int{200, 201, 202, 204, 299} {
		if f := verdict(status, nil, noon()); f != nil {
			t.Errorf("%d is a failure: %+v", status, f)
		}
	}
}

func TestSameIdsOnEveryAttempt(t *testing.T) {
	t.Parallel()
	r := actionstest.NewReceiver(t)
	for name, way := range overHTTP(r.URL()) {
		s := sender(t, Options{Connections: map[string]Connection{"way": way.connection}, Directory: carol(), UserAgent: "ifsev/1.2.3"})
		before := len(r.Requests())
		r.Behave(actionstest.Behaviour{Status: 500})
		a := attempt(delivery(way.kind, way.args))
		if f := refused(t, s, a); f.Permanent {
			t.Errorf("%s: %+v", name, f)
		}
		a.Number, a.Now = 2, a.Now.Add(time.Minute)
		perform(t, s, a)
		for _, q := range r.Requests()[before:] {
			want := map[string]string{"Idempotency-Key": a.Delivery.ID, "Webhook-Id": a.Delivery.ID, "User-Agent": "ifsev/1.2.3", "Traceparent": a.Delivery.TraceParent}
			for header, value := range want {
				if got := q.Header.Get(header); got != value {
					t.Errorf("%s: %s is %q, want %q", name, header, got, value)
				}
			}
		}
		if n := len(r.Requests()) - before; n != 2 {
			t.Errorf("%s: %d requests for two attempts", name, n)
		}
	}
}

func TestDeadlineIsObeyed(t *testing.T) {
	t.Parallel()
	r := actionstest.NewReceiver(t)
	r.Always(&actionstest.Behaviour{Hang: true})
	for name, way := range overHTTP(r.URL()) {
		s := sender(t, Options{Connections: map[string]Connection{"way": way.connection}, Directory: carol()})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		f := refusedIn(ctx, t, s, attempt(delivery(way.kind, way.args)))
		cancel()
		if f.Reason != ifsev.ReasonTimeout || f.Permanent {
			t.Errorf("%s: %+v, want a timeout that may be over", name, f)
		}
		d := delivery(way.kind, way.args)
		d.Timeout = 30 * time.Millisecond
		if f := refused(t, s, attempt(d)); f.Reason != ifsev.ReasonTimeout {
			t.Errorf("%s: with the delivery's own timeout: %+v", name, f)
		}
		ctx, cancel = context.WithCancel(t.Context())
		cancel()
		if f := refusedIn(ctx, t, s, attempt(delivery(way.kind, way.args))); f.Reason != ifsev.ReasonNetwork || f.Permanent {
			t.Errorf("%s: at shutdown: %+v, want a network failure that may be over", name, f)
		}
	}
}

// In virtual time nothing waits: the receiver is a pipe whose other end says nothing.
func TestDeadlineInVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, there) }() // until the client closes
			return here, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		f := refused(t, s, attempt(delivery("webhook", ifsev.Data{"url": "http://h.example.com"})))
		if took := time.Since(start); f.Reason != ifsev.ReasonTimeout || took != attemptTimeout {
			t.Errorf("%+v after %s, want a timeout after %s", f, took, attemptTimeout)
		}
		s.Close()
		synctest.Wait()
	})
}

func TestDroppedAnswerIsNotRepeatedInside(t *testing.T) {
	t.Parallel()
	r := actionstest.NewReceiver(t)
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {URL: secret.Secret(r.URL())}}})
	for i, on := range []string{"a new connection", "a connection used before"} {
		r.Behave(actionstest.Behaviour{Drop: true})
		f := refused(t, s, attempt(delivery("webhook", nil)))
		if f.Reason != ifsev.ReasonNetwork || f.Permanent {
			t.Errorf("on %s: %+v, want a network failure that may be over", on, f)
		}
		if n := len(r.Requests()); n != 2*i+1 {
			t.Errorf("on %s: %d requests in all, want %d: what was sent may have been done", on, n, 2*i+1)
		}
		perform(t, s, attempt(delivery("webhook", nil)))
	}
}

func TestOneQuickSecondDial(t *testing.T) {
	t.Parallel()
	r := actionstest.NewReceiver(t)
	var dials atomic.Int32
	s := sender(t, Options{
		Connections: map[string]Connection{"webhook": {URL: secret.Secret(r.URL())}},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials.Add(1) == 1 {
				return nil, &net.OpError{Op: "dial", Err: os.ErrPermission}
			}
			var d net.Dialer
			return d.DialContext(ctx, network, address)
		},
	})
	perform(t, s, attempt(delivery("webhook", nil)))
	if dials.Load() != 2 || len(r.Requests()) != 1 {
		t.Errorf("%d dials and %d requests, want 2 and 1", dials.Load(), len(r.Requests()))
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {URL: secret.Secret(url)}}})
	f := refused(t, s, attempt(delivery("webhook", nil)))
	if f.Reason != ifsev.ReasonNetwork || f.Permanent || !strings.Contains(f.Text, "connection refused") {
		t.Errorf("%+v", f)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	there, here := actionstest.NewReceiver(t), actionstest.NewReceiver(t)
	here.Behave(actionstest.Behaviour{Status: 307, Header: map[string]string{"Location": there.URL() + "/token-12345678"}})
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {URL: secret.Secret(here.URL())}}})
	f := refused(t, s, attempt(delivery("webhook", nil)))
	if !strings.Contains(f.Text, "redirects are not followed") || strings.Contains(f.Text, "token-12345678") {
		t.Errorf("text: %s", f.Text)
	}
	if len(there.Requests()) != 0 {
		t.Error("the redirect was followed")
	}
}

func TestOneBadReceiverCostsNobodyElseTheirConnection(t *testing.T) {
	t.Parallel()
	var made atomic.Int32
	good := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	good.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			made.Add(1)
		}
	}
	good.Start()
	t.Cleanup(good.Close)
	bad := actionstest.NewReceiver(t)
	bad.Always(&actionstest.Behaviour{Drop: true})
	s := sender(t, Options{Connections: map[string]Connection{
		"good": {Kind: "webhook", URL: secret.Secret(good.URL)}, "bad": {Kind: "webhook", URL: secret.Secret(bad.URL())},
	}})
	for range 5 {
		perform(t, s, attempt(delivery("webhook", ifsev.Data{"to": "good"})))
		if f := refused(t, s, attempt(delivery("webhook", ifsev.Data{"to": "bad"}))); f.Reason != ifsev.ReasonNetwork {
			t.Errorf("the bad receiver: %+v", f)
		}
	}
	if made.Load() != 1 {
		t.Errorf("%d connections to the good receiver, want 1", made.Load())
	}
}

func TestAnswerIsCapped(t *testing.T) {
	t.Parallel()
	r := actionstest.NewReceiver(t)
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {URL: secret.Secret(r.URL())}}})
	long := strings.Repeat("é", 1<<20)
	r.Behave(actionstest.Behaviour{Status: 200, Body: long}, actionstest.Behaviour{Status: 400, Body: long}, actionstest.Behaviour{Status: 200, Body: `{"a":"` + long[:20000] + `"}`})
	receipt := perform(t, s, attempt(delivery("webhook", nil)))
	if n := len(receipt.Outputs.String("body")); n > textOutputLimit {
		t.Errorf("output body has %d bytes", n)
	}
	if n := len(receipt.Summary); n > summaryLimit {
		t.Errorf("summary has %d bytes", n)
	}
	if f := refused(t, s, attempt(delivery("webhook", nil))); len(f.Text) > errorLimit {
		t.Errorf("failure has %d bytes", len(f.Text))
	}
	if receipt := perform(t, s, attempt(delivery("webhook", nil))); receipt.Outputs["json"] != nil {
		t.Error("a long answer is kept decoded")
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	var version, key atomic.Value
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		version.Store(q.ProtoMajor)
		key.Store(q.Header.Get("Idempotency-Key"))
	}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of the handshake that must fail
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	s := sender(t, Options{Connections: map[string]Connection{
		"trusting": {Kind: "webhook", URL: secret.Secret(server.URL), CA: ca}, "strange": {Kind: "webhook", URL: secret.Secret(server.URL)},
		"plain": {Kind: "webhook", URL: secret.Secret(strings.Replace(actionstest.NewReceiver(t).URL(), "http:", "https:", 1))},
	}})
	perform(t, s, attempt(delivery("webhook", ifsev.Data{"to": "trusting"})))
	if version.Load() != 2 || key.Load() != "dlv_0a1b2c" {
		t.Errorf("HTTP/%v with key %v", version.Load(), key.Load())
	}
	if f := refused(t, s, attempt(delivery("webhook", ifsev.Data{"to": "strange"}))); f.Reason != ifsev.ReasonNetwork || !strings.Contains(f.Text, "certificate cannot be trusted") {
		t.Errorf("unknown authority: %+v", f)
	}
	if f := refused(t, s, attempt(delivery("webhook", ifsev.Data{"to": "plain"}))); f.Reason != ifsev.ReasonNetwork {
		t.Errorf("no TLS there: %+v", f)
	}
}

func TestNoProxyFromTheEnvironment(t *testing.T) {
	proxy, r := actionstest.NewReceiver(t), actionstest.NewReceiver(t)
	t.Setenv("HTTP_PROXY", proxy.URL())
	t.Setenv("NO_PROXY", "")
	s := sender(t, Options{})
	if s.plain.transport.Proxy != nil {
		t.Error("the transport asks for a proxy")
	}
	perform(t, s, attempt(delivery("webhook", ifsev.Data{"url": r.URL()})))
	if len(proxy.Requests()) != 0 || len(r.Requests()) != 1 {
		t.Error("the request went to the proxy")
	}
}

func TestTheStatusCountsWhateverBecomesOfTheBody(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id":`)
		_ = http.NewResponseController(w).Flush()
		<-q.Context().Done()
	}))
	t.Cleanup(server.Close)
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {URL: secret.Secret(server.URL)}}})
	d := delivery("webhook", nil)
	d.Timeout = 50 * time.Millisecond
	if receipt := perform(t, s, attempt(d)); receipt.Status != 201 || receipt.Outputs["json"] != nil || receipt.Outputs.String("body") != `{"id":` {
		t.Errorf("receipt %+v", receipt)
	}
}

func TestBinaryAnswerIsText(t *testing.T) {
	t.Parallel()
	r := actionstest.NewReceiver(t)
	r.Behave(actionstest.Behaviour{Status: 200, Body: "\xff\xfe\x00ok"})
	s := sender(t, Options{Connections: map[string]Connection{"webhook": {URL: secret.Secret(r.URL())}}})
	body := perform(t, s, attempt(delivery("webhook", nil))).Outputs.String("body")
	if !bytes.Equal([]byte(body), bytes.ToValidUTF8([]byte(body), nil)) {
		t.Errorf("body is no valid UTF-8: %q", body)
	}
}
