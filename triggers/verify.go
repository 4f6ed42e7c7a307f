package triggers

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/ifsev/ifsev/internal/secret"
)

// ErrUnauthorized is wrapped by every refusal of a Verifier.
var ErrUnauthorized = errors.New("not authorized")

func unauthorized(why string) error { return fmt.Errorf("%w: %s", ErrUnauthorized, why) }

// Bearer compares a token in a header with the active secrets; several are active while one replaces another.
type Bearer struct {
	header  string
	digests [][sha256.Size]byte
}

var _ Verifier = (*Bearer)(nil)

// NewBearer makes a verifier of the secrets; the header is Authorization unless another is named, which then holds the
// bare token. No secret, or an empty one, is an error: it would let everybody in.
func NewBearer(header string, secrets ...secret.Secret) (*Bearer, error) {
	if err := checkSecrets(secrets); err != nil {
		return nil, err
	}
	b := &Bearer{header: header}
	for _, s := range secrets {
		b.digests = append(b.digests, sha256.Sum256([]byte(s.Reveal())))
	}
	return b, nil
}

func checkSecrets(secrets []secret.Secret) error {
	if len(secrets) == 0 {
		return errors.New("a secret is needed")
	}
	for _, s := range secrets {
		if s.Empty() {
			return errors.New("the secret is empty, which would let everybody in")
		}
	}
	return nil
}

// Verify looks at the header.
func (b *Bearer) Verify(req Request) error {
	if !anyDigest(b.digests, b.token(req.Header)) {
		return unauthorized("wrong or missing token")
	}
	return nil
}

func (b *Bearer) token(h http.Header) string {
	if b.header != "" && !strings.EqualFold(b.header, "Authorization") {
		return h.Get(b.header)
	}
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// anyDigest compares with every digest, so that the time tells nothing about which was right.
func anyDigest(digests [][sha256.Size]byte, given string) bool {
	got := sha256.Sum256([]byte(given))
	found := 0
	for i := range digests {
		found |= subtle.ConstantTimeCompare(got[:], digests[i][:])
	}
	return found == 1
}

// Basic compares a user name and a password.
type Basic struct {
	digests [][sha256.Size]byte
}

var _ Verifier = (*Basic)(nil)

// NewBasic makes a verifier of a user and the active passwords.
func NewBasic(user string, passwords ...secret.Secret) (*Basic, error) {
	if err := checkSecrets(passwords); err != nil {
		return nil, err
	}
	b := &Basic{}
	for _, p := range passwords {
		b.digests = append(b.digests, sha256.Sum256([]byte(pair(user, p.Reveal()))))
	}
	return b, nil
}

// pair keeps ("a:b", "c") and ("a", "b:c") apart.
func pair(user, password string) string { return fmt.Sprintf("%d:%s:%s", len(user), user, password) }

// Verify looks at the Authorization header.
func (b *Basic) Verify(req Request) error {
	user, password, _ := (&http.Request{Header: req.Header}).BasicAuth()
	if !anyDigest(b.digests, pair(user, password)) {
		return unauthorized("wrong or missing user or password")
	}
	return nil
}

// Open lets everybody in but web pages: a page in somebody's browser could otherwise post to a daemon that listens on
// loopback only.
type Open struct{}

var _ Verifier = Open{}

// Verify refuses what a browser sends from a page.
func (Open) Verify(req Request) error {
	if req.Header.Get("Origin") != "" || req.Header.Get("Sec-Fetch-Site") != "" {
		return unauthorized("web pages may not post to a source without a secret")
	}
	return nil
}
