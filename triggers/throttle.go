package triggers

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// throttle counts failures to authorize per client. It never keeps a right secret out: senders often share an
// address with others behind a proxy, and a lost alert is worse than a guess more at a secret of many bits.
type throttle struct {
	every time.Duration
	burst int

	mu      sync.Mutex
	clients map[netip.Prefix]*rate.Limiter
}

// maxClients bounds what is remembered; beyond it everything is forgotten at once, which only ever lets through more.
const maxClients = 4096

func newThrottle(every time.Duration, burst int) *throttle {
	return &throttle{every: every, burst: burst, clients: map[netip.Prefix]*rate.Limiter{}}
}

// failed notes a failure and reports whether the client has had too many.
func (t *throttle) failed(remote string, at time.Time) bool {
	client := clientOf(remote)
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok := t.clients[client]
	if !ok {
		if len(t.clients) >= maxClients {
			clear(t.clients)
		}
		l = rate.NewLimiter(rate.Every(t.every), t.burst)
		t.clients[client] = l
	}
	return !l.AllowN(at, 1)
}

// clientOf is the address of a client; one of IPv6 counts with its /64, which one machine has for itself.
func clientOf(remote string) netip.Prefix {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // fails only for a number of bits the address does not have
	return p
}
