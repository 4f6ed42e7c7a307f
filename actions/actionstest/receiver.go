package actionstest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Recorded is one request as it came in.
type Recorded struct {
	At     time.Time
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	// Status is what was answered; 0 where the connection was dropped or left hanging.
	Status int
	// Done says that the receiver did the work, whatever it answered.
	Done bool
}

// JSON answers the body decoded, or nil if it is no JSON object.
func (r Recorded) JSON() map[string]any {
	var m map[string]any
	if json.Unmarshal(r.Body, &m) != nil {
		return nil
	}
	return m
}

// Key answers the request's Idempotency-Key.
func (r Recorded) Key() string { return r.Header.Get("Idempotency-Key") }

// Behaviour is what a receiver does with one or more requests instead of its usual answer.
type Behaviour struct {
	// Status and, with it, Header and Body are answered without the work being done; 0 means the usual answer.
	Status int
	Header map[string]string
	Body   string
	// Delay is how long the answer takes; it ends early when the client gives up.
	Delay time.Duration
	// Hang never answers; it ends when the client gives up or the receiver is closed. The work is not done.
	Hang bool
	// Drop does the work, then breaks the connection without an answer.
	Drop bool
	// Times is how many requests it is for; 0 means one.
	Times int
}

// reply is an answer on its way.
type reply struct {
	status int
	header map[string]string
	body   string
}

// Receiver is an HTTP server on loopback. By itself it answers 200 with {"ok":true} to everything.
type Receiver struct {
	server  *http.Server
	address string
	closed  chan struct{}
	stopped chan struct{}

	mu       sync.Mutex
	usual    func(Recorded) reply
	plan     []Behaviour
	always   *Behaviour
	requests []Recorded
	changed  chan struct{}
}

// NewReceiver starts a receiver for a test, which closes it.
func NewReceiver(tb testing.TB) *Receiver {
	tb.Helper()
	return forTest(tb, Listen)
}

func forTest[T interface{ Close() }](tb testing.TB, listen func(string) (T, error)) T {
	tb.Helper()
	r, err := listen("127.0.0.1:0")
	if err != nil {
		tb.Fatalf("start a fake receiver: %v", err)
	}
	tb.Cleanup(r.Close)
	return r
}

// Listen starts a receiver on an address such as 127.0.0.1:0. Whoever starts it closes it.
func Listen(address string) (*Receiver, error) {
	return listen(address, func(Recorded) reply { return reply{status: http.StatusOK, body: `{"ok":true}`} })
}

func listen(address string, usual func(Recorded) reply) (*Receiver, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	r := &Receiver{address: l.Addr().String(), usual: usual, closed: make(chan struct{}), stopped: make(chan struct{}), changed: make(chan struct{})}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(r.stopped)
		_ = r.server.Serve(l) // it ends with ErrServerClosed
	}()
	return r, nil
}

// URL is the receiver's address: http://127.0.0.1:PORT.
func (r *Receiver) URL() string { return "http://" + r.address }

// Close stops the receiver and lets go of what hangs. It may be called more than once.
func (r *Receiver) Close() {
	r.mu.Lock()
	select {
	case <-r.closed:
	default:
		close(r.closed)
	}
	r.mu.Unlock()
	_ = r.server.Close() // nothing is left to do about a connection that will not close
	<-r.stopped
}

// Behave plans what happens with the next requests, in order, after what is planned already.
func (r *Receiver) Behave(plan ...Behaviour) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plan = append(r.plan, plan...)
}

// Always sets what happens with every request for which nothing is planned; nil brings the usual answer back.
func (r *Receiver) Always(b *Behaviour) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.always = b
}

// Requests lists every request so far, in the order they came.
func (r *Receiver) Requests() []Recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Recorded{}, r.requests...)
}

// Done lists, by Idempotency-Key, the requests whose work was done: more than one under a key is a duplicate.
func (r *Receiver) Done() map[string][]Recorded {
	done := map[string][]Recorded{}
	for _, q := range r.Requests() {
		if q.Done {
			done[q.Key()] = append(done[q.Key()], q)
		}
	}
	return done
}

// Wait answers the requests as soon as there are n of them; an error if ctx ends before that.
func (r *Receiver) Wait(ctx context.Context, n int) ([]Recorded, error) {
	for {
		r.mu.Lock()
		seen, changed := len(r.requests), r.changed
		r.mu.Unlock()
		if seen >= n {
			return r.Requests(), nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return r.Requests(), fmt.Errorf("%d of %d requests came: %w", seen, n, ctx.Err())
		}
	}
}

// next takes the behaviour for one request off the plan.
func (r *Receiver) next() Behaviour {
	if len(r.plan) == 0 {
		if r.always != nil {
			return *r.always
		}
		return Behaviour{}
	}
	b := r.plan[0]
	if b.Times > 1 {
		r.plan[0].Times--
	} else {
		r.plan = r.plan[1:]
	}
	return b
}

// ServeHTTP records a request and answers it.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(io.LimitReader(q.Body, 1<<20))
	if err != nil {
		return // the client is gone; there is no whole request to record
	}
	b, out := r.take(Recorded{At: time.Now(), Method: q.Method, Path: q.URL.Path, Query: q.URL.Query(), Header: q.Header.Clone(), Body: body})
	if b.Delay > 0 || b.Hang {
		r.pause(q.Context(), b)
	}
	if b.Drop || b.Hang {
		panic(http.ErrAbortHandler) // net/http's way to break a connection
	}
	for name, value := range out.header {
		w.Header().Set(name, value)
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(out.status)
	_, _ = io.WriteString(w, out.body) // the client may be gone
}

// take decides what becomes of a request and records it, in one step, so that the order is that of the records.
func (r *Receiver) take(q Recorded) (Behaviour, reply) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.next()
	out := reply{status: b.Status, header: b.Header, body: b.Body}
	if b.Status == 0 && !b.Hang {
		out = r.usual(q)
		q.Done = out.status < 300
	}
	if !b.Hang && !b.Drop {
		q.Status = out.status
	}
	r.requests = append(r.requests, q)
	close(r.changed)
	r.changed = make(chan struct{})
	return b, out
}

func (r *Receiver) pause(ctx context.Context, b Behaviour) {
	var over <-chan time.Time
	if !b.Hang {
		timer := time.NewTimer(b.Delay)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-over:
	case <-ctx.Done():
	case <-r.closed:
	}
}
