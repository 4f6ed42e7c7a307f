package actions

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ifsev/ifsev"
	"github.com/ifsev/ifsev/actions/actionstest"
	"github.com/ifsev/ifsev/internal/secret"
)

// reach says who may reach an address.
type reach int

const (
	always  reach = iota // public
	trusted              // private: where it is allowed
	nobody
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	g, err := newGuard(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]reach{
		"93.184.216.34": always, "8.8.8.8": always, "2606:2800:220:1::1": always, "::ffff:8.8.8.8": always,
		"10.0.0.1": trusted, "10.255.255.255": trusted, "172.16.0.1": trusted, "172.31.255.255": trusted, "192.168.1.1": trusted,
		"127.0.0.1": trusted, "127.255.255.254": trusted, "100.64.0.1": trusted, "100.127.255.255": trusted,
		"::1": trusted, "fc00::1": trusted, "fd12:3456::1": trusted, "::ffff:10.0.0.1": trusted, "::ffff:127.0.0.1": trusted,
		"172.32.0.1": always, "100.128.0.1": always, "11.0.0.0": always,
		// link-local and cloud metadata, in all their clothes
		"169.254.169.254": nobody, "169.254.170.2": nobody, "169.254.0.1": nobody, "::ffff:169.254.169.254": nobody,
		"fd00:ec2::254": nobody, "fd20:ce::254": nobody, "100.100.100.200": nobody, "168.63.129.16": nobody, "192.0.0.192": nobody,
		"fe80::1": nobody, "fe80::1%eth0": nobody, "64:ff9b::a9fe:a9fe": nobody, "2002:a9fe:a9fe::1": nobody,
		// this network, multicast, reserved, and addresses inside addresses
		"0.0.0.0": nobody, "0.1.2.3": nobody, "::": nobody, "224.0.0.1": nobody, "239.255.255.255": nobody, "ff02::1": nobody,
		"240.0.0.1": nobody, "255.255.255.255": nobody, "64:ff9b::7f00:1": nobody, "64:ff9b::808:808": nobody, "64:ff9b:1::a00:1": nobody,
		"2002:7f00:1::": nobody, "2001:0:53aa:64c::1": nobody, "::7f00:1": nobody, "fec0::1": nobody, "2001:db8::1": nobody,
		"192.0.2.1": nobody, "198.18.0.1": nobody, "198.51.100.1": nobody, "203.0.113.1": nobody,
	} {
		for _, isTrusted := range []bool{false, true} {
			err := g.check(netip.AddrPortFrom(netip.MustParseAddr(address), 443).String(), isTrusted)
			if ok := want == always || want == trusted && isTrusted; ok != (err == nil) {
				t.Errorf("%s, trusted %v: %v, want allowed %v", address, isTrusted, err, ok)
			}
		}
	}
	for _, broken := range []string{"", "10.0.0.1", "example.com:80", "[::1]"} {
		if g.check(broken, true) == nil {
			t.Errorf("%q is allowed", broken)
		}
	}
}

// A mapped address is judged as the address it holds, and trust only ever allows more.
func TestAddressProperties(t *testing.T) {
	t.Parallel()
	g, err := newGuard(Options{Outgoing: Policy{Allow: []string{"10.1.0.0/16"}}})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
		plain := netip.AddrFrom4(b)
		mapped := netip.AddrFrom16(plain.As16())
		for _, isTrusted := range []bool{false, true} {
			one := g.check(netip.AddrPortFrom(plain, 1).String(), isTrusted)
			other := g.check(netip.AddrPortFrom(mapped, 1).String(), isTrusted)
			if (one == nil) != (other == nil) {
				t.Fatalf("%s: %v, but mapped: %v", plain, one, other)
			}
		}
		if g.check(netip.AddrPortFrom(plain, 1).String(), false) == nil && g.check(netip.AddrPortFrom(plain, 1).String(), true) != nil {
			t.Fatalf("%s is allowed without trust only", plain)
		}
		if plain.IsLinkLocalUnicast() && g.check(netip.AddrPortFrom(plain, 1).String(), true) == nil {
			t.Fatalf("%s is link-local and allowed", plain)
		}
	})
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	r := actionstest.NewReceiver(t)
	port := r.URL()[strings.LastIndex(r.URL(), ":"):]
	for name, c := range map[string]struct {
		policy Policy
		host   string
		ok     bool
	}{
		"nothing allowed":          {Policy{}, "127.0.0.1", false},
		"a name that leads inside": {Policy{}, "localhost", false},
		"all private":              {Policy{AllowPrivate: true}, "127.0.0.1", true},
		"this name":                {Policy{Allow: []string{"LocalHost."}}, "localhost", true},
		"another name":             {Policy{Allow: []string{"hooks.example.com"}}, "localhost", false},
		"a name is no suffix":      {Policy{Allow: []string{"host"}}, "localhost", false},
		"this address":             {Policy{Allow: []string{"127.0.0.1"}}, "127.0.0.1", true},
		"this range":               {Policy{Allow: []string{"127.0.0.0/30"}}, "localhost", true},
		"another range":            {Policy{Allow: []string{"10.0.0.0/8"}}, "127.0.0.1", false},
		"in other clothes":         {Policy{}, "[::ffff:127.0.0.1]", false},
		"as a number":              {Policy{}, "2130706433", false},
		"shortened":                {Policy{}, "127.1", false},
	} {
		s := strictSender(t, Options{Outgoing: c.policy})
		before := len(r.Requests())
		_, err := s.Perform(t.Context(), attempt(delivery("webhook", ifsev.Data{"url": "http://" + c.host + port})))
		if (err == nil) != c.ok || len(r.Requests()) > before != c.ok {
			t.Errorf("%s: error %v and %d requests, want ok %v", name, err, len(r.Requests())-before, c.ok)
		}
	}
}

func TestRefusalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	s := strictSender(t, Options{Connections: map[string]Connection{"status": {Kind: "webhook", URL: "http://localhost:1/"}}})
	f := refused(t, s, attempt(delivery("webhook", nil)))
	if f.Reason != ifsev.ReasonRefused || !f.Permanent || !strings.Contains(f.Text, "add localhost under outgoing.allow") || strings.Contains(f.Text, "127.0.0.1") {
		t.Errorf("%+v", f)
	}
	f = refused(t, sender(t, Options{}), attempt(delivery("webhook", ifsev.Data{"url": "http://169.254.169.254/latest/meta-data"})))
	if f.Reason != ifsev.ReasonRefused || !f.Permanent || !strings.Contains(f.Text, "never reached") {
		t.Errorf("%+v", f)
	}
}

func TestWrongAllow(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"", "https://x.example.com", "x.example.com/path", "x.example.com:80", "a b"} {
		if _, err := New(Options{Outgoing: Policy{Allow: []string{entry}}}); err == nil || !strings.Contains(err.Error(), "outgoing.allow") {
			t.Errorf("%q: %v", entry, err)
		}
	}
	for _, entry := range []string{"::1", "x.example.com", "10.0.0.0/8", "fd00::/8"} {
		if _, err := New(Options{Outgoing: Policy{Allow: []string{entry}}}); err != nil {
			t.Errorf("%q: %v", entry, err)
		}
	}
}

// A name that leads to a public address when it is looked at and to a private one when it is dialled is refused,
// because what is checked is the address that is dialled.
func TestRebinding(t *testing.T) {
	t.Parallel()
	g, err := newGuard(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"localhost:1", "127.0.0.1:1"} {
		_, err := g.dial(t.Context(), "tcp", address)
		if r, ok := errors.AsType[refusal](err); !ok || !r.private {
			t.Errorf("%s: %v, want a refusal", address, err)
		}
	}
}

func TestUnknownName(t *testing.T) {
	t.Parallel()
	resolver := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name server at 10.9.8.7")
	}}
	s := sender(t, Options{Resolver: resolver, Connections: map[string]Connection{"webhook": {URL: secret.Secret("https://hooks.example.com/x")}}})
	f := refused(t, s, attempt(delivery("webhook", nil)))
	if f.Reason != ifsev.ReasonNetwork || f.Permanent || !strings.Contains(f.Text, "hooks.example.com: its name cannot be resolved") {
		t.Errorf("%+v", f)
	}
}

func TestCauseHidesTheAddress(t *testing.T) {
	t.Parallel()
	cause := networkCause(&url.Error{Op: "Post", URL: "https://x.example.com/token-12345678", Err: errors.New("http2: gone away")})
	if cause != "http2: gone away" {
		t.Errorf("cause %q", cause)
	}
}
