package actions

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/secret"
)

func TestNewSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	noCertificate := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(noCertificate, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	mail := Connection{Kind: "smtp", Host: "mail.example.com", From: "ifsev@example.com"}
	with := func(change func(*Connection)) Connection { c := mail; change(&c); return c }
	for text, c := range map[string]Connection{
		"url is missing":              {Kind: "webhook"},
		"token is missing":            {Kind: "slack"},
		"routing_key is missing":      {Kind: "pagerduty"},
		"host is missing":             with(func(c *Connection) { c.Host = "" }),
		"from is missing":             with(func(c *Connection) { c.From = "" }),
		"is no mail address":          with(func(c *Connection) { c.From = "ifsev" }),
		"write starttls, tls or none": with(func(c *Connection) { c.TLS = "ssl" }),
		"port: 70000":                 with(func(c *Connection) { c.Port = 70000 }),
		"password in the clear":       with(func(c *Connection) { c.TLS, c.Password = "none", "pw" }),
		"there is no log":             {Kind: "log"},
		`kind "x" is not known`:       {},
		"https:// or http://":         {Kind: "webhook", URL: "example.com/x"},
		"names no host":               {Kind: "webhook", URL: "https:///x"},
		"no base64":                   {Kind: "webhook", URL: "https://example.com", Sign: "whsec_*"},
		"no name of a header":         {Kind: "webhook", URL: "https://example.com", Headers: map[string]secret.Secret{"a b": "x"}},
		"a header is one line":        {Kind: "webhook", URL: "https://example.com", Headers: map[string]secret.Secret{"a": "x\ny"}},
		"has no name":                 {Kind: "webhook", URL: "https://example.com", Headers: map[string]secret.Secret{"": "x"}},
		"Webhook-Id is set by ifsev":  {Kind: "webhook", URL: "https://example.com", Headers: map[string]secret.Secret{"Webhook-Id": "x"}},
		"no such file":                {Kind: "webhook", URL: "https://example.com", CA: noCertificate + ".gone"},
		"holds no PEM certificate":    {Kind: "webhook", URL: "https://example.com", CA: noCertificate},
	} {
		_, err := New(Options{Connections: map[string]Connection{"x": c}})
		if err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), `connection "x"`) {
			t.Errorf("%v, want the connection and %q", err, text)
		}
	}
}

func TestNewTellsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(Options{Connections: map[string]Connection{"slack": {}, "pagerduty": {}, "webhook": {URL: "https://example.com"}}})
	want := "connection \"pagerduty\": routing_key is missing: give the integration key of an Events API v2 integration\n" +
		"connection \"slack\": token is missing: give a bot's token (xoxb-…), or an incoming webhook's address as url"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestConnectionsAreListedWithoutSecrets(t *testing.T) {
	t.Parallel()
	s, err := New(Options{Log: slog.New(slog.DiscardHandler), Connections: map[string]Connection{
		"slack": {Token: "xoxb-1"}, "pagerduty": {RoutingKey: "rk"}, "log": {}, "smtp": {Host: "mail.example.com", From: "a@example.com"},
		"status": {Kind: "webhook", URL: "https://ann:pw@status.example.com:8443/api"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	want := []ifsev.Connection{
		{Name: "log", Kind: "log"}, {Name: "pagerduty", Kind: "pagerduty"}, {Name: "slack", Kind: "slack"},
		{Name: "smtp", Kind: "smtp", Host: "mail.example.com"}, {Name: "status", Kind: "webhook", Host: "status.example.com"},
	}
	if diff := cmp.Diff(want, s.Connections()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPick(t *testing.T) {
	t.Parallel()
	s, err := New(Options{Connections: map[string]Connection{"a": {Kind: "slack", Token: "1"}, "b": {Kind: "slack", Token: "2"}, "pagerduty": {RoutingKey: "rk"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, c := range []struct{ kind, name, want, text string }{
		{"slack", "b", "b", ""}, {"pagerduty", "", "pagerduty", ""}, {"slack", "", "", "name one of a, b"},
		{"slack", "pagerduty", "", "no connection of kind slack is called"}, {"smtp", "", "", "add one under connections"}, {"smtp", "a", "", "add one"},
	} {
		l, f := s.pick(c.kind, c.name)
		if c.want != "" && (f != nil || l.Name != c.want) || c.want == "" && (f == nil || !strings.Contains(f.Text, c.text)) {
			t.Errorf("%s %q: %v, %+v", c.kind, c.name, l, f)
		}
	}
}

func TestMailPorts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode     string
		port     int
		wantMode string
		wantPort int
	}{{"", 0, "starttls", 587}, {"", 465, "tls", 465}, {"tls", 0, "tls", 465}, {"TLS", 2465, "tls", 2465}, {"none", 0, "none", 587}, {"", 25, "starttls", 25}} {
		m, err := newMailer(Connection{Host: "h", From: "a@example.com", TLS: c.mode, Port: c.port}, nil, nil)
		if err != nil || m.mode != c.wantMode || m.port != c.wantPort {
			t.Errorf("%q %d: %+v, %v", c.mode, c.port, m, err)
		}
	}
}
