package api

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// matrix is what each route needs, written down by hand a second time: a route that is added, or whose scope changes,
// has to be put here by somebody who has thought about it.
func matrix() map[string]Scope {
	return map[string]Scope{
		"POST /api/v1/incidents": ScopeRespond, "GET /api/v1/incidents": ScopeRead,
		"GET /api/v1/incidents/{id}": ScopeRead, "PATCH /api/v1/incidents/{id}": ScopeRespond,
		"POST /api/v1/incidents/{id}/notes": ScopeRespond, "POST /api/v1/incidents/{id}/ack": ScopeRespond,
		"POST /api/v1/incidents/{id}/mitigate": ScopeRespond, "POST /api/v1/incidents/{id}/close": ScopeRespond,
		"POST /api/v1/incidents/{id}/reopen": ScopeRespond, "POST /api/v1/incidents/{id}/tasks": ScopeRespond,
		"GET /api/v1/incidents/{id}/timeline": ScopeRead, "GET /api/v1/incidents/{id}/explain": ScopeRead,
		"GET /api/v1/incidents/{id}/plan": ScopeRead, "DELETE /api/v1/incidents/{id}/plan/{rule}": ScopeRespond,
		"GET /api/v1/incidents/{id}/verify": ScopeRead,
		"GET /api/v1/rules":                 ScopeRead, "GET /api/v1/rules/{name}": ScopeRead, "POST /api/v1/rules/check": ScopeRead,
		"POST /api/v1/reload": ScopeAdmin, "GET /api/v1/export": ScopeRead,
		"GET /api/v1/deliveries": ScopeRead, "POST /api/v1/deliveries/{id}/retry": ScopeAdmin, "POST /api/v1/deliveries/{id}/drop": ScopeAdmin,
		"GET /api/v1/silences": ScopeRead, "GET /api/v1/silences/{silence}": ScopeRead, "POST /api/v1/silences": ScopeRespond, "DELETE /api/v1/silences/{silence}": ScopeRespond,
		"GET /api/v1/firings": ScopeRead, "GET /api/v1/doctor": ScopeAdmin,
		"GET /healthz": ScopeNone, "GET /readyz": ScopeNone,
	}
}

// open is what is answered without a token although it is no route of the API: sources have secrets of their own.
func open() []string {
	return []string{"GET /metrics", "POST /hooks/{source}", "GET /api/openapi.json"}
}

func TestEveryRouteNeedsItsScope(t *testing.T) {
	t.Parallel()
	s := newService(t, withTokens)
	want := matrix()
	for _, rt := range routes() {
		name := rt.method + " " + rt.path
		if slices.Contains(open(), name) {
			continue
		}
		need, known := want[name]
		if !known {
			t.Errorf("%s is in no matrix: say here which scope it needs", name)
			continue
		}
		for token, has := range map[string]Scope{"": ScopeNone, "wrong": ScopeNone, "read-secret": ScopeRead, "respond-secret": ScopeRespond, "admin-secret": ScopeAdmin} {
			checkScope(t, s, &rt, token, has, need)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// checkScope makes a request that is wrong in every other way, and looks at nothing but whether it was let through.
func checkScope(t *testing.T, s *service, rt *route, token string, has, need Scope) {
	t.Helper()
	path := placeholder.ReplaceAllString(rt.path, "999")
	r := s.send(t, rt.method, path, "", as(token)...)
	status := r.StatusCode
	if status == http.StatusTooManyRequests {
		status = http.StatusUnauthorized // the same, said a 21st time
	}
	switch {
	case need == ScopeNone:
		if status == http.StatusUnauthorized || status == http.StatusForbidden {
			t.Errorf("%s %s needs no token, and answers %d", rt.method, path, status)
		}
	case has == ScopeNone:
		if status != http.StatusUnauthorized {
			t.Errorf("%s %s with the token %q answers %d", rt.method, path, token, status)
		}
	case has < need:
		if status != http.StatusForbidden {
			t.Errorf("%s %s needs %s, and answers %d to %s", rt.method, path, need, status, has)
		}
	default:
		if status == http.StatusUnauthorized || status == http.StatusForbidden {
			t.Errorf("%s %s needs %s, and answers %d to %s", rt.method, path, need, status, has)
		}
	}
}

// HEAD is answered where GET is: it must need the same.
func TestHeadNeedsWhatGetNeeds(t *testing.T) {
	t.Parallel()
	s := newService(t, withTokens)
	for name, need := range matrix() {
		path, isGet := strings.CutPrefix(name, "GET ")
		if !isGet || need == ScopeNone {
			continue
		}
		if r := s.send(t, http.MethodHead, placeholder.ReplaceAllString(path, "999"), ""); r.StatusCode != http.StatusUnauthorized && r.StatusCode != http.StatusTooManyRequests {
			t.Errorf("HEAD %s answers %d", path, r.StatusCode)
		}
	}
}

// What is refused tells nothing of what there is: no token, one that is unknown, one that is nearly right, an incident
// that exists and one that does not are answered alike, header for header.
func TestEvery401IsTheSame(t *testing.T) {
	t.Parallel()
	s := newService(t, withTokens)
	s.send(t, http.MethodPost, "/api/v1/incidents", `{"title":"T"}`, as("respond-secret")...).want(t, http.StatusCreated, nil)
	first := s.send(t, http.MethodGet, "/api/v1/incidents/1", "")
	for _, c := range []struct{ method, path, auth string }{
		{http.MethodGet, "/api/v1/incidents/1", "Bearer admin-secre"}, {http.MethodGet, "/api/v1/incidents/1", "Bearer admin-secret2"},
		{http.MethodGet, "/api/v1/incidents/2", "Bearer nobody"}, {http.MethodPost, "/api/v1/reload", "Basic YTpi"},
		{http.MethodPost, "/api/v1/deliveries/x/drop", "Bearer "}, {http.MethodGet, "/api/v1/rules/nothing", strings.Repeat("x", 4000)},
	} {
		r := s.send(t, c.method, c.path, "", "Authorization", c.auth)
		r.Header.Set("Date", first.Header.Get("Date"))
		if r.StatusCode != http.StatusUnauthorized || string(r.body) != string(first.body) {
			t.Errorf("%s %s with %.20q: %d %s", c.method, c.path, c.auth, r.StatusCode, r.body)
		}
		if diff := cmp.Diff(first.Header, r.Header); diff != "" {
			t.Errorf("%s %s: %s", c.method, c.path, diff)
		}
	}
}
