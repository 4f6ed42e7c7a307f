package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Hash is the SHA-256 of a secret: enough to know the secret when it is shown, and no way back to one of many bits. It
// still prints as Redacted, for one that is short can be guessed from its hash. The zero Hash fits nothing.
type Hash struct {
	sum [sha256.Size]byte
	set bool
}

// HashOf answers the hash of a secret; that of an empty one fits nothing, or it would let in whoever sends nothing.
func HashOf(s Secret) Hash {
	if s.Empty() {
		return Hash{}
	}
	return Hash{sha256.Sum256([]byte(s)), true}
}

// ParseHash reads 64 hexadecimal digits. The error does not repeat what was given: it may be the secret itself.
func ParseHash(text string) (Hash, error) {
	var h Hash
	sum, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(sum) != len(h.sum) {
		return h, errors.New("want 64 hexadecimal digits, the SHA-256 of the secret")
	}
	copy(h.sum[:], sum)
	h.set = true
	return h, nil
}

// Hex answers the hash as a configuration has it.
func (h Hash) Hex() string { return hex.EncodeToString(h.sum[:]) }

// Empty reports whether it is the hash of nothing.
func (h Hash) Empty() bool { return !h.set }

// Fits reports whether a secret that was sent is the one of the hash, in the same time whatever was sent of its length.
func (h Hash) Fits(sent Secret) bool {
	sum := sha256.Sum256([]byte(sent))
	return subtle.ConstantTimeCompare(sum[:], h.sum[:]) == 1 && h.set && sent != ""
}

// Format writes Redacted for every verb.
func (Hash) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) } // fmt.State keeps no error
