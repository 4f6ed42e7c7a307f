package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ifsev/ifsev/internal/problem"
	"github.com/ifsev/ifsev/internal/secret"
	"github.com/ifsev/ifsev/internal/wire"
)

func withTokens(_ *Options, s *Settings) {
	s.Tokens = []Token{
		{Name: "grafana", Hash: secret.HashOf("read-secret"), Scope: ScopeRead},
		{Name: "bot", Hash: secret.HashOf("respond-secret"), Scope: ScopeRespond},
		{Name: "ops", Hash: secret.HashOf("admin-secret"), Scope: ScopeAdmin},
		{Name: "empty", Hash: secret.HashOf(""), Scope: ScopeAdmin},
	}
}

func as(token string) []string { return []string{"Authorization", "Bearer " + token} }

func TestScopes(t *testing.T) {
	t.Parallel()
	s := newService(t, withTokens)
	s.send(t, http.MethodPost, "/api/v1/incidents", `{"title":"T"}`, as("respond-secret")...).want(t, http.StatusCreated, nil)
	for _, c := range []struct {
		method, path, body string
		// the statuses with no token, read, respond and admin
		want [4]int
	}{
		{http.MethodGet, "/api/v1/incidents", "", [4]int{401, 200, 200, 200}},
		{http.MethodGet, "/api/v1/incidents/1", "", [4]int{401, 200, 200, 200}},
		{http.MethodPost, "/api/v1/rules/check", `{"text":"rules: {}"}`, [4]int{401, 200, 200, 200}},
		{http.MethodPatch, "/api/v1/incidents/1", `{"severity":2}`, [4]int{401, 403, 200, 200}},
		{http.MethodPost, "/api/v1/incidents/1/ack", ``, [4]int{401, 403, 200, 200}},
		{http.MethodPost, "/api/v1/reload", ``, [4]int{401, 403, 403, 200}},
		{http.MethodPost, "/api/v1/deliveries/x/retry", ``, [4]int{401, 403, 403, 404}},
		{http.MethodGet, "/healthz", "", [4]int{200, 200, 200, 200}},
		{http.MethodGet, "/metrics", "", [4]int{200, 200, 200, 200}},
		{http.MethodGet, "/api/openapi.json", "", [4]int{200, 200, 200, 200}},
	} {
		for i, token := range []string{"", "read-secret", "respond-secret", "admin-secret"} {
			var headers []string
			if token != "" {
				headers = as(token)
			}
			if r := s.send(t, c.method, c.path, c.body, headers...); r.StatusCode != c.want[i] {
				t.Errorf("%s %s as %q: %d, not %d: %s", c.method, c.path, token, r.StatusCode, c.want[i], r.body)
			}
		}
	}
}

func TestTheTokensNameActs(t *testing.T) {
	t.Parallel()
	s := newService(t, withTokens)
	s.send(t, http.MethodPost, "/api/v1/incidents", `{"title":"T"}`, as("respond-secret")...).want(t, http.StatusCreated, nil)
	var inc wire.Incident
	s.send(t, http.MethodPost, "/api/v1/incidents/1/ack", "", as("admin-secret")...).want(t, http.StatusOK, &inc)
	if inc.AcknowledgedBy != "ops" {
		t.Errorf("acknowledged by %q", inc.AcknowledgedBy)
	}
}

func TestTokensThatAreNone(t *testing.T) {
	t.Parallel()
	s := newService(t, withTokens)
	missing := s.send(t, http.MethodGet, "/api/v1/incidents", "").problem(t, http.StatusUnauthorized)
	for _, header := range []string{"Bearer wrong", "Bearer ", "Bearer", "Basic cmVhZC1zZWNyZXQ=", "read-secret", "Bearer read-secret2", "bearer"} {
		r := s.send(t, http.MethodGet, "/api/v1/incidents", "", "Authorization", header)
		p := r.problem(t, http.StatusUnauthorized)
		if p.Detail != missing.Detail {
			t.Errorf("%q is told apart: %s", header, p.Detail)
		}
		if r.Header.Get("WWW-Authenticate") == "" {
			t.Error("no WWW-Authenticate")
		}
	}
	if r := s.send(t, http.MethodGet, "/api/v1/incidents", "", "Authorization", "bearer read-secret"); r.StatusCode != http.StatusOK {
		t.Errorf("the scheme's case counts: %d", r.StatusCode)
	}
}

func TestFailuresAreSlowedDown(t *testing.T) {
	t.Parallel()
	s := newService(t, withTokens)
	last := 0
	for range failureBurst + 5 {
		last = s.send(t, http.MethodGet, "/api/v1/incidents", "", as("wrong")...).StatusCode
	}
	r := s.send(t, http.MethodGet, "/api/v1/incidents", "", as("wrong")...)
	_ = r.problem(t, http.StatusTooManyRequests)
	if last != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
		t.Errorf("last %d, Retry-After %q", last, r.Header.Get("Retry-After"))
	}
	s.send(t, http.MethodGet, "/api/v1/incidents", "", as("read-secret")...).want(t, http.StatusOK, nil)
}

func TestWithoutTokensOnlyLoopbackNames(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for host, status := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "127.0.0.1:9": 200, "127.0.0.5": 200, "[::1]:80": 200, "[::1]": 200,
		"evil.example": 403, "evil.example:8080": 403, "10.0.0.1": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example": 403,
	} {
		if r := s.send(t, http.MethodGet, "/api/v1/incidents", "", "Host", host); r.StatusCode != status {
			t.Errorf("%s: %d, not %d", host, r.StatusCode, status)
		}
	}
	open := newService(t, func(_ *Options, with *Settings) { with.Open = true })
	open.send(t, http.MethodGet, "/api/v1/incidents", "", "Host", "ifsev.example.com").want(t, http.StatusOK, nil)
}

func TestOtherSitesPagesAreRefused(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T"}`)
	s.send(t, http.MethodPost, "/api/v1/incidents/1/close", "", "Sec-Fetch-Site", "cross-site").problem(t, http.StatusForbidden)
	s.send(t, http.MethodPost, "/api/v1/incidents/1/close", "", "Origin", "https://evil.example").problem(t, http.StatusForbidden)
	s.send(t, http.MethodPost, "/api/v1/incidents/1/close", "", "Sec-Fetch-Site", "same-origin").want(t, http.StatusOK, nil)
}

func TestSettingsCanBeReplaced(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.send(t, http.MethodGet, "/api/v1/incidents", "").want(t, http.StatusOK, nil)
	s.api.Use(Settings{Tokens: []Token{{Name: "x", Hash: secret.HashOf("y"), Scope: ScopeRead}}})
	s.send(t, http.MethodGet, "/api/v1/incidents", "").problem(t, http.StatusUnauthorized)
	s.send(t, http.MethodGet, "/api/v1/incidents", "", as("y")...).want(t, http.StatusOK, nil)
}

func TestAnEmptyTokenLetsNobodyIn(t *testing.T) {
	t.Parallel()
	s := newService(t, func(_ *Options, with *Settings) { with.Tokens = []Token{{Name: "empty", Scope: ScopeAdmin}} })
	s.send(t, http.MethodGet, "/api/v1/incidents", "").problem(t, http.StatusUnauthorized)
	s.send(t, http.MethodGet, "/api/v1/incidents", "", as("")...).problem(t, http.StatusUnauthorized)
}

func TestParseScope(t *testing.T) {
	t.Parallel()
	for _, want := range []Scope{ScopeRead, ScopeRespond, ScopeAdmin} {
		if got, err := ParseScope(want.String()); got != want || err != nil {
			t.Errorf("%s: %v, %v", want, got, err)
		}
	}
	for _, name := range []string{"", "none", "root", "Read"} {
		if _, err := ParseScope(name); err == nil {
			t.Errorf("%q is a scope", name)
		}
	}
}

// A client of an API follows no redirect with its body, so it is told that there is nothing.
func TestNothingIsRedirected(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, path := range []string{"/hooks", "//api/v1/incidents", "/api//v1/incidents", "/api/v1/incidents/../rules", "/api/v1/./rules", "//", "/hooks//x"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r := httptest.NewRequest(method, "http://localhost/", http.NoBody)
			r.URL.Path = path
			w := httptest.NewRecorder()
			s.api.ServeHTTP(w, r)
			if w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != problem.ContentType || w.Header().Get("Location") != "" {
				t.Errorf("%s %s: %d %v", method, path, w.Code, w.Header())
			}
		}
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.send(t, http.MethodGet, "/api/v1/nothing", "").problem(t, http.StatusNotFound)
	s.send(t, http.MethodGet, "/", "").problem(t, http.StatusNotFound)
	r := s.send(t, http.MethodDelete, "/api/v1/incidents/1", "")
	_ = r.problem(t, http.StatusMethodNotAllowed)
	if allow := r.Header.Get("Allow"); allow != "GET, HEAD, PATCH" {
		t.Errorf("Allow %q", allow)
	}
	s.send(t, http.MethodPut, "/api/v1/incidents", `{}`).problem(t, http.StatusMethodNotAllowed)
	s.send(t, http.MethodPost, "/healthz", ``).problem(t, http.StatusMethodNotAllowed)
}

func TestTooManyAtOnce(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	s := newService(t, func(o *Options, _ *Settings) {
		o.MaxInFlight = 1
		o.Hooks = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(arrived); <-release })
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		resp, err := s.Client().Post(s.URL+"/hooks/x", "application/json", http.NoBody)
		if err != nil {
			t.Error(err)
			return
		}
		_ = resp.Body.Close()
	}()
	<-arrived
	r := s.send(t, http.MethodGet, "/api/v1/incidents", "")
	_ = r.problem(t, http.StatusServiceUnavailable)
	if r.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.send(t, http.MethodGet, "/healthz", "").want(t, http.StatusOK, nil)
	close(release)
	<-done
	s.send(t, http.MethodGet, "/api/v1/incidents", "").want(t, http.StatusOK, nil)
}

func TestAPanicIsAProblem(t *testing.T) {
	t.Parallel()
	s := newService(t, func(o *Options, _ *Settings) {
		o.Hooks = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret detail") })
	})
	r := s.send(t, http.MethodPost, "/hooks/x", "{}")
	r.problem(t, http.StatusInternalServerError)
	if strings.Contains(string(r.body), "secret") {
		t.Errorf("the panic is told: %s", r.body)
	}
}

func TestTheStoreIsAway(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.declare(t, `{"title":"T"}`)
	s.store.broken.set(errAway)
	for _, c := range [][3]string{
		{http.MethodPost, "/api/v1/incidents", `{"title":"U"}`},
		{http.MethodGet, "/api/v1/incidents", ""},
		{http.MethodGet, "/api/v1/incidents/1", ""},
		{http.MethodPost, "/api/v1/incidents/1/ack", "{}"},
	} {
		r := s.send(t, c[0], c[1], c[2])
		r.problem(t, http.StatusServiceUnavailable)
		if r.Header.Get("Retry-After") == "" {
			t.Errorf("%s %s: no Retry-After", c[0], c[1])
		}
		if strings.Contains(string(r.body), "connection refused") {
			t.Errorf("the inner error is told: %s", r.body)
		}
	}
	s.store.broken.set(nil)
	s.send(t, http.MethodGet, "/api/v1/incidents/1", "").want(t, http.StatusOK, nil)
}

func TestOptionsAreRequired(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{}, Settings{}); err == nil {
		t.Error("nothing is required")
	}
	// A handler that is aborted on purpose stays aborted.
	s := newService(t, func(o *Options, _ *Settings) {
		o.Hooks = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	})
	resp, err := s.Client().Post(s.URL+"/hooks/x", "application/json", http.NoBody)
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		t.Error("an aborted request was answered")
	}
}
