package triggers

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // some tools sign with nothing newer
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"

	"github.com/ifsev/ifsev/internal/secret"
)

// HMACOptions say how a tool signs. Preset answers those of the tools that are known.
type HMACOptions struct {
	// Header holds the signature, or several separated by commas or spaces.
	Header string
	// Prefix stands before each signature, such as sha256= or v1=.
	Prefix string
	// Encoding is hex (default) or base64.
	Encoding string
	// Algorithm is sha256 (default), sha1 or sha512.
	Algorithm string
	// Timestamp is the header with the time of signing; empty if there is none. TimestampPrefix is set where the time is
	// an entry of the signature's own header, such as t=.
	Timestamp       string
	TimestampPrefix string
	// ID is the header whose value {id} stands for.
	ID string
	// Signed is the text that is signed; {body}, {timestamp} and {id} stand for those. Default: {body}, or
	// {timestamp}.{body} where there is a time.
	Signed string
	// Tolerance is how far the time of signing may be from the time of arrival, either way; zero means five minutes.
	Tolerance time.Duration
	// Base64Secret means the secret is base64, with whsec_ before it or not.
	Base64Secret bool
}

// maxSignatures is how many signatures of one request are looked at.
const maxSignatures = 8

// HMAC verifies a signature of the raw body.
type HMAC struct {
	opts HMACOptions
	keys [][]byte
	hash func() hash.Hash
}

var _ Verifier = (*HMAC)(nil)

// NewHMAC makes a verifier; all the secrets are active. The error says which option is wrong.
func NewHMAC(o HMACOptions, secrets ...secret.Secret) (*HMAC, error) {
	if err := checkSecrets(secrets); err != nil {
		return nil, err
	}
	v := &HMAC{opts: withDefaults(o)}
	if err := v.opts.check(); err != nil {
		return nil, err
	}
	switch v.opts.Algorithm {
	case "sha1":
		v.hash = sha1.New
	case "sha512":
		v.hash = sha512.New
	default:
		v.hash = sha256.New
	}
	for _, s := range secrets {
		key, err := v.opts.key(s)
		if err != nil {
			return nil, err
		}
		v.keys = append(v.keys, key)
	}
	return v, nil
}

func withDefaults(o HMACOptions) HMACOptions {
	o.Encoding = orElse(o.Encoding, "hex")
	o.Algorithm = orElse(o.Algorithm, "sha256")
	if o.Signed == "" {
		o.Signed = "{body}"
		if o.timed() {
			o.Signed = "{timestamp}.{body}"
		}
	}
	if o.Tolerance <= 0 {
		o.Tolerance = 5 * time.Minute
	}
	return o
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

func (o *HMACOptions) timed() bool { return o.Timestamp != "" || o.TimestampPrefix != "" }

func (o *HMACOptions) check() error {
	switch {
	case o.Header == "":
		return errors.New("the header that holds the signature is missing: name it, or a preset")
	case o.Encoding != "hex" && o.Encoding != "base64":
		return fmt.Errorf("encoding is hex or base64, not %q", o.Encoding)
	case o.Algorithm != "sha256" && o.Algorithm != "sha1" && o.Algorithm != "sha512":
		return fmt.Errorf("algorithm is sha256, sha1 or sha512, not %q", o.Algorithm)
	case !strings.Contains(o.Signed, "{body}"):
		return fmt.Errorf("signed must hold {body}, or the body would not be protected: %q", o.Signed)
	case o.timed() != strings.Contains(o.Signed, "{timestamp}"):
		return errors.New("a timestamp protects only if it is signed: set both timestamp and signed with {timestamp}, or neither")
	case strings.Contains(o.Signed, "{id}") && o.ID == "":
		return errors.New("signed holds {id}: name the header of the id")
	}
	return nil
}

func (o *HMACOptions) key(s secret.Secret) ([]byte, error) {
	if !o.Base64Secret {
		return []byte(s.Reveal()), nil
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.Reveal(), "whsec_"))
	if err != nil || len(key) == 0 {
		return nil, errors.New("the secret must be base64, as in whsec_…")
	}
	return key, nil
}

// Verify looks at the signature and its time.
func (v *HMAC) Verify(req Request) error {
	signatures, timestamp := v.read(req)
	want := v.expected(req, timestamp) // before anything is refused: the time must not tell that a source is signed
	if len(signatures) == 0 {
		return unauthorized("no signature in " + v.opts.Header)
	}
	found := false
	for _, s := range signatures {
		for _, w := range want {
			found = hmac.Equal(s, w) || found
		}
	}
	if !found {
		return unauthorized("the signature does not fit the body")
	}
	if v.opts.timed() && !v.fresh(timestamp, req.At) {
		return unauthorized("the signature is too old, or a clock is wrong")
	}
	return nil
}

// expected answers the signature under each key.
func (v *HMAC) expected(req Request, timestamp string) [][]byte {
	sums := make([][]byte, len(v.keys))
	for i, key := range v.keys {
		mac := hmac.New(v.hash, key)
		before, after, _ := strings.Cut(v.opts.Signed, "{body}")
		fill := strings.NewReplacer("{timestamp}", timestamp, "{id}", req.Header.Get(v.opts.ID))
		_, _ = mac.Write([]byte(fill.Replace(before))) // a hash's Write never fails
		_, _ = mac.Write(req.Body)
		_, _ = mac.Write([]byte(fill.Replace(after)))
		sums[i] = mac.Sum(nil)
	}
	return sums
}

// read answers the signatures of the header, decoded, and the time as it was written.
func (v *HMAC) read(req Request) (signatures [][]byte, timestamp string) {
	timestamp = req.Header.Get(orElse(v.opts.Timestamp, "-"))
	for _, entry := range v.entries(strings.Join(req.Header.Values(v.opts.Header), " ")) {
		if p := v.opts.TimestampPrefix; p != "" && strings.HasPrefix(entry, p) {
			timestamp = strings.TrimPrefix(entry, p)
			continue
		}
		text, ok := strings.CutPrefix(entry, v.opts.Prefix)
		if !ok || len(signatures) == maxSignatures {
			continue
		}
		if sig, err := v.decode(text); err == nil {
			signatures = append(signatures, sig)
		}
	}
	return signatures, timestamp
}

// entries cuts at commas and spaces, but not at one that belongs to the prefix, as in `v1,…`.
func (v *HMAC) entries(header string) []string {
	return strings.FieldsFunc(header, func(r rune) bool {
		return (r == ' ' || r == ',') && !strings.ContainsRune(v.opts.Prefix, r)
	})
}

func (v *HMAC) decode(text string) ([]byte, error) {
	if v.opts.Encoding == "base64" {
		return base64.StdEncoding.DecodeString(text)
	}
	return hex.DecodeString(text)
}

func (v *HMAC) fresh(timestamp string, at time.Time) bool {
	signed, ok := signingTime(timestamp)
	if !ok {
		return false
	}
	age := at.Sub(signed)
	return age <= v.opts.Tolerance && age >= -v.opts.Tolerance
}

// signingTime reads epoch seconds or milliseconds, or RFC 3339.
func signingTime(text string) (time.Time, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n > 1e11 {
			return time.UnixMilli(n), true
		}
		return time.Unix(n, 0), true
	}
	t, err := time.Parse(time.RFC3339, text)
	return t, err == nil
}
