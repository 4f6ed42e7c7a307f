package actions

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"
	"unicode"

	"code.dny.dev/ssrf"
)

// dialTimeout bounds one dial, so that an address that swallows packets does not use up the whole attempt.
const dialTimeout = 5 * time.Second

// Policy says which addresses may be reached. Public ones always may; link-local, multicast, reserved and cloud
// metadata addresses never may.
type Policy struct {
	// AllowPrivate lets every host lead to a private or loopback address.
	AllowPrivate bool
	// Allow lists the hosts that may: names, addresses, or ranges such as 10.1.0.0/16.
	Allow []string
}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// guard dials, and refuses what the policy forbids. The address is checked after the name was resolved and just before
// the connection is made, so a name that changes its mind in between gains nothing.
type guard struct {
	hosts           map[string]bool
	all             bool
	strict, lenient *ssrf.Guardian
	resolver        *net.Resolver
	instead         dialFunc // Options.Dial
}

// refusal is the error of an address that may not be reached.
type refusal struct{ private bool }

// Error says nothing of the address; networkFailure says the rest.
func (r refusal) Error() string { return "the address may not be reached" }

func newGuard(o Options) (*guard, error) {
	g := &guard{hosts: map[string]bool{}, all: o.Outgoing.AllowPrivate, resolver: o.Resolver, instead: o.Dial}
	var v4, v6 []netip.Prefix
	for _, entry := range o.Outgoing.Allow {
		if p, err := netip.ParsePrefix(entry); err == nil {
			if p.Addr().Is4() {
				v4 = append(v4, p.Masked())
			} else {
				v6 = append(v6, p.Masked())
			}
			continue
		}
		if err := CheckAllowed(entry); err != nil {
			return nil, fmt.Errorf("outgoing.allow: %w: write a name, an address or a range, without scheme, port and path", err)
		}
		g.hosts[hostKey(entry)] = true
	}
	g.strict = ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	v4 = append(v4, prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10")...)
	v6 = append(v6, prefixes("::1/128", "fc00::/7")...)
	g.lenient = ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	return g, nil
}

// CheckAllowed says what is wrong with an entry of Policy.Allow.
func CheckAllowed(entry string) error {
	if _, err := netip.ParsePrefix(entry); err == nil {
		return nil
	}
	odd := func(r rune) bool { return r == '/' || unicode.IsSpace(r) || unicode.IsControl(r) }
	if entry == "" || strings.ContainsFunc(entry, odd) || strings.Count(entry, ":") == 1 {
		return fmt.Errorf("%q is no host", entry)
	}
	return nil
}

// never lists what may not be reached whatever is allowed: this host's own network, link-local, multicast, the ways to
// write one address inside another, and where clouds keep credentials (some of those look private or public).
func never() []netip.Prefix {
	return prefixes("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "::/128", "fe80::/10", "ff00::/8",
		"64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16",
		// Alibaba, Volcengine, Azure, Oracle; Amazon, Google, Oracle, Scaleway, Akamai
		"100.100.100.200/32", "100.96.0.96/32", "168.63.129.16/32", "192.0.0.192/32",
		"fd00:ec2::/32", "fd20:ce::/32", "fd00:c1::/32", "fd00:42::42/128", "fd00:a9fe:a9fe::/48")
}

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, t := range texts {
		list = append(list, netip.MustParsePrefix(t))
	}
	return list
}

func hostKey(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// dial connects to host:port. The error wraps a refusal if the policy forbids the address the host leads to.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if g.instead != nil {
		return g.instead(ctx, network, address)
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, errors.New("the address names no port")
	}
	trusted := g.all || g.hosts[hostKey(host)]
	d := net.Dialer{Timeout: dialTimeout, Resolver: g.resolver, Control: func(_, resolved string, _ syscall.RawConn) error {
		return g.check(resolved, trusted)
	}}
	return d.DialContext(ctx, network, address)
}

// check judges one resolved address and port.
func (g *guard) check(resolved string, trusted bool) error {
	ap, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return refusal{}
	}
	// ::ffff:10.0.0.1 is 10.0.0.1 in other clothes, and a zone would keep a prefix from matching.
	ip := ap.Addr().Unmap().WithZone("")
	for _, p := range never() {
		if p.Contains(ip) {
			return refusal{}
		}
	}
	if g.lenient.SafeAddr(ip) != nil {
		return refusal{}
	}
	if !trusted && g.strict.SafeAddr(ip) != nil {
		return refusal{private: true}
	}
	return nil
}

// Refuses says why nothing at a host could be reached, and what to do about it, as far as its name alone tells: it is an
// address, or localhost. Two empty texts mean that it is not known to be refused.
func (p Policy) Refuses(host string) (why, advice string) {
	literal := host
	if hostKey(host) == "localhost" {
		literal = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(literal)
	if err != nil {
		return "", ""
	}
	g, err := newGuard(Options{Outgoing: p})
	if err != nil {
		return "", ""
	}
	switch r, refused := errors.AsType[refusal](g.check(netip.AddrPortFrom(ip, 80).String(), g.all || g.hosts[hostKey(host)])); {
	case !refused:
		return "", ""
	case r.private:
		return host + " is a private or loopback address", "add " + host + " under outgoing.allow, or set outgoing.allow_private: true"
	}
	return host + " is never reached (link-local, metadata, multicast or reserved)", ""
}
