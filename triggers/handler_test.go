package triggers

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/problem"
)

// desk is a handler with a sink, a clock and a count.
type desk struct {
	http.Handler
	sink *memorySink

	mu     sync.Mutex
	now    time.Time
	counts map[string]int
}

func newDesk(t *testing.T, limits Limits) *desk {
	t.Helper()
	d := &desk{sink: &memorySink{}, now: noon, counts: map[string]int{}}
	d.Handler = Handler(testSources(t), d.sink, HandlerOptions{
		Limits: limits,
		Now:    func() time.Time { d.mu.Lock(); defer d.mu.Unlock(); return d.now },
		Observe: func(source string, result Result, n int) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.counts[source+" "+string(result)] += n
		},
	})
	return d
}

func testSources(t *testing.T) *SourceSet {
	t.Helper()
	items := Options{Map: paths(map[string]string{"title": "item.t", "severity": "item.s"})}
	return NewSourceSet(map[string]*Source{
		"am":     {Name: "am", Auth: must(NewBearer("", "s3cret")), Decoder: decoder(t, "alertmanager", Options{Source: "am"})},
		"shop":   {Name: "shop", Auth: Open{}, Decoder: decoder(t, "json", items)},
		"github": {Name: "github", Auth: must(NewHMAC(must2(Preset("github")), "key-1")), Decoder: decoder(t, "json", items)},
	})
}

func (d *desk) post(path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w
}

func results(t *testing.T, w *httptest.ResponseRecorder) []ifsev.AlertResult {
	t.Helper()
	var doc struct{ Results []ifsev.AlertResult }
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != http.StatusAccepted {
		t.Fatalf("status %d, %v: %s", w.Code, err, w.Body)
	}
	return doc.Results
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Limits{})
	token := []string{"Authorization", "Bearer s3cret", "Content-Type", "application/json"}
	for _, want := range []ifsev.AlertResultKind{ifsev.AlertDeclared, ifsev.AlertDuplicate} {
		got := results(t, d.post("/hooks/am", fixture(t, "alertmanager-firing.json"), token...))
		if diff := cmp.Diff([]ifsev.AlertResult{{Key: "am:308a9beaa5a32a98", Result: want, Incident: "INC-1"}}, got); diff != "" {
			t.Error(diff)
		}
	}
	w := d.post("/hooks/am", `{"alerts":[]}`, token...)
	if w.Code != 202 || strings.TrimSpace(w.Body.String()) != `{"results":[]}` {
		t.Errorf("no alerts are nothing wrong: %d %s", w.Code, w.Body)
	}
	if diff := cmp.Diff(map[string]int{"am accepted": 1, "am duplicate": 1}, d.counts); diff != "" {
		t.Error(diff)
	}
}

func TestSomeRejectedOthersTaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Limits{})
	got := results(t, d.post("/hooks/shop", `[{"t":"a"},{"t":""},{"t":{}}]`))
	kinds := []ifsev.AlertResultKind{got[0].Result, got[1].Result, got[2].Result}
	if diff := cmp.Diff([]ifsev.AlertResultKind{"declared", "rejected", "rejected"}, kinds); diff != "" {
		t.Error(diff)
	}
	if got[1].Reason != "map.title: it gave nothing" || len(d.sink.alerts) != 1 {
		t.Errorf("%+v, %d alerts", got, len(d.sink.alerts))
	}
	w := d.post("/hooks/shop", `[{"t":""},{"t":[]}]`)
	want := `{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"no alert in the body could be understood: alert 1 of 2: map.title: it gave nothing",` +
		`"errors":[{"pointer":"/0","detail":"alert 1 of 2: map.title: it gave nothing"},{"pointer":"/1","detail":"alert 2 of 2: map.title: want text, got a list"}]}`
	if diff := cmp.Diff(want, strings.TrimSpace(w.Body.String())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"shop accepted": 1, "shop rejected": 4}, d.counts); diff != "" {
		t.Error(diff)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 65) + strings.Repeat("]", 65)
	for name, c := range map[string]struct {
		path, body string
		header     []string
		status     int
		detail     string
	}{
		"no JSON":           {"/hooks/shop", "{", nil, 422, "the body is not JSON: unexpected EOF"},
		"empty":             {"/hooks/shop", "", nil, 422, "the body is empty"},
		"form":              {"/hooks/shop", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, `the content type "application/x-www-form-urlencoded" is not JSON: send it with Content-Type: application/json`},
		"other characters":  {"/hooks/shop", "{}", []string{"Content-Type", "application/json; charset=utf-16"}, 415, `the content type "application/json; charset=utf-16" is not JSON: send it with Content-Type: application/json`},
		"broken type":       {"/hooks/shop", "{}", []string{"Content-Type", "/"}, 415, `the content type "/" is not JSON: send it with Content-Type: application/json`},
		"encoding":          {"/hooks/shop", "{}", []string{"Content-Encoding", "br"}, 415, `the content encoding "br" is not known: send gzip or nothing`},
		"no gzip":           {"/hooks/shop", "{}", []string{"Content-Encoding", "gzip"}, 400, "the body is not gzip, as its content encoding says"},
		"broken gzip":       {"/hooks/shop", zip("{}")[:20], []string{"Content-Encoding", "gzip"}, 400, "the compressed body is broken"},
		"gzip bomb":         {"/hooks/shop", zip(strings.Repeat(" ", 1<<20)), []string{"Content-Encoding", "gzip"}, 413, "the body grows too much when it is decompressed: send fewer alerts at a time"},
		"large":             {"/hooks/shop", strings.Repeat(" ", 1<<20+1), nil, 413, "the body is larger than 1048576 bytes: send fewer alerts at a time"},
		"deep":              {"/hooks/shop", deep, nil, 422, "the JSON is nested deeper than 64 levels"},
		"many values":       {"/hooks/shop", "[" + strings.Repeat("0,", 100_000) + "0]", nil, 422, "the JSON holds more than 100000 values: send fewer alerts at a time"},
		"long headers":      {"/hooks/shop", "{}", []string{"X-Long", strings.Repeat("x", 40_000)}, 431, "the headers are larger than 32768 bytes"},
		"a web page":        {"/hooks/shop", "{}", []string{"Origin", "https://evil.example"}, 401, unauthorizedDetail},
		"wrong token":       {"/hooks/am", "{}", []string{"Authorization", "Bearer nope"}, 401, unauthorizedDetail},
		"unknown source":    {"/hooks/nope", "{}", []string{"Authorization", "Bearer s3cret"}, 401, unauthorizedDetail},
		"no source":         {"/hooks/", "{}", nil, 401, unauthorizedDetail},
		"unsigned and bad":  {"/hooks/github", "{", []string{"Content-Type", "text/html"}, 401, unauthorizedDetail},
		"signed, but wrong": {"/hooks/github", "{", []string{"X-Hub-Signature-256", "sha256=" + strings.Repeat("0", 64)}, 401, unauthorizedDetail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDesk(t, Limits{}).post(c.path, c.body, c.header...)
			var p problem.Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != problem.ContentType {
				t.Fatalf("no problem document: %v, %s", err, w.Body)
			}
			if w.Code != c.status || p.Status != c.status || p.Detail != c.detail {
				t.Errorf("got %d, %q", w.Code, p.Detail)
			}
		})
	}
}

const unauthorizedDetail = "there is no such source, or its secret or signature is wrong: compare both with sources in the configuration"

func zip(s string) string {
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	_, _ = zw.Write([]byte(s)) // into memory
	_ = zw.Close()
	return b.String()
}

func TestTypesTaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Limits{})
	for _, kind := range []string{"", "application/json", "application/json; charset=UTF-8", "text/plain", "text/json", "application/cloudevents+json"} {
		results(t, d.post("/hooks/shop", `{"t":"`+kind+`x"}`, "Content-Type", kind))
	}
	results(t, d.post("/hooks/shop", zip(`{"t":"small"}`), "Content-Encoding", "gzip"))
	// What is signed is what was sent, compressed or not.
	results(t, d.post("/hooks/github", `{"t":"x"}`, "X-Hub-Signature-256", "sha256="+signTest(`{"t":"x"}`)))
	results(t, d.post("/hooks/github", zip(`{"t":"z"}`), "Content-Encoding", "gzip", "X-Hub-Signature-256", "sha256="+signTest(zip(`{"t":"z"}`))))
}

func signTest(body string) string {
	v := must(NewHMAC(must2(Preset("github")), "key-1"))
	return fmt.Sprintf("%x", v.expected(request(body), "")[0])
}

func TestUnknownSourceAndWrongSecretLookTheSame(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Limits{})
	unknown, wrong := d.post("/hooks/nope", "{}"), d.post("/hooks/am", "{}")
	if unknown.Code != wrong.Code || unknown.Body.String() != wrong.Body.String() {
		t.Errorf("%s differs from %s", unknown.Body, wrong.Body)
	}
	if diff := cmp.Diff(unknown.Header(), wrong.Header()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"unknown unauthorized": 1, "am unauthorized": 1}, d.counts); diff != "" {
		t.Error(diff)
	}
}

func TestFailuresAreLimitedPerClient(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Limits{Failures: 3, Every: 10 * time.Second})
	for i := range 3 {
		if w := d.post("/hooks/am", "{}"); w.Code != 401 {
			t.Fatalf("failure %d: %d", i, w.Code)
		}
	}
	w := d.post("/hooks/am", "{}")
	if w.Code != 429 || w.Header().Get("Retry-After") != "10" {
		t.Errorf("got %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if w := d.post("/hooks/am", `{"alerts":[]}`, "Authorization", "Bearer s3cret"); w.Code != 202 {
		t.Errorf("a right secret is never kept out: %d", w.Code)
	}
	other := httptest.NewRequest(http.MethodPost, "/hooks/am", strings.NewReader("{}"))
	other.RemoteAddr = "198.51.100.7:1"
	rec := httptest.NewRecorder()
	d.ServeHTTP(rec, other)
	if rec.Code != 401 {
		t.Errorf("another client has its own count: %d", rec.Code)
	}
	d.now = noon.Add(10 * time.Second)
	if w := d.post("/hooks/am", "{}"); w.Code != 401 {
		t.Errorf("after a while one more is free: %d", w.Code)
	}
}

func TestSinkErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		status int
		retry  string
	}{
		"away":      {fmt.Errorf("redis: %w", ErrUnavailable), 503, "5"},
		"cancelled": {fmt.Errorf("waiting: %w", context.Canceled), 503, "5"},
		"too late":  {context.DeadlineExceeded, 503, "5"},
		"fault":     {errors.New("secret detail"), 500, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, Limits{})
			d.sink.err = c.err
			w := d.post("/hooks/shop", `{"t":"x"}`)
			if w.Code != c.status || w.Header().Get("Retry-After") != c.retry || strings.Contains(w.Body.String(), "secret detail") {
				t.Errorf("got %d, %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
			}
			d.sink.err = nil
			if got := results(t, d.post("/hooks/shop", `{"t":"x"}`)); got[0].Result != ifsev.AlertDeclared {
				t.Errorf("sent again it is taken: %+v", got)
			}
		})
	}
}

// stuckSink holds every request until it is let go.
type stuckSink struct {
	entered chan struct{}
	free    chan struct{}
}

func (s *stuckSink) Submit(context.Context, []ifsev.Alert) ([]ifsev.AlertResult, error) {
	s.entered <- struct{}{}
	<-s.free
	return []ifsev.AlertResult{{Result: ifsev.AlertDeclared}}, nil
}

func TestInFlightIsLimited(t *testing.T) {
	t.Parallel()
	sink := &stuckSink{entered: make(chan struct{}), free: make(chan struct{})}
	h := Handler(testSources(t), sink, HandlerOptions{Limits: Limits{InFlight: 1}, Now: func() time.Time { return noon }})
	d := &desk{Handler: h}
	first := make(chan int)
	go func() { first <- d.post("/hooks/shop", `{"t":"x"}`).Code }()
	<-sink.entered
	if w := d.post("/hooks/shop", `{"t":"y"}`); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d", w.Code)
	}
	close(sink.free)
	if code := <-first; code != 202 {
		t.Errorf("the first went on to %d", code)
	}
	go func() { <-sink.entered }()
	if w := d.post("/hooks/shop", `{"t":"z"}`); w.Code != 202 {
		t.Errorf("a place was not given back: %d", w.Code)
	}
}

func TestMethod(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Limits{})
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodHead, http.MethodDelete} {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest(method, "/hooks/shop", nil))
		if w.Code != 405 || w.Header().Get("Allow") != "POST" {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

func TestMountedAndReplaced(t *testing.T) {
	t.Parallel()
	set := testSources(t)
	mux := http.NewServeMux()
	mux.Handle("POST /hooks/{source}", Handler(set, &memorySink{}, HandlerOptions{Now: func() time.Time { return noon }}))
	d := &desk{Handler: mux}
	results(t, d.post("/hooks/shop", `{"t":"x"}`))
	shop, _ := set.Source("shop")
	set.Replace(map[string]*Source{"kiosk": shop})
	if w := d.post("/hooks/shop", `{"t":"x"}`); w.Code != 401 {
		t.Errorf("a source that was taken away is gone: %d", w.Code)
	}
	results(t, d.post("/hooks/kiosk", `{"t":"x"}`))
	if _, ok := (&SourceSet{}).Source("x"); ok {
		t.Error("an empty set has no source")
	}
}

// shortSink breaks its promise of one result for each alert.
type shortSink struct{}

func (shortSink) Submit(context.Context, []ifsev.Alert) ([]ifsev.AlertResult, error) { return nil, nil }

func TestSinkThatAnswersTooFew(t *testing.T) {
	t.Parallel()
	d := &desk{Handler: Handler(testSources(t), shortSink{}, HandlerOptions{Now: func() time.Time { return noon }})}
	if w := d.post("/hooks/shop", `{"t":"x"}`); w.Code != 500 {
		t.Errorf("got %d: what is not known to be recorded is not accepted", w.Code)
	}
}

// slowSink answers when its context ends, as one does whose store hangs.
type slowSink struct{}

func (slowSink) Submit(ctx context.Context, _ []ifsev.Alert) ([]ifsev.AlertResult, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestSinkThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{Handler: Handler(testSources(t), slowSink{}, HandlerOptions{Now: time.Now})}
		start := time.Now()
		w := d.post("/hooks/shop", `{"t":"x"}`)
		if w.Code != 503 || w.Header().Get("Retry-After") != "5" || time.Since(start) != 15*time.Second {
			t.Errorf("got %d after %s", w.Code, time.Since(start))
		}
	})
}
