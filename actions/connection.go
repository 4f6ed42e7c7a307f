package actions

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/internal/secret"
)

// The kinds of connections.
const (
	ConnectionWebhook   = "webhook"
	ConnectionSlack     = "slack"
	ConnectionPagerDuty = "pagerduty"
	ConnectionSMTP      = "smtp"
	ConnectionLog       = "log"
)

// Connection is one configured way to the outside. Which fields count depends on the kind:
//
//	webhook    URL, Headers, User and Password (basic), Token (bearer), Sign
//	slack      Token (a bot's), or URL (an incoming webhook's); both: URL stands for https://slack.com/api
//	pagerduty  RoutingKey; URL stands for https://events.pagerduty.com
//	smtp       Host, Port, From, User, Password, TLS
//	log        nothing
type Connection struct {
	// Name is the key under connections; Kind is one of the kinds, and empty means it is the name.
	Name, Kind string
	// URL is a secret too: those of incoming webhooks say everything in the path.
	URL        secret.Secret
	Token      secret.Secret
	RoutingKey secret.Secret
	User       secret.Secret
	Password   secret.Secret
	// Headers are sent along with every request.
	Headers map[string]secret.Secret
	// Sign is the key of Standard Webhooks signatures: whsec_ and base64, or the bytes as they are.
	Sign secret.Secret
	// Host and Port say where mail is handed in; port 0 means 587, or 465 with TLS "tls".
	Host string
	Port int
	// From is the sender of mail, such as ifsev@example.com or "ifsev <ifsev@example.com>".
	From string
	// TLS is how mail is protected: starttls (the default), tls (from the first byte; the default on port 465), or none.
	TLS string
	// CA is a PEM file with the authorities to trust instead of the system's.
	CA string
	// DryRun writes what would be sent to the log instead; nothing else is needed then.
	DryRun bool
}

// link is a connection made ready: checked, its address parsed, its client made.
type link struct {
	Connection
	address *url.URL // nil where the kind needs none
	key     []byte   // of the signature; nil means unsigned
	out     *exchanger
	mail    *mailer // smtp only
}

// CheckConnection says what New would refuse a connection for, beginning with the key where it is in one: `url: it
// names no host`. The error holds no secret. The file named by CA is not opened: CheckAuthorities looks at its text.
func CheckConnection(c Connection) error {
	c.CA = ""
	s := &Sender{guard: &guard{}, log: slog.New(slog.DiscardHandler)}
	_, err := s.newLink(c)
	return err
}

// newLink checks a connection and makes it ready. The error says what is missing, without the connection's name.
func (s *Sender) newLink(c Connection) (*link, error) {
	l := &link{Connection: c, out: s.plain}
	if err := l.parse(); err != nil {
		return nil, err
	}
	roots, err := readAuthorities(c.CA)
	if err != nil {
		return nil, err
	}
	if roots != nil {
		l.out = s.exchanger(roots)
	}
	switch {
	case c.DryRun && s.log == nil:
		return nil, errors.New("there is no log to write to")
	case c.DryRun:
		return l, nil
	}
	switch c.Kind {
	case ConnectionWebhook:
		err = l.checkWebhook()
	case ConnectionSlack:
		err = l.checkSlack()
	case ConnectionPagerDuty:
		err = l.checkPagerDuty()
	case ConnectionSMTP:
		l.mail, err = newMailer(c, roots, s.guard.dial)
	case ConnectionLog:
		if s.log == nil {
			err = errors.New("there is no log to write to")
		}
	default:
		err = fmt.Errorf("kind %q is not known: write kind: webhook, slack, pagerduty, smtp or log", c.Kind)
	}
	return l, err
}

// parse reads what is common to all kinds.
func (l *link) parse() error {
	if !l.URL.Empty() {
		u, err := parseAddress(l.URL.Reveal())
		if err != nil {
			return fmt.Errorf("url: %w", err)
		}
		l.address = u
	}
	for name, value := range l.Headers {
		if err := checkHeader(name, value.Reveal()); err != nil {
			return fmt.Errorf("headers: %w", err)
		}
	}
	key, err := signingKey(l.Sign)
	l.key = key
	return err
}

// parseAddress reads an address a request can go to. The error never repeats the address, which may be a secret.
func parseAddress(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return nil, errors.New("it is no address: write https://HOST/PATH")
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("it must begin with https:// or http://")
	}
	if u.Hostname() == "" {
		return nil, errors.New("it names no host: write https://HOST/PATH")
	}
	if n, err := strconv.ParseUint(cmp.Or(u.Port(), "80"), 10, 16); err != nil || n == 0 {
		return nil, errors.New("its port is no number from 1 to 65535")
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

func readAuthorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	if !CheckAuthorities(pem) {
		return nil, fmt.Errorf("ca: %s holds no PEM certificate", file)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool, nil
}

// CheckAuthorities reports whether a text holds a PEM certificate, as Connection.CA must.
func CheckAuthorities(pem []byte) bool { return x509.NewCertPool().AppendCertsFromPEM(pem) }

// host is where the link leads, without port; empty where the vendor's address is meant.
func (l *link) host() string {
	switch {
	case l.address != nil:
		return l.address.Hostname()
	case l.Kind == ConnectionSMTP:
		return l.Host
	}
	return ""
}

// pick answers the connection of a kind that is meant by a name, or the only one of its kind if there is no name.
func (s *Sender) pick(connectionKind, name string) (*link, *ifsev.Failure) {
	if l, ok := s.connections[name]; ok && l.Kind == connectionKind {
		return l, nil
	}
	known := s.named(connectionKind)
	switch {
	case name == "" && len(known) == 1:
		return s.connections[known[0]], nil
	case len(known) == 0:
		return nil, fail(ifsev.ReasonConfig, "no connection of kind %s is configured: add one under connections", connectionKind)
	case name == "":
		return nil, fail(ifsev.ReasonConfig, "there are several connections of kind %s: name one of %s", connectionKind, strings.Join(known, ", "))
	}
	return nil, fail(ifsev.ReasonConfig, "no connection of kind %s is called %q: there is %s", connectionKind, name, strings.Join(known, ", "))
}

// named lists the connections of a kind by name.
func (s *Sender) named(connectionKind string) []string {
	var names []string
	for _, n := range sortedNames(s.connections) {
		if s.connections[n].Kind == connectionKind {
			names = append(names, n)
		}
	}
	return names
}
