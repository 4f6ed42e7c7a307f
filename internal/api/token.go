package api

import (
	"crypto/sha256"
	"crypto/subtle"
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
	Name   string
	Secret secret.Secret
	Scope  Scope
}

// keyring compares what a request brings with every token. It holds hashes, so that all comparisons are of one length
// and take one time.
type keyring []key

type key struct {
	name  string
	sum   [sha256.Size]byte
	scope Scope
}

func newKeyring(tokens []Token) keyring {
	ring := make(keyring, 0, len(tokens))
	for _, t := range tokens {
		if !t.Secret.Empty() { // an empty one would let in whoever sends an empty one
			ring = append(ring, key{t.Name, sha256.Sum256([]byte(t.Secret.Reveal())), t.Scope})
		}
	}
	return ring
}

// find answers the token that was sent, looking at every one whether or not an earlier one fitted.
func (ring keyring) find(sent string) (found key, ok bool) {
	sum := sha256.Sum256([]byte(sent))
	for _, k := range ring {
		if subtle.ConstantTimeCompare(sum[:], k.sum[:]) == 1 {
			found, ok = k, true
		}
	}
	return found, ok && sent != ""
}

// bearer answers the token of a request, or "".
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
