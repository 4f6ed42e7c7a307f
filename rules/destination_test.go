package rules

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ifsev/ifsev"
)

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDestination(t *testing.T) {
	t.Parallel()
	w := testWorld()
	catalogue := newCatalogue(w.Actions)
	for _, c := range []struct {
		kind string
		args ifsev.Data
		want string
	}{
		{"page", ifsev.Data{"to": "secondary"}, "page:secondary"},
		{"page", nil, "page"},
		{"slack.post", nil, "slack"},
		{"slack.post", ifsev.Data{"to": "acme"}, "slack:acme"},
		{"email", ifsev.Data{"to": []string{"alice"}}, "smtp"},
		{"email", ifsev.Data{"via": "backup"}, "smtp:backup"},
		{"webhook", ifsev.Data{"to": "status"}, "webhook:status"},
		{"webhook", nil, "webhook"},
		{"webhook", ifsev.Data{"url": "https://user:pass@Hooks.Example.com:8443/T0/secret?token=x#y"}, "webhook:hooks.example.com:8443"},
		{"webhook", ifsev.Data{"url": "https://[2001:db8::1]/x"}, "webhook:[2001:db8::1]"},
		{"webhook", ifsev.Data{"url": "://"}, "webhook"},
		{"webhook", ifsev.Data{"url": "token"}, "webhook"},
		{"webhook", ifsev.Data{"to": "https://user:pass@Hooks.Example.com:8443/T0/secret?token=x#y"}, "webhook:hooks.example.com:8443"},
		{"webhook", ifsev.Data{"to": " HTTP://hooks.example.com/T0 "}, "webhook:hooks.example.com"},
		{"webhook", ifsev.Data{"to": "http://[::1/secret"}, "webhook"},
		{"webhook", ifsev.Data{"to": "https:///secret"}, "webhook"},
		{"webhook", ifsev.Data{"to": "https://hooks.example.com/T0", "url": "https://other.example.com/x"}, "webhook:hooks.example.com"},
		{"slack.post", ifsev.Data{"to": "https://hooks.example.com/services/T0/secret"}, "slack:hooks.example.com"},
		{"email", ifsev.Data{"via": "smtp://user:pass@mail.example.com"}, "smtp:mail.example.com"},
		{"page", ifsev.Data{"to": "https://hooks.example.com/T0/secret"}, "page:hooks.example.com"},
		{"page", ifsev.Data{"to": "http://[::1/secret"}, "page"},
		{"page", ifsev.Data{"to": strings.Repeat("a", 5000)}, "page"},
		{"webhook", ifsev.Data{"to": strings.Repeat("a", 5000)}, "webhook"},
		{"webhook", ifsev.Data{"url": "https://" + strings.Repeat("a", 5000) + ".example.com/x"}, "webhook"},
		{"webhook", ifsev.Data{"url": "https://" + strings.Repeat("a", 240) + ".example.com/x"}, "webhook:" + strings.Repeat("a", 240) + ".example.com"},
	} {
		s := Step{Spec: catalogue.byKind[c.kind]}
		if got := s.Destination(c.args, &w); got != c.want {
			t.Errorf("%s %v leads to %s, want %s", c.kind, c.args, got, c.want)
		}
	}
}
