package actions

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/secret"
)

func TestBeat(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path+" "+r.UserAgent())
		w.WriteHeader(status)
		_, _ = w.Write([]byte("you asked for " + r.URL.Path))
	}))
	defer srv.Close()
	address := secret.Secret(srv.URL + "/0c5b1a0e-t0psecret-7f2d")
	beat := func(policy Policy) error {
		s, err := New(Options{Outgoing: policy, UserAgent: "ifsev/test"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Beat(t.Context(), address)
	}
	allow := Policy{AllowPrivate: true}
	if err := beat(allow); err != nil || len(asked) != 1 || asked[0] != "GET /0c5b1a0e-t0psecret-7f2d ifsev/test" {
		t.Errorf("%v, asked %q", err, asked)
	}
	for what, c := range map[string]struct {
		policy Policy
		status int
		reason ifsev.FailureReason
	}{
		"a private address": {Policy{}, 200, ifsev.ReasonRefused}, "a refusal": {allow, 404, ifsev.ReasonClient}, "a redirect": {allow, 302, ifsev.ReasonClient},
	} {
		status = c.status
		f := failureIn(beat(c.policy))
		if f == nil || f.Reason != c.reason || strings.Contains(f.Text, "t0psecret") {
			t.Errorf("%s: %+v", what, f)
		}
	}
	if len(asked) != 3 {
		t.Errorf("asked %q: a private address must not be reached", asked)
	}
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if f := failureIn(s.Beat(t.Context(), "nonsense-t0psecret")); f == nil || f.Reason != ifsev.ReasonConfig || strings.Contains(f.Text, "t0psecret") {
		t.Errorf("%+v", f)
	}
}

func failureIn(err error) *ifsev.Failure {
	f, _ := err.(*ifsev.Failure) //nolint:errorlint // Beat promises it
	return f
}
