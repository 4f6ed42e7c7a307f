package throttle

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestABucketForEachClient(t *testing.T) {
	t.Parallel()
	f := New(10*time.Second, 3)
	for i := range 3 {
		if f.Failed("192.0.2.1:1", start) {
			t.Fatalf("failure %d is too many", i)
		}
	}
	if !f.Failed("192.0.2.1:2", start) || f.Failed("192.0.2.2:1", start) {
		t.Error("a port is no client, another address is one")
	}
	if f.Failed("192.0.2.1:3", start.Add(10*time.Second)) || !f.Failed("192.0.2.1:3", start.Add(10*time.Second)) {
		t.Error("after the time one more is free, and one only")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	f := New(time.Minute, 2)
	f.Failed("198.51.100.1:1", start)
	f.Failed("198.51.100.1:1", start)
	limited := 0
	for i := range 3 * maxClients {
		if f.Failed(fmt.Sprintf("[2001:db8:%x:%x::1]:1", i>>8, i&255), start.Add(time.Duration(i)*time.Millisecond)) {
			limited++
		}
	}
	if len(f.clients) > maxClients {
		t.Errorf("%d clients are remembered", len(f.clients))
	}
	if limited < maxClients {
		t.Errorf("a flood of addresses was held up %d times only", limited)
	}
	if !f.Failed("198.51.100.1:1", start) {
		t.Error("the flood made forget whom it was to forget")
	}
	// Once the flood is over there is room again.
	for range 2 {
		if f.Failed("203.0.113.9:1", start.Add(time.Hour)) {
			t.Error("a new client is held up for the old ones")
		}
	}
	if len(f.clients) > 1 {
		t.Errorf("%d clients are still remembered", len(f.clients))
	}
}

func TestClients(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1/32", "192.0.2.1": "192.0.2.1/32", "[::ffff:192.0.2.1]:80": "192.0.2.1/32",
		"[2001:db8::1]:80": "2001:db8::/64", "[fe80::1%eth0]:80": "fe80::/64", "@": "invalid Prefix", "": "invalid Prefix",
	} {
		if got := Client(remote).String(); got != want {
			t.Errorf("%q: %s, not %s", remote, got, want)
		}
	}
}

func TestRemote(t *testing.T) {
	t.Parallel()
	proxies := Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		peer string
		sent []string
		want string
	}{
		{"192.0.2.1:1", []string{"198.51.100.7"}, "192.0.2.1:1"}, // nobody believes a stranger
		{"10.0.0.1:1", nil, "10.0.0.1:1"},
		{"10.0.0.1:1", []string{"198.51.100.7"}, "198.51.100.7"},
		{"10.0.0.1:1", []string{"1.1.1.1, 198.51.100.7"}, "198.51.100.7"}, // what stands before was sent along
		{"10.0.0.1:1", []string{"1.1.1.1", "198.51.100.7,10.9.9.9"}, "198.51.100.7"},
		{"10.0.0.1:1", []string{"198.51.100.7:4711"}, "198.51.100.7"},
		{"10.0.0.1:1", []string{"[2001:db8::7]:4711"}, "2001:db8::7"},
		{"10.0.0.1:1", []string{"2001:db8::7"}, "2001:db8::7"},
		{"[fd00::1]:1", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"10.0.0.1:1", []string{"198.51.100.7, unknown"}, "10.0.0.1:1"},
		{"10.0.0.1:1", []string{""}, "10.0.0.1:1"},
		{"10.0.0.1:1", []string{"10.0.0.2"}, "10.0.0.1:1"},
		{"pipe", []string{"198.51.100.7"}, "pipe"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.sent}}
		if got := proxies.Remote(r); got != c.want {
			t.Errorf("%s, %q: %s, not %s", c.peer, c.sent, got, c.want)
		}
	}
}

// Whatever a client writes into the header, it cannot become another than the one the proxy saw.
func TestNobodyForgesAnAddress(t *testing.T) {
	t.Parallel()
	proxies := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	rapid.Check(t, func(t *rapid.T) {
		forged := rapid.SliceOfN(rapid.SampledFrom([]string{"1.1.1.1", "10.0.0.1", "", "x", "1.1.1.1, 2.2.2.2", "::1", ",,"}), 0, 4).Draw(t, "forged")
		r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{"X-Forwarded-For": append(forged, "198.51.100.7")}}
		if got := proxies.Remote(r); got != "198.51.100.7" {
			t.Fatalf("%q gave %s", forged, got)
		}
	})
}
