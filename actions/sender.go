package actions

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sort"
	"strings"
	"time"

	"github.com/ifsev/ifsev"
)

// attemptTimeout bounds an attempt whose delivery names no timeout of its own.
const attemptTimeout = 15 * time.Second

// Options is what a Sender is made of. Secrets in it are resolved already.
type Options struct {
	// Connections are the ways to the outside by name.
	Connections map[string]Connection
	// Directory is who can be paged and mailed; nil means nobody.
	Directory *ifsev.Directory
	// Outgoing says which addresses may be reached.
	Outgoing Policy
	// UserAgent is what receivers see, such as ifsev/1.2.0; empty means ifsev.
	UserAgent string
	// PublicURL is where people find this installation; it stands in where an incident has no address of its own.
	PublicURL string
	// Log takes the lines of connections of kind log; it is required if there is one.
	Log *slog.Logger

	// Dial replaces the dialer and with it the check of addresses: for tests without a network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Resolver replaces the system's resolver of names.
	Resolver *net.Resolver
}

// Sender performs deliveries. It is safe for concurrent use and keeps nothing between attempts but idle connections.
type Sender struct {
	kinds       map[string]kind
	connections map[string]*link
	directory   *ifsev.Directory
	guard       *guard
	scrub       *scrubber
	userAgent   string
	publicURL   string
	log         *slog.Logger
	plain       *exchanger // for addresses that are no connection
	exchangers  []*exchanger
}

// Attempt is one try at a delivery.
type Attempt struct {
	Delivery ifsev.Delivery
	// Number counts the attempts at this delivery from 1.
	Number int
	// Now is the time of the attempt: it decides who is on call and stamps signatures.
	Now time.Time
	// Roles is who holds which role on the incident now.
	Roles map[string]string

	scrub *scrubber // knows all secrets that may come back; Perform sets it
}

// New makes a Sender. The error joins one line for every connection that is not complete; each names the connection
// and what is missing, and holds no secret.
func New(o Options) (*Sender, error) {
	g, err := newGuard(o)
	if err != nil {
		return nil, err
	}
	s := &Sender{
		kinds: map[string]kind{}, connections: map[string]*link{}, directory: o.Directory, guard: g,
		userAgent: o.UserAgent, publicURL: o.PublicURL, log: o.Log,
	}
	if s.userAgent == "" {
		s.userAgent = "ifsev"
	}
	for _, k := range kinds() {
		s.kinds[k.spec.Kind] = k
	}
	s.plain = s.exchanger(nil)
	if err := s.connect(o.Connections); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// connect checks the connections and makes each ready for use.
func (s *Sender) connect(connections map[string]Connection) error {
	var errs []error
	var secrets []string
	for _, name := range sortedNames(connections) {
		c := connections[name]
		c.Name = name
		if c.Kind == "" {
			c.Kind = name
		}
		secrets = append(secrets, c.secrets()...)
		l, err := s.newLink(c)
		if err != nil {
			errs = append(errs, fmt.Errorf("connection %q: %w", name, err))
			continue
		}
		s.connections[name] = l
	}
	s.scrub = newScrubber(secrets)
	if err := errors.Join(errs...); err != nil {
		return errors.New(s.scrub.text(err.Error()))
	}
	return nil
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// exchanger makes and remembers one, so that Close can let go of its idle connections.
func (s *Sender) exchanger(roots *x509.CertPool) *exchanger {
	e := newExchanger(s.guard.dial, roots, s.userAgent)
	s.exchangers = append(s.exchangers, e)
	return e
}

// Connections lists the connections by name, without their secrets.
func (s *Sender) Connections() []ifsev.Connection {
	var list []ifsev.Connection
	for _, name := range sortedNames(s.connections) {
		l := s.connections[name]
		list = append(list, ifsev.Connection{Name: name, Kind: l.Kind, Host: l.host()})
	}
	return list
}

// Perform makes one attempt. It returns when there is an answer, when ctx ends, or when the delivery's timeout (15 s if
// it has none) has passed. The error is always an *ifsev.Failure; neither it nor the receipt holds a secret.
func (s *Sender) Perform(ctx context.Context, a Attempt) (receipt ifsev.Receipt, err error) {
	timeout := a.Delivery.Timeout
	if timeout <= 0 {
		timeout = attemptTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	scrub := s.scrub
	for _, arg := range []string{"url", "to", "via"} { // where a rule may write an address, or an event may have put one
		if address := a.Delivery.Args.String(arg); strings.Contains(address, "://") {
			scrub = scrub.with(addressSecrets(address)...)
		}
	}
	a.scrub = scrub
	defer func() {
		// A fault of ours must cost one delivery, not the daemon.
		if p := recover(); p != nil {
			receipt, err = ifsev.Receipt{}, fail(ifsev.ReasonInternal, "a fault in ifsev while performing %s: %s", a.Delivery.Action, scrub.text(fmt.Sprint(p)))
		}
	}()
	k, ok := s.kinds[a.Delivery.Action]
	if !ok {
		return ifsev.Receipt{}, fail(ifsev.ReasonConfig, "no action to the outside is called %q: it can be %s", a.Delivery.Action, strings.Join(sortedNames(s.kinds), ", "))
	}
	if l := s.dry(&k.spec, a.Delivery); l != nil {
		return s.pretend(ctx, a, &k.spec, l), nil
	}
	receipt, failure := k.perform(ctx, s, a)
	if failure != nil {
		clean := *failure
		clean.Text = excerpt(scrub.text(clean.Text), errorLimit)
		return ifsev.Receipt{}, &clean
	}
	receipt.Summary = excerpt(scrub.text(receipt.Summary), summaryLimit)
	receipt.Outputs = scrub.data(receipt.Outputs)
	for name, v := range receipt.Outputs {
		if text, ok := v.(string); ok {
			receipt.Outputs[name] = cut(text, textOutputLimit)
		}
	}
	return receipt, nil
}

// Close lets go of idle connections. Attempts under way are ended by their contexts.
func (s *Sender) Close() {
	for _, e := range s.exchangers {
		e.close()
	}
}
