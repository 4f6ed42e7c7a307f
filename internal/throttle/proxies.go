package throttle

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the addresses whose X-Forwarded-For is believed.
type Proxies []netip.Prefix

// Remote answers whom a request comes from, HOST:PORT or HOST: who is connected or, where that is one of the proxies,
// the last address in X-Forwarded-For that is none of them. What stands before it anybody may have written. Where the
// header is missing or holds anything but addresses there, it is the proxy itself.
func (p Proxies) Remote(r *http.Request) string {
	if !p.Trust(r.RemoteAddr) {
		return r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		addr, ok := address(hop)
		if !ok {
			return r.RemoteAddr
		}
		if !p.Trust(hop) {
			return addr.String()
		}
	}
	return r.RemoteAddr
}

// Trust reports whether an address, HOST:PORT or HOST, is that of a proxy.
func (p Proxies) Trust(remote string) bool {
	addr, ok := address(remote)
	if !ok {
		return false
	}
	for _, known := range p {
		if known.Contains(addr) {
			return true
		}
	}
	return false
}

// address reads HOST:PORT or HOST; some proxies write the port too.
func address(text string) (netip.Addr, bool) {
	host, _, err := net.SplitHostPort(text)
	if err != nil {
		host = strings.Trim(text, "[]")
	}
	addr, err := netip.ParseAddr(host)
	return addr.Unmap().WithZone(""), err == nil
}
