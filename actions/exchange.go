package actions

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/ifsev/ifsev"
)

const (
	answerLimit     = 64 << 10 // of an answer, how much is read if the kind does not want more
	textOutputLimit = 4 << 10  // of an output, how much later steps may see
	summaryLimit    = 1 << 10  // of a receipt's summary, how much is kept
	errorLimit      = 512      // of a failure's text, the answer it repeats included
)

// exchanger is the one way requests leave: with our headers, without redirects or proxies, with at most one quick
// second try when no connection was made.
type exchanger struct {
	client    *retryablehttp.Client
	transport *http.Transport
	agent     string
}

// request is one HTTP request of a kind.
type request struct {
	method  string
	address *url.URL
	header  http.Header
	body    []byte
	// limit is how much of the answer is read; 0 means answerLimit.
	limit int
	// name is what people call the receiver in errors: the connection, or the host.
	name string
}

// answer is what came back. A body that broke off is as long as it came.
type answer struct {
	status int
	header http.Header
	body   []byte
	// text is the body for people; no half of a secret is at its end, whatever ended it.
	text string
	// cut says that there was more than the request's limit.
	cut bool
}

func newExchanger(dial dialFunc, roots *x509.CertPool, agent string) *exchanger {
	t := &http.Transport{
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    dialTimeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    8, // as many as a destination has attempts at once
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: answerLimit,
		DisableCompression:     true, // so that the cap on the answer is a cap on the memory too
	}
	c := retryablehttp.NewClient()
	c.Logger = nil // it would log addresses, which are secrets
	c.RetryMax, c.RetryWaitMin, c.RetryWaitMax = 1, 50*time.Millisecond, 250*time.Millisecond
	c.CheckRetry = func(ctx context.Context, _ *http.Response, err error) (bool, error) {
		return err != nil && ctx.Err() == nil && nothingSent(err), nil
	}
	c.ErrorHandler = retryablehttp.PassthroughErrorHandler
	c.HTTPClient = &http.Client{
		Transport:     onlyRoundTrips{t},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &exchanger{client: c, transport: t, agent: agent}
}

// onlyRoundTrips hides that the transport can close its idle connections: retryablehttp does so after every failed
// request, and one receiver that is down would cost all the others their connections.
type onlyRoundTrips struct{ http.RoundTripper }

func (e *exchanger) close() { e.transport.CloseIdleConnections() }

// send makes the request and judges the answer. Where the status is a failure, the answer comes along for the kinds
// that can say more about it.
func (e *exchanger) send(ctx context.Context, a Attempt, r request) (answer, *ifsev.Failure) {
	ans, f := e.exchange(ctx, a, r)
	if f != nil {
		return ans, f
	}
	f = verdict(ans.status, ans.header, a.Now)
	if f != nil {
		f.Text = fmt.Sprintf("%s answered %s%s", r.name, statusText(ans.status), hint(ans))
	}
	return ans, f
}

func (e *exchanger) exchange(ctx context.Context, a Attempt, r request) (answer, *ifsev.Failure) {
	plain, err := http.NewRequestWithContext(ctx, r.method, r.address.String(), nil)
	if err != nil {
		return answer{}, fail(ifsev.ReasonConfig, "%s: the request cannot be made: check method and address", r.name)
	}
	req, err := retryablehttp.FromRequest(plain)
	if err == nil && r.body != nil {
		err = req.SetBody(r.body)
	}
	if err != nil {
		return answer{}, fail(ifsev.ReasonInternal, "%s: the request cannot be made", r.name)
	}
	e.stamp(req.Header, a.Delivery, r.header)
	resp, err := e.client.Do(req)
	if err != nil {
		if resp != nil {
			_ = resp.Body.Close() // there is no answer to lose
		}
		return answer{}, networkFailure(ctx, err, r.name, r.address.Hostname())
	}
	defer func() { _ = resp.Body.Close() }() // it was read as far as it counts
	return readAnswer(resp, cmp.Or(r.limit, answerLimit), a.scrub), nil
}

func readAnswer(resp *http.Response, limit int, scrub *scrubber) answer {
	// The status is the answer; a body that breaks off after it does not undo what the receiver has done.
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	ans := answer{status: resp.StatusCode, header: resp.Header, cut: len(body) > limit}
	body = body[:min(len(body), limit)]
	text := string(body)
	if ans.cut || err != nil {
		text = scrub.unfinished(text)
	}
	ans.body, ans.text = bytes.ToValidUTF8(body, []byte("\uFFFD")), strings.ToValidUTF8(text, "\uFFFD")
	return ans
}

// stamp sets the request's headers and, over them, ours, which are the same on every attempt at a delivery.
func (e *exchanger) stamp(h http.Header, d ifsev.Delivery, own http.Header) {
	for name, values := range own {
		h[name] = values
	}
	h.Set("User-Agent", e.agent)
	// Spelled otherwise net/http would take the key as leave to send the request again by itself, on a connection that
	// broke after the receiver may have done the work. Whether to try again is the engine's to say.
	h["idempotency-key"] = []string{d.ID}
	h.Set("Webhook-Id", d.ID)
	if d.TraceParent != "" {
		h.Set("Traceparent", d.TraceParent)
	}
}

// hint repeats a refusing answer, or says where it wanted to send us. It is made one line and cut to length only after it
// was scrubbed: half a secret would not be found, nor one whose blanks are others.
func hint(ans answer) string {
	if ans.status >= 300 && ans.status < 400 {
		if to, err := url.Parse(ans.header.Get("Location")); err == nil && to.Host != "" {
			return fmt.Sprintf(": redirects are not followed; give the final address (it is on %s)", to.Hostname())
		}
		return ": redirects are not followed; give the final address"
	}
	if excerpt(ans.text, errorLimit) != "" {
		return ": " + ans.text
	}
	return ""
}
