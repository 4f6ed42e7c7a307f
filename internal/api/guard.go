package api

import (
	"net"
	"net/http"
	"time"
)

// admit decides whether a request may do what needs the scope, and answers who it comes from.
func (s *Server) admit(r *http.Request, need Scope) (caller, error) {
	set := s.settings.Load()
	if !set.guarded {
		if !set.open && !loopbackHost(r.Host) {
			// A page whose name was made to point here (DNS rebinding) comes with its own name.
			return caller{}, refuse(http.StatusForbidden, "without tokens only loopback names are answered, not %q: configure tokens, or auth: none", r.Host)
		}
		return caller{name: defaultActor}, nil
	}
	if need == ScopeNone {
		return caller{name: defaultActor}, nil
	}
	token, ok := find(set.tokens, bearer(r))
	switch {
	case ok && token.Scope < need:
		return caller{}, refuse(http.StatusForbidden, "this needs a token with the scope %s; %s has %s", need, token.Name, token.Scope)
	case ok:
		return caller{name: token.Name}, nil
	}
	return caller{}, s.unauthorized(r)
}

// Who fails to show a valid token may try again this often.
const (
	failureBurst = 20
	failureEvery = 3 * time.Second
)

// unauthorized counts a failure and answers it: 401, the same whatever was wrong, or 429 where there were too many.
func (s *Server) unauthorized(r *http.Request) error {
	limited := s.failures.Failed(r.RemoteAddr, s.now())
	s.engine.CountAuthFailure("api", limited)
	if !limited {
		return refuse(http.StatusUnauthorized, "send a valid token: Authorization: Bearer TOKEN")
	}
	p := refuse(http.StatusTooManyRequests, "too many requests without a valid token")
	p.RetryAfter = failureEvery
	return p
}

// caller is who sends a request.
type caller struct{ name string }

// defaultActor acts where there is neither a token nor a name in the body.
const defaultActor = "api"

// loopbackHost reports whether a Host header names this machine alone.
func loopbackHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
