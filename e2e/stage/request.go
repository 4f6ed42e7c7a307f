package stage

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Eventually asks again until the condition is nil or the time is up; it is how a test waits for other processes.
func Eventually(t testing.TB, limit time.Duration, what string, condition func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := condition()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come about within %v: %v", what, limit, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Get is Request with GET and no body.
func Get(url string) ([]byte, error) { return Request(http.MethodGet, url, "") }

// Request sends JSON with headers (name, value, …) and answers the body of a 2xx answer. Its error is a *StatusError
// for any other answer, and after ten seconds without one.
func Request(method, url, body string, headers ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		return nil, &StatusError{resp.StatusCode, b.String()}
	}
	return b.Bytes(), nil
}

// StatusError is an answer that says no.
type StatusError struct {
	Status int
	Body   string
}

// Error answers the status and the beginning of the body.
func (e *StatusError) Error() string { return fmt.Sprintf("%d %s", e.Status, tail(e.Body, 500)) }
