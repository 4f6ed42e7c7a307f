package problem

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in         *Problem
		status     int
		body       string
		retryAfter string
	}{
		"plain": {
			New(404, "no incident INC-7"), 404,
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"no incident INC-7"}` + "\n", "",
		},
		"with places": {
			New(422, "the body is wrong", At{Pointer: "/title", Detail: "must not be empty"}), 422,
			`{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"the body is wrong","errors":[{"pointer":"/title","detail":"must not be empty"}]}` + "\n", "",
		},
		"retry is rounded up": {
			&Problem{Status: 503, RetryAfter: 1500 * time.Millisecond}, 503,
			`{"type":"about:blank","title":"Service Unavailable","status":503}` + "\n", "2",
		},
		"a type of its own": {
			&Problem{Type: "https://ifsev.dev/problems/x", Title: "X", Status: 409, Detail: "<b> & c"}, 409,
			`{"type":"https://ifsev.dev/problems/x","title":"X","status":409,"detail":"<b> & c"}` + "\n", "",
		},
		"no error status": {New(200, "d"), 500, `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"d"}` + "\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			Write(w, c.in)
			if w.Code != c.status || w.Header().Get("Retry-After") != c.retryAfter {
				t.Errorf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
			}
			if diff := cmp.Diff(c.body, w.Body.String()); diff != "" {
				t.Error(diff)
			}
			if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("content type %q", ct)
			}
			if !json.Valid(w.Body.Bytes()) {
				t.Error("no JSON")
			}
		})
	}
}

func TestWriteLeavesItAlone(t *testing.T) {
	t.Parallel()
	p := New(http.StatusTeapot, "")
	Write(httptest.NewRecorder(), p)
	if p.Type != "" || p.Title != "" {
		t.Error("Write changed the problem it was given")
	}
}

func TestIsAnError(t *testing.T) {
	t.Parallel()
	var err error = New(409, "taken")
	var p *Problem
	if !errors.As(err, &p) || p.Status != 409 || err.Error() != "taken" {
		t.Error("a problem can travel as an error")
	}
	if got := New(409, "").Error(); got != "Conflict" {
		t.Error(got)
	}
}

func TestPointer(t *testing.T) {
	t.Parallel()
	for want, parts := range map[string][]string{"": nil, "/a/0": {"a", "0"}, "/a~1b/~0": {"a/b", "~"}} {
		if got := Pointer(parts...); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
