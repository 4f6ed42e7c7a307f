package actions

import (
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// checkHeader judges a header somebody wrote. The error repeats the name, never the value.
func checkHeader(name, value string) error {
	for _, r := range name {
		if r > '~' || r <= ' ' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) {
			return fmt.Errorf("%q is no name of a header: it may hold letters, digits and hyphens", name)
		}
	}
	if name == "" {
		return fmt.Errorf("a header has no name")
	}
	for _, r := range value {
		if r < ' ' && r != '\t' || r == 0x7f {
			return fmt.Errorf("%s: a header is one line without control characters", name)
		}
	}
	if slices.Contains(ownHeaders(), textproto.CanonicalMIMEHeaderKey(name)) {
		return fmt.Errorf("%s is set by ifsev itself: leave it out", name)
	}
	return nil
}

// ownHeaders lists what nobody may set: the same delivery must carry the same ids, and the transport counts lengths.
func ownHeaders() []string {
	return []string{"Connection", "Content-Length", "Host", "Idempotency-Key", "Te", "Trailer", "Transfer-Encoding",
		"Upgrade", "Webhook-Id", "Webhook-Signature", "Webhook-Timestamp"}
}

// header answers what a connection sends along with every request, over what is given.
func (l *link) header(h http.Header) http.Header {
	if !l.Token.Empty() {
		h.Set("Authorization", "Bearer "+l.Token.Reveal())
	}
	if !l.User.Empty() || !l.Password.Empty() {
		r := http.Request{Header: h}
		r.SetBasicAuth(l.User.Reveal(), l.Password.Reveal())
	}
	for name, value := range l.Headers {
		h.Set(name, value.Reveal())
	}
	return h
}
