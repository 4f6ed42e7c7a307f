// Package client speaks to the HTTP API of a running ifsev: one method for each thing a terminal asks for. Its errors
// are for people: they say what happened and what to do next, and never show a token.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/problem"
)

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 64 << 20

// Client speaks to one server. It is safe for concurrent use.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
}

// New makes a client of the server's address, such as http://127.0.0.1:8080; token may be empty.
func New(server, token string) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(server, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the server %q is no address: write it like http://127.0.0.1:8080", server)
	}
	return &Client{base: u, token: token, http: &http.Client{Timeout: 30 * time.Second}}, nil
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Error is a refusal by the server.
type Error struct{ problem.Problem }

// Error answers what the server said, each wrong field on a line of its own.
func (e *Error) Error() string { return e.text() + e.next() }

// Named answers what the server said with other names for the places in the body it points at.
func (e *Error) Named(name func(pointer string) string) error {
	other := *e
	other.Errors = slices.Clone(e.Errors)
	for i := range other.Errors {
		at := &other.Errors[i]
		called := name(at.Pointer)
		if rest, ok := strings.CutPrefix(other.Detail, at.Pointer+": "); ok && len(e.Errors) == 1 {
			other.Detail = called + ": " + rest
		}
		at.Pointer = called
	}
	return &other
}

func (e *Error) text() string {
	text := e.Detail
	if text == "" {
		text = e.Title
	}
	if len(e.Errors) > 1 || len(e.Errors) == 1 && !strings.Contains(text, e.Errors[0].Detail) {
		for _, at := range e.Errors {
			text += "\n  " + strings.TrimPrefix(at.Pointer+": ", ": ") + at.Detail
		}
	}
	return text
}

// next says what to do.
func (e *Error) next() string {
	const token, again = "\nset IFSEV_TOKEN, or use --token", "\ntry again in a moment"
	switch {
	case e.Status == http.StatusUnauthorized:
		return token
	case e.Status == http.StatusTooManyRequests && strings.Contains(e.Detail, "token"):
		return token + again
	case e.Status == http.StatusServiceUnavailable || e.Status == http.StatusTooManyRequests:
		return again
	}
	return ""
}

// call is one request.
type call struct {
	method, path string
	query        url.Values
	body         any
	headers      map[string]string
	// into takes the answer; nil where there is none.
	into any
	// status takes that of an answer that is no refusal; nil where nobody asks.
	status *int
}

func (c *Client) do(ctx context.Context, q call) error {
	req, err := c.request(ctx, q)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read to its end or is of no use
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("the answer of %s broke off: %w", c.base, err)
	}
	if resp.StatusCode/100 != 2 {
		return c.refused(resp, raw)
	}
	if q.status != nil {
		*q.status = resp.StatusCode
	}
	if q.into == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, q.into); err != nil {
		return fmt.Errorf("what answers at %s is not ifsev, or another version: %w", c.base, err)
	}
	return nil
}

// open makes a request whose answer may take as long as it takes to read.
func (c *Client) open(ctx context.Context, q call) (io.ReadCloser, error) {
	req, err := c.request(ctx, q)
	if err != nil {
		return nil, err
	}
	patient := http.Client{Transport: c.http.Transport}
	resp, err := patient.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if resp.StatusCode/100 == 2 {
		return resp.Body, nil
	}
	defer func() { _ = resp.Body.Close() }() // it was read to its end or is of no use
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("the answer of %s broke off: %w", c.base, err)
	}
	return nil, c.refused(resp, raw)
}

func (c *Client) request(ctx context.Context, q call) (*http.Request, error) {
	u := c.base.JoinPath(q.path)
	u.RawQuery = q.query.Encode()
	var body io.Reader
	if q.body != nil {
		raw, err := json.Marshal(q.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, value := range q.headers {
		req.Header.Set(name, value)
	}
	return req, nil
}

func (c *Client) refused(resp *http.Response, raw []byte) error {
	e := &Error{}
	if err := json.Unmarshal(raw, &e.Problem); err != nil || e.Status == 0 {
		return fmt.Errorf("%s answered %s, and not as ifsev does: is this the right address?", c.base, resp.Status)
	}
	return e
}

// unreachable says which server was tried and how to start one.
func (c *Client) unreachable(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("no answer from %s in time: is the daemon busy, or the address wrong?", c.base)
	}
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("no daemon at %s (%w)\nstart one with `ifsev serve`, or name another with --server or IFSEV_SERVER", c.base, err)
}
