package daemon

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ifsev/ifsev/internal/config"
	"github.com/ifsev/ifsev/internal/throttle"
)

// pipes is a listener whose connections are pipes, so that all deadlines are those of virtual time.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.once.Do(func() { close(p.done) }); return nil }

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours
}

// inServer runs a test against the server of the daemon, with a handler in the place of API and hooks.
func inServer(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, p *pipes)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		srv := newServer(handler, slog.New(slog.DiscardHandler))
		go func() { _ = srv.Serve(p) }() // ends with the listener
		test(t, p)
		_ = srv.Close()
		synctest.Wait()
	})
}

// dribble writes a text, then a byte each second until the connection is closed, and answers after how long.
func dribble(c net.Conn, text string) (open time.Duration, answer string) {
	began := time.Now()
	read := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(c) // closed by the server
		read <- string(b)
	}()
	_, err := io.WriteString(c, text)
	for err == nil {
		time.Sleep(time.Second) // virtual
		_, err = io.WriteString(c, "x")
	}
	answer = <-read
	_ = c.Close()
	return time.Since(began), answer
}

func TestWhoSendsSlowlyIsCutOff(t *testing.T) {
	t.Parallel()
	bodies := make(chan error, 1)
	read := func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		bodies <- err
		w.WriteHeader(http.StatusBadRequest)
	}
	for name, c := range map[string]struct {
		sent string
		most time.Duration
	}{
		"headers that never end": {"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", headerTime},
		"nothing but a letter":   {"G", headerTime},
		"a body that never ends": {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", readTime},
		"chunks that never end":  {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n", readTime},
	} {
		t.Run(name, func(t *testing.T) {
			inServer(t, read, func(t *testing.T, p *pipes) {
				open, answer := dribble(p.dial(), c.sent)
				if open > c.most+2*time.Second || strings.Contains(answer, "200 OK") {
					t.Errorf("it was open for %v, and answered %q", open, answer)
				}
				if c.most == readTime {
					if err := <-bodies; err == nil {
						t.Error("the body was taken")
					}
				}
			})
		})
	}
}

func TestWhoSaysNothingMoreIsCutOff(t *testing.T) {
	t.Parallel()
	inServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, func(t *testing.T, p *pipes) {
		c := p.dial()
		go func() { _, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") }()
		began := time.Now()
		b, _ := io.ReadAll(c)
		if idle := time.Since(began); idle < idleTime || idle > idleTime+time.Second || !bytes.Contains(b, []byte("204 No Content")) {
			t.Errorf("after %v: %s", idle, b)
		}
		_ = c.Close()
	})
}

func TestWhoReadsNothingHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	var ended chan error // of the bubble: waiting for another one would hold its time still
	inServer(t, func(w http.ResponseWriter, _ *http.Request) {
		_, err := w.Write(make([]byte, 1<<20))
		ended <- err
	}, func(t *testing.T, p *pipes) {
		ended = make(chan error, 1)
		c := p.dial()
		began := time.Now()
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if err := <-ended; err == nil || time.Since(began) > writeTime+time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		_ = c.Close()
	})
}

func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	exempt := false
	l := limitConnections(inner, 5, 3, func(net.Addr) bool { return exempt })
	accepted := make(chan net.Conn, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	var open []net.Conn
	for range 3 {
		dial()
		open = append(open, <-accepted)
	}
	refused := dial()
	if _, err := refused.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && err == nil {
		t.Error("a fourth connection of one client is served")
	}
	_ = open[0].Close()
	_ = open[0].Close() // twice gives one place back
	dial()
	open[0] = <-accepted
	_ = inner.Close()
	for range accepted {
		t.Error("one more than there are places was accepted")
	}
	lim, _ := l.(*limited)
	client := throttle.Client("127.0.0.1:1")
	if lim.enter(client, false) || !lim.enter(client, true) || !lim.enter(client, true) || lim.enter(client, true) {
		t.Error("who is exempt has as many as there are, and no more")
	}
	for range 5 {
		lim.leave(client)
	}
	if lim.open != 0 || len(lim.clients) != 0 {
		t.Errorf("%d connections and %d clients are left over", lim.open, len(lim.clients))
	}
}

// raw sends bytes on a connection of its own and answers the status of the answer; 0 where there is none.
func (p *process) raw(t *testing.T, text string) int {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second)) // a test that hangs says nothing
	go func() { _, _ = io.WriteString(c, text) }()      // it may be refused before its end
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// post is a request with a body of its length.
func post(path, body string, headers ...string) string {
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n", path, len(body))
	for _, h := range headers {
		head += h + "\r\n"
	}
	return head + "\r\n" + body
}

func chunked(path string, size int) string {
	return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
		fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", size, strings.Repeat(" ", size))
}

func zipped(size int) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(make([]byte, size)) // into memory
	_ = z.Close()
	return b.String()
}

// What is too much, and what could be read in two ways, is refused from outside, as it comes over a socket.
func TestWhatIsTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"ifsev.yaml": "sources: {shop: {kind: json, auth: none, map: {title: item.t}}}\n"})
	p := start(t, Inputs{Config: filepath.Join(dir, "ifsev.yaml"), Flags: config.Overrides{Store: "memory:"}})
	const json, declare, hook = "Content-Type: application/json", "/api/v1/incidents", "/hooks/shop"
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, c := range map[string]struct {
		text string
		want []int
	}{
		"a good one":                     {post(declare, `{"title":"T"}`, json), []int{201}},
		"a good alert":                   {post(hook, `[{"t":"x"}]`, json), []int{202}},
		"a body above a MiB":             {post(declare, `{"title":"`+strings.Repeat("x", 1<<20)+`"}`, json), []int{413}},
		"an alert above a MiB":           {post(hook, strings.Repeat(" ", 1<<20+1), json), []int{413}},
		"chunks above a MiB":             {chunked(declare, 1<<20+1), []int{413}},
		"chunks of an alert above a MiB": {chunked(hook, 1<<20+1), []int{413}},
		"a deep body":                    {post(declare, `{"title":`+deep(200_000)+`}`, json), []int{400}},
		"a deep alert":                   {post(hook, deep(200_000), json), []int{422}},
		"many values":                    {post(declare, `{"tags":[`+strings.Repeat("0,", 100_000)+`0]}`, json), []int{400}},
		"many values of an alert":        {post(hook, "["+strings.Repeat("0,", 200_000)+"0]", json), []int{422}},
		"a bomb":                         {post(hook, zipped(64<<20), json, "Content-Encoding: gzip"), []int{413}},
		"a bomb for the API":             {post(declare, zipped(64<<20), json, "Content-Encoding: gzip"), []int{415}},
		"another encoding":               {post(hook, "x", json, "Content-Encoding: br"), []int{415}},
		"two encodings":                  {post(hook, zipped(9), json, "Content-Encoding: gzip, gzip"), []int{415}},
		"a form":                         {post(declare, "title=T", "Content-Type: application/x-www-form-urlencoded"), []int{415}},
		"parts":                          {post(declare, "--x\r\n\r\n{}\r\n--x--\r\n", "Content-Type: multipart/form-data; boundary=x"), []int{415}},
		"parts of an alert":              {post(hook, "--x\r\n\r\n{}\r\n--x--\r\n", "Content-Type: multipart/mixed; boundary=x"), []int{415}},
		"a long header":                  {post(hook, "[]", json, "X-Long: "+strings.Repeat("x", 100<<10)), []int{431}},
		"many headers":                   {post(declare, `{"title":"T"}`, json, strings.Repeat("X-A: b\r\n", 20_000)+"X-B: c"), []int{431}},
		"a long address":                 {post("/hooks/"+strings.Repeat("x", 100<<10), "[]", json), []int{431}},
		"two lengths":                    {post(declare, `{"title":"T"}`, json, "Content-Length: 3"), []int{400}},
		"a length and chunks":            {post(declare, "0\r\n\r\n", json, "Transfer-Encoding: chunked"), []int{400, 415, 422}},
		"another transfer encoding":      {post(declare, "{}", json, "Transfer-Encoding: gzip"), []int{501}},
		"a negative length":              {"POST " + declare + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", []int{400}},
		"no host":                        {"GET /healthz HTTP/1.1\r\n\r\n", []int{400}},
		"two hosts":                      {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", []int{400}},
		"a folded header":                {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", []int{200, 400}},
		"a space before a colon":         {"GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n", []int{400}},
		"HTTP/2 without being asked":     {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{0, 400, 403, 404, 405, 505}},
		"another protocol":               {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{0, 400}},
		"a tunnel":                       {"CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", []int{403, 404, 405}},
		"a proxy request":                {"GET http://169.254.169.254/latest HTTP/1.1\r\nHost: localhost\r\n\r\n", []int{400, 403, 404}},
		"a way upwards":                  {"GET /hooks/../metrics/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", []int{301, 307, 308, 404, 405}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status := p.raw(t, c.text)
			for _, w := range c.want {
				if status == w {
					return
				}
			}
			t.Errorf("%d, not %v", status, c.want)
		})
	}
}

// Behind a proxy that is trusted each client has a count of its own; one that forges the header has the proxy's.
func TestClientsBehindAProxy(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"ifsev.yaml": "trusted_proxies: [127.0.0.1]\nauth: {tokens: [{name: a, token: \"${env:T}\", scopes: [read]}]}\n"})
	p := start(t, Inputs{
		Config: filepath.Join(dir, "ifsev.yaml"), Flags: config.Overrides{Store: "memory:"},
		Env: func(name string) (string, bool) { return map[string]string{"T": "right"}[name], name == "T" },
	})
	ask := func(token, from string) int {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, p.url+"/api/v1/rules", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("X-Forwarded-For", from)
		resp, err := p.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	last := 0
	for i := range 30 {
		last = ask("wrong", fmt.Sprintf("10.9.9.%d, 198.51.100.7", i)) // the first is what the client says itself
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the 30th failure of one client: %d", last)
	}
	if got := ask("wrong", "198.51.100.8"); got != http.StatusUnauthorized {
		t.Errorf("another client behind the proxy: %d", got)
	}
	if got := ask("right", "198.51.100.7"); got != http.StatusOK {
		t.Errorf("a right token of the client that failed: %d", got)
	}
	for _, want := range []string{`ifsev_auth_failures_total{door="api",result="limited"}`, `ifsev_auth_failures_total{door="api",result="unauthorized"}`} {
		if !strings.Contains(p.metrics(t), want) || strings.Contains(p.metrics(t), want+" 0\n") {
			t.Errorf("not counted: %s", want)
		}
	}
}
