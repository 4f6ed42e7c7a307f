package triggers

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/internal/throttle"
)

// Limits bound what one request and all of them together may cost. Zero fields mean the defaults.
type Limits struct {
	Header   int           // bytes of all headers; 32 KiB
	Body     int64         // bytes as sent; 1 MiB
	Unpacked int64         // bytes after decompression; 4 MiB
	Ratio    int           // how many times it may grow in decompression; 50
	Depth    int           // levels of JSON; 64
	Nodes    int           // values of JSON; 100,000
	InFlight int           // requests at a time; 128
	Failures int           // failures to authorize in a row before 429; 20
	Every    time.Duration // after which one more is free again; 3s
	Time     time.Duration // within which the sink must answer; 15s
	Wait     time.Duration // what Retry-After says; 5s
	Shed     time.Duration // what it says to a source that is shed; 60s
}

func (l Limits) withDefaults() Limits {
	d := Limits{
		Header: 32 << 10, Body: 1 << 20, Unpacked: 4 << 20, Ratio: 50, Depth: 64, Nodes: 100_000, InFlight: 128, Failures: 20,
		Every: 3 * time.Second, Time: 15 * time.Second, Wait: 5 * time.Second, Shed: time.Minute,
	}
	return Limits{
		Header: or(l.Header, d.Header), Body: or(l.Body, d.Body), Unpacked: or(l.Unpacked, d.Unpacked), Ratio: or(l.Ratio, d.Ratio),
		Depth: or(l.Depth, d.Depth), Nodes: or(l.Nodes, d.Nodes), InFlight: or(l.InFlight, d.InFlight),
		Failures: or(l.Failures, d.Failures), Every: or(l.Every, d.Every), Time: or(l.Time, d.Time), Wait: or(l.Wait, d.Wait), Shed: or(l.Shed, d.Shed),
	}
}

func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// UnknownSource is the source under which requests to sources that do not exist are observed.
const UnknownSource = "unknown"

// Result is what became of alerts, as they are counted.
type Result string

// The results.
const (
	Accepted     Result = "accepted"
	Duplicate    Result = "duplicate"
	Rejected     Result = "rejected"
	Unauthorized Result = "unauthorized"
	// Shed: refused for now, because the source can be done without and there is little room.
	Shed Result = "shed"
)

// Results lists every result.
func Results() []Result { return []Result{Accepted, Duplicate, Rejected, Unauthorized, Shed} }

// HandlerOptions are what a Handler needs beside sources and sink.
type HandlerOptions struct {
	Limits Limits
	// Observe counts n alerts of a source; a request that was refused as a whole counts as one. Nil means nobody counts.
	Observe func(source string, result Result, n int)
	// Failed counts a request that was not authorized; limited means it was one too many. Nil means nobody counts.
	Failed func(limited bool)
	// Refused is told of what was refused, now and then: see Refusal. Nil means nobody is told.
	Refused func(Refusal)
	// Shedding reports whether sources that can be done without are refused for now. Nil means never.
	Shedding func() bool
	// Now is the clock.
	Now func() time.Time
}

// Handler serves POST /hooks/{source}: 202 with what became of each alert, once all are recorded.
func Handler(sources Sources, sink Sink, o HandlerOptions) http.Handler {
	l := o.Limits.withDefaults()
	if o.Shedding == nil {
		o.Shedding = func() bool { return false }
	}
	if o.Observe == nil {
		o.Observe = func(string, Result, int) {}
	}
	if o.Failed == nil {
		o.Failed = func(bool) {}
	}
	return &intake{
		sources: sources, sink: sink, limits: l, observe: o.Observe, failed: o.Failed, shedding: o.Shedding, now: o.Now,
		slots: make(chan struct{}, l.InFlight), failures: throttle.New(l.Every, l.Failures), sharing: share{most: max(1, l.InFlight/2), busy: map[netip.Prefix]int{}},
		refusals: refusals{tell: o.Refused},
	}
}

type intake struct {
	sources  Sources
	sink     Sink
	limits   Limits
	observe  func(string, Result, int)
	failed   func(bool)
	shedding func() bool
	now      func() time.Time
	slots    chan struct{}
	failures *throttle.Failures
	sharing  share
	refusals refusals
}

// ServeHTTP answers one request.
func (in *intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		problem.Write(w, problem.New(http.StatusMethodNotAllowed, "alerts are sent with POST"))
		return
	}
	select {
	case in.slots <- struct{}{}:
		defer func() { <-in.slots }()
	default:
		problem.Write(w, in.later("too many requests at a time: send again"))
		return
	}
	if !in.sharing.enter(r.RemoteAddr) {
		problem.Write(w, in.later("too many requests at a time from this address: send again"))
		return
	}
	defer in.sharing.leave(r.RemoteAddr)
	results, err := in.take(w, r)
	if err != nil {
		in.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(map[string]any{"results": results}) // recorded all the same if the caller is gone
}

func (in *intake) refuse(w http.ResponseWriter, err error) {
	var p *problem.Problem
	switch {
	case errors.As(err, &p):
	case errors.Is(err, ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		p = in.later("alerts cannot be recorded now: send again")
	default:
		p = problem.New(http.StatusInternalServerError, "a fault of ifsev, not of what was sent: send again, and look at its log")
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="ifsev"`)
	}
	problem.Write(w, p)
}

func (in *intake) later(detail string) *problem.Problem {
	return &problem.Problem{Status: http.StatusServiceUnavailable, Detail: detail, RetryAfter: in.limits.Wait}
}

// take reads, verifies, decodes and submits.
func (in *intake) take(w http.ResponseWriter, r *http.Request) ([]ifsev.AlertResult, error) {
	if headerBytes(r.Header) > in.limits.Header {
		return nil, problem.New(http.StatusRequestHeaderFieldsTooLarge, fmt.Sprintf("the headers are larger than %d bytes", in.limits.Header))
	}
	body, err := readBody(w, r, in.limits.Body)
	if err != nil {
		return nil, err
	}
	req := Request{Header: r.Header, Body: body, At: in.now()}
	src, err := in.authorize(r, req)
	if err != nil {
		return nil, err
	}
	if src.Sheddable && in.shedding() {
		in.observe(src.Name, Shed, 1)
		return nil, &problem.Problem{
			Status: http.StatusTooManyRequests, RetryAfter: in.limits.Shed,
			Detail: "the store runs out of room, and this source is marked sheddable: nothing was recorded, send again later",
		}
	}
	elements, err := in.decode(src, req)
	if err != nil {
		in.observe(src.Name, Rejected, 1)
		in.refusals.add(Refusal{Source: src.Name, Result: Rejected, Reason: err.Error(), Alerts: 1}, req.At)
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), in.limits.Time)
	defer cancel()
	results, err := in.submit(ctx, elements)
	if err != nil {
		return nil, err
	}
	return results, in.count(src, elements, results, req.At)
}

func headerBytes(h http.Header) int {
	n := 0
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(v)
		}
	}
	return n
}

// errUnknownSource says for a log what the answer does not.
var errUnknownSource = errors.New("there is no such source in the configuration")

// authorize answers the source. One that does not exist looks the same from outside as a wrong secret.
func (in *intake) authorize(r *http.Request, req Request) (*Source, error) {
	src, known := in.sources.Source(sourceName(r))
	why := errUnknownSource
	if known {
		if why = src.Auth.Verify(req); why == nil {
			return src, nil
		}
	}
	if _, signed := verifierOf(src).(*HMAC); !signed {
		_ = sha256.Sum256(req.Body) // a signature is a hash of the body: that is the time all refusals take
	}
	name := UnknownSource
	if known {
		name = src.Name
	}
	in.observe(name, Unauthorized, 1)
	in.refusals.add(Refusal{Source: name, Result: Unauthorized, Reason: why.Error(), Alerts: 1}, req.At)
	limited := in.failures.Failed(r.RemoteAddr, req.At)
	in.failed(limited)
	if limited {
		return nil, &problem.Problem{Status: http.StatusTooManyRequests, Detail: "too many requests that were not authorized", RetryAfter: in.limits.Every}
	}
	return nil, problem.New(http.StatusUnauthorized, "there is no such source, or its secret or signature is wrong: compare both with sources in the configuration")
}

func verifierOf(s *Source) Verifier {
	if s == nil {
		return nil
	}
	return s.Auth
}

func sourceName(r *http.Request) string {
	if name := r.PathValue("source"); name != "" {
		return name
	}
	return strings.TrimPrefix(r.URL.Path, "/hooks/")
}

func (in *intake) decode(src *Source, req Request) ([]Element, error) {
	if err := checkType(req.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	body, err := unpack(req.Body, req.Header.Get("Content-Encoding"), in.limits.Unpacked, in.limits.Ratio)
	if err != nil {
		return nil, err
	}
	if err := checkShape(body, in.limits.Depth, in.limits.Nodes); err != nil {
		return nil, err
	}
	req.Body = body
	elements, err := src.Decode(req)
	if err != nil {
		return nil, problem.New(http.StatusUnprocessableEntity, err.Error())
	}
	return elements, nil
}

// submit hands over what is an alert and answers a result for each element, in order.
func (in *intake) submit(ctx context.Context, elements []Element) ([]ifsev.AlertResult, error) {
	var alerts []ifsev.Alert
	for _, e := range elements {
		if e.Reason == "" {
			alerts = append(alerts, e.Alert)
		}
	}
	var done []ifsev.AlertResult
	if len(alerts) > 0 {
		var err error
		if done, err = in.sink.Submit(ctx, alerts); err != nil {
			return nil, err
		}
		if len(done) != len(alerts) {
			return nil, fmt.Errorf("the sink answered %d results for %d alerts", len(done), len(alerts))
		}
	}
	results := make([]ifsev.AlertResult, len(elements))
	for i, e := range elements {
		if e.Reason != "" {
			results[i] = ifsev.AlertResult{Key: e.Alert.Key, Result: ifsev.AlertRejected, Reason: e.Reason}
			continue
		}
		results[i], done = done[0], done[1:]
	}
	return results, nil
}

// detailOf says which alert of a body was not understood, where there are several; not all of them have a pointer.
func detailOf(reason string, i, n int) string {
	if n == 1 {
		return reason
	}
	return fmt.Sprintf("alert %d of %d: %s", i+1, n, reason)
}

// count observes the results, and makes a refusal of them where nothing at all was accepted.
func (in *intake) count(src *Source, elements []Element, results []ifsev.AlertResult, at time.Time) error {
	counts := map[Result]int{}
	var errs []problem.At
	for i, res := range results {
		switch res.Result {
		case ifsev.AlertRejected:
			counts[Rejected]++
			errs = append(errs, problem.At{Pointer: elements[i].Pointer, Detail: detailOf(res.Reason, i, len(results))})
		case ifsev.AlertDuplicate:
			counts[Duplicate]++
		default:
			counts[Accepted]++
		}
	}
	for _, result := range Results() {
		if n := counts[result]; n > 0 {
			in.observe(src.Name, result, n)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	in.refusals.add(Refusal{Source: src.Name, Result: Rejected, Reason: errs[0].Detail, Pointer: errs[0].Pointer, Alerts: len(errs)}, at)
	if len(errs) < len(results) {
		return nil
	}
	return problem.New(http.StatusUnprocessableEntity, "no alert in the body could be understood: "+errs[0].Detail, errs...)
}
