package config

import (
	"strings"
	"testing"
)

func TestReach(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want string }{
		"a name":             {"connections:\n  a: {kind: webhook, url: https://example.com/x}\n", ""},
		"a public address":   {"connections:\n  a: {kind: webhook, url: https://93.184.216.34/x}\n", ""},
		"loopback":           {"connections:\n  a: {kind: webhook, url: http://127.0.0.1:9/x}\n", "2:3: nothing can be delivered through a: 127.0.0.1 is a private or loopback address"},
		"localhost":          {"connections:\n  a: {kind: webhook, url: http://localhost:9}\n", "through a: localhost is a private"},
		"in other clothes":   {"connections:\n  a: {kind: webhook, url: 'http://[::ffff:10.0.0.1]:9'}\n", "through a: ::ffff:10.0.0.1 is a private"},
		"mail":               {"connections:\n  a: {kind: smtp, host: 10.0.0.1, from: a@example.com, tls: none}\n", "through a: 10.0.0.1 is a private"},
		"metadata":           {"outgoing: {allow_private: true}\nconnections:\n  a: {kind: webhook, url: http://169.254.169.254/}\n", "through a: 169.254.169.254 is never reached"},
		"all are allowed":    {"outgoing: {allow_private: true}\nconnections:\n  a: {kind: webhook, url: http://127.0.0.1:9}\n", ""},
		"allowed by name":    {"connections:\n  a: {kind: webhook, url: http://localhost:9}\noutgoing: {allow: localhost}\n", ""},
		"allowed by a range": {"outgoing: {allow: [127.0.0.0/8]}\nconnections:\n  a: {kind: webhook, url: http://127.0.0.1:9}\n", ""},
		"nothing is sent":    {"connections:\n  a: {kind: webhook, url: http://127.0.0.1:9, dry_run: true}\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := parse(t, tc.text).CheckReach()
			if tc.want == "" && len(got) > 0 || tc.want != "" && (len(got) != 1 || !strings.Contains(got[0].Error(), tc.want)) {
				t.Errorf("%v, want %q", got, tc.want)
			}
			if strings.Contains(tc.want, "private") && !strings.Contains(got[0].Hint, "under outgoing.allow, or set outgoing.allow_private") {
				t.Errorf("the hint is %q", got[0].Hint)
			}
		})
	}
}
