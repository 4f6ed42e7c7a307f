package daemon

import (
	"io"
	"log/slog"
	"regexp"
	"strings"

	"github.com/ifsev/ifsev/internal/secret"
)

// NewLog makes the daemon's log: lines a person reads on a terminal, JSON elsewhere. Whatever is logged under a name
// that sounds like a secret is redacted, and so are passwords within addresses: the types redact themselves, and this
// catches what got past them.
func NewLog(w io.Writer, terminal bool, level slog.Leveler) *slog.Logger {
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: replaceAttr}
	if terminal {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

// secretWords mark the names under which secrets are logged by mistake.
var secretWords = []string{"token", "secret", "password", "passwd", "authorization", "cookie", "api_key", "apikey", "routing_key", "signature", "credential"}

// userInfo finds user and password in an address.
var userInfo = regexp.MustCompile(`([a-z][a-z0-9+.-]*://)[^/\s@]+@`)

// replaceAttr redacts, and writes durations as people do.
func replaceAttr(_ []string, a slog.Attr) slog.Attr {
	name := strings.ToLower(a.Key)
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return slog.String(a.Key, secret.Redacted)
		}
	}
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindDuration: // JSON would give nanoseconds
		a.Value = slog.StringValue(v.Duration().String())
	case slog.KindString:
		a.Value = slog.StringValue(redactText(v.String()))
	case slog.KindAny:
		if err, ok := v.Any().(error); ok {
			a.Value = slog.StringValue(redactText(err.Error()))
		}
	}
	return a
}

func redactText(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	return userInfo.ReplaceAllString(s, "${1}"+secret.Redacted+"@")
}
