package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/ifsev/ifsev/internal/secret"
)

// Scope is what a token may do. Each includes the ones before it.
type Scope int

// The scopes.
const (
	ScopeNone    Scope = iota // no token needed
	ScopeRead                 // see everything
	ScopeRespond              // declare and change incidents
	ScopeAdmin                // reload, send deliveries again or drop them
)

var scopeNames = [...]string{"none", "read", "respond", "admin"}

// String names the scope.
func (s Scope) String() string { return scopeNames[s] }

// ParseScope reads read, respond or admin.
func ParseScope(name string) (Scope, error) {
	for s := ScopeRead; s <= ScopeAdmin; s++ {
		if s.String() == name {
			return s, nil
		}
	}
	return ScopeNone, fmt.Errorf("scope %q is not known: it is read, respond or admin", name)
}

// Token is one configured right to use the API.
type Token struct {
	// Name is who acts where a request does not say.
	Name string
	// Hash is all that is kept of the token itself; an empty one lets nobody in.
	Hash  secret.Hash
	Scope Scope
}

// find answers the token that was sent, looking at every one whether or not an earlier one fitted.
func find(tokens []Token, sent secret.Secret) (found Token, ok bool) {
	for _, t := range tokens {
		if t.Hash.Fits(sent) {
			found, ok = t, true
		}
	}
	return found, ok
}

// bearer answers the token of a request, or "".
func bearer(r *http.Request) secret.Secret {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return secret.Secret(strings.TrimSpace(token))
}
